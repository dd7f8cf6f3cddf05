import { Concerned, findingOfSet } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { hasVolume } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Labels that are absent from some structures or from all. */
export function missingLabels(table: SourceTable): AuditCheck {
  const energy = new Concerned(table);
  const forces = new Concerned(table);
  const stress = new Concerned(table);
  let bulk = 0;
  return {
    see({ index, usable, structure }) {
      if (structure.energy === undefined) energy.add(index);
      if (structure.forces === undefined) forces.add(index);
      // Only bulk has a stress to be missing.
      if (!usable || !hasVolume(structure.atoms)) return;
      bulk++;
      if (structure.stress === undefined) stress.add(index);
    },
    findings() {
      const total = table.length;
      if (total === 0) return [];
      if (energy.count === total && forces.count === total) {
        return [
          findingOfSet({
            check: 'missing-labels',
            severity: 'error',
            message: `none of ${total} structures has an energy or forces`,
            fix: 'Label them, or name the keys of the labels when reading, e.g. keys: { energy: "REF_energy" }.',
          }),
        ];
      }
      return [
        ...partial('energy', energy, total),
        ...partial('forces', forces, total),
        // A set without any stress is a set for another purpose.
        ...(stress.count === bulk ? [] : partial('stress', stress, bulk)),
      ];
    },
  };
}

function partial(
  property: string,
  concerned: Concerned,
  total: number,
): ReturnType<AuditCheck['findings']> {
  const { count } = concerned;
  const percent = Math.round((100 * count) / total);
  return concerned.finding({
    check: `missing-${property}`,
    severity: count === total ? 'warning' : 'info',
    message: `${count} of ${total} structures (${percent} %) have no ${property}`,
    fix: 'Look at the keys of the source files if there should be some; a missing label is left out of the loss.',
  });
}
