import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { allFinite } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/**
 * Forces on a finite structure that would turn it: the teacher is not rotation invariant, or forces
 * and positions are in different frames.
 *
 * @param limit eV per atom
 */
export function netTorque(table: SourceTable, limit: number): AuditCheck {
  const concerned = new Concerned(table);
  let worst = 0;
  return {
    see({ index, usable, structure: { atoms, forces } }) {
      const { pbc, positions } = atoms;
      if (!usable || pbc.includes(true) || forces?.length !== positions.length) return;
      if (!allFinite(forces)) return;
      const perAtom = Math.hypot(...torque(positions, forces)) / atoms.numbers.length;
      if (!(perAtom > limit)) return;
      concerned.add(index);
      worst = Math.max(worst, perAtom);
    },
    findings: () =>
      concerned.finding({
        check: 'net-torque',
        severity: 'info',
        message: `the forces on ${concerned.count} finite structures have a torque of as much as ${figure(worst)} eV per atom; no rotation-invariant student can follow`,
        fix: 'Nothing, if the teacher predicts forces directly; otherwise look whether a program turned the positions (standard orientation) and not the forces.',
      }),
  };
}

/** About the centre, so that a net force does not count. */
function torque(positions: Float64Array, forces: Float64Array): number[] {
  const n = positions.length / 3;
  const centre = [0, 0, 0];
  for (let k = 0; k < positions.length; k++) centre[k % 3] += positions[k] / n;
  const sum = [0, 0, 0];
  for (let i = 0; i < positions.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      const [b, c] = [(a + 1) % 3, (a + 2) % 3];
      sum[a] +=
        (positions[i + b] - centre[b]) * forces[i + c] -
        (positions[i + c] - centre[c]) * forces[i + b];
    }
  }
  return sum;
}
