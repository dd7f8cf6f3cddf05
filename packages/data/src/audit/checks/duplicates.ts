import { GrowingFloat64 } from '../../split/growingArray.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Energies of one geometry that differ by more than this contradict each other, eV. */
const SAME_ENERGY = 1e-4;
/** The same geometry twice, bit for bit; an error when the energies contradict each other. */
export function duplicates(table: SourceTable): AuditCheck {
  const first = new Map<number, number>();
  const energies = new GrowingFloat64();
  const same = new Concerned(table);
  const different = new Concerned(table);
  let largest = 0;
  return {
    see({ index, hash, structure: { energy = NaN } }) {
      energies.push(energy);
      const other = first.get(hash);
      if (other === undefined) {
        first.set(hash, index);
        return;
      }
      const difference = Math.abs(energy - energies.view()[other]);
      if (difference > SAME_ENERGY) {
        different.add(index);
        largest = Math.max(largest, difference);
      } else {
        same.add(index);
      }
    },
    findings: () => [
      ...different.finding({
        check: 'contradiction',
        severity: 'error',
        message: `${different.count} structures have the geometry of an earlier one and another energy, by as much as ${figure(largest)} eV`,
        fix: 'Keep the labels of one teacher with one setting (functional, charge, spin), and remove the others.',
      }),
      ...same.finding({
        check: 'duplicate',
        severity: 'warning',
        message: `${same.count} structures have the geometry of an earlier one`,
        fix: 'Remove them: they count twice in the loss, and leak when they are on two sides of a split.',
      }),
    ],
  };
}
