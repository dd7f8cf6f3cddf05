import { GrowingFloat64 } from '../../split/growingArray.ts';
import type { SignatureIndex } from '../../split/signatureIndex.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Energies of structures that are nearly the same differ by less, eV/atom. */
const SAME_ENERGY = 0.02;

/**
 * Structures that differ by less than the tolerance, however they are shifted, turned, mirrored or
 * numbered. Equal bits are left to `duplicates`.
 */
export function nearDuplicates(
  table: SourceTable,
  signatures: SignatureIndex,
  tolerance: number,
): AuditCheck {
  const perAtom = new GrowingFloat64();
  const bits = new GrowingFloat64();
  return {
    see({ hash, structure: { atoms, energy = NaN } }) {
      perAtom.push(energy / atoms.numbers.length);
      bits.push(hash);
    },
    findings() {
      const same = new Set<number>();
      const different = new Set<number>();
      const energies = perAtom.view();
      let largest = 0;
      for (const [a, b] of signatures.pairs()) {
        if (bits.view()[a] === bits.view()[b]) continue;
        const difference = Math.abs(energies[a] - energies[b]);
        if (difference > SAME_ENERGY) {
          different.add(b);
          largest = Math.max(largest, difference);
        } else {
          same.add(b);
        }
      }
      const concerned = (indices: Set<number>) => {
        const out = new Concerned(table);
        for (const k of [...indices].sort((x, y) => x - y)) out.add(k);
        return out;
      };
      return [
        ...concerned(different).finding({
          check: 'near-contradiction',
          severity: 'warning',
          message: `${different.size} structures are within ${tolerance} A of another one (also turned or renumbered), but their energies differ by as much as ${figure(largest)} eV/atom`,
          fix: 'Look at a pair: labels of two teachers or settings, wrong charge or spin, or a calculation that did not converge.',
        }),
        ...concerned(same).finding({
          check: 'near-duplicate',
          severity: 'warning',
          message: `${same.size} structures are within ${tolerance} A of another one (also turned or renumbered)`,
          fix: 'Thin them out, e.g. by a larger stride of the trajectory; split by group, so that they are on one side.',
        }),
      ];
    },
  };
}
