import { GrowingFloat64 } from '../../split/growingArray.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { medianOf } from '../robust.ts';
import { allFinite } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Limits of `forceOutliers`. */
export interface ForceLimits {
  /** Times the median of the largest forces. */
  readonly factor: number;
  /** eV/Angstrom. */
  readonly cap: number;
}

/** Structures with a force far beyond what is usual in the set, or beyond what is useful at all. */
export function forceOutliers(table: SourceTable, { factor, cap }: ForceLimits): AuditCheck {
  const largest = new GrowingFloat64();
  return {
    see({ structure: { forces } }) {
      largest.push(forces === undefined || !allFinite(forces) ? NaN : longest(forces));
    },
    findings() {
      const values = largest.view();
      const known = values.filter((value) => !Number.isNaN(value));
      const median = medianOf(known);
      const limit = Math.min(factor * median, cap);
      const beyond = new Concerned(table);
      for (const [k, value] of values.entries()) if (limit > 0 && value > limit) beyond.add(k);
      const most = known.reduce((a, b) => Math.max(a, b), 0);
      const reason = limit === cap ? 'the cap' : `${factor} times the median of the largest forces`;
      return beyond.finding({
        check: 'force-outlier',
        severity: 'warning',
        message: `${beyond.count} structures have a force above ${figure(limit)} eV/A (${reason}); the largest is ${figure(most)} eV/A`,
        fix: 'Remove them, or train with maxForce: a few such forces outweigh all others in the loss. Look for close contacts and exploded trajectories.',
      });
    },
  };
}

function longest(forces: Float64Array): number {
  let most = 0;
  for (let i = 0; i < forces.length; i += 3) {
    most = Math.max(most, Math.hypot(forces[i], forces[i + 1], forces[i + 2]));
  }
  return most;
}
