import { findingOf } from './finding.ts';
import type { AuditCheck } from './finding.ts';
import { LABEL_PROPERTIES } from './structure.ts';
import type { LabelProperty } from './structure.ts';

const isFinite = (values: ArrayLike<number>): boolean =>
  Array.prototype.every.call(values, Number.isFinite);

/** Positions, cell or labels that are not finite. */
export function badValues(): AuditCheck {
  const indices: number[] = [];
  return {
    see({ atoms, energy = 0, forces = [], stress = [] }, k) {
      if (![atoms.positions, atoms.cell, [energy], forces, stress].every(isFinite)) indices.push(k);
    },
    findings: () =>
      findingOf('non-finite', 'error', {
        message: 'positions or labels are NaN or infinite',
        indices,
      }),
  };
}

/**
 * Labels that are zero throughout, which is how a missing label is often written. A perfect crystal
 * has no forces, hence only a warning where few structures have none.
 */
export function zeroLabels(): AuditCheck {
  const zero: Record<LabelProperty, number[]> = { energy: [], forces: [], stress: [] };
  const present: Record<LabelProperty, number> = { energy: 0, forces: 0, stress: 0 };
  return {
    see(structure, k) {
      for (const property of LABEL_PROPERTIES) {
        const value = structure[property];
        if (value === undefined) continue;
        present[property]++;
        const values = typeof value === 'number' ? [value] : value;
        // One atom alone has no force by symmetry.
        if (property === 'forces' && values.length === 3) continue;
        if (Array.prototype.every.call(values, (x) => x === 0)) zero[property].push(k);
      }
    },
    findings: () =>
      LABEL_PROPERTIES.flatMap((property) => {
        const indices = zero[property];
        const most = indices.length > present[property] / 2;
        return findingOf(`zero-${property}`, most ? 'error' : 'warning', {
          message: `${property} is exactly zero in ${indices.length} of ${present[property]} structures: a missing label must be left out, not written as zero`,
          indices,
        });
      }),
  };
}

/** Structures with a force far beyond what is usual in the set. */
export function forceOutliers(factor: number): AuditCheck {
  const largest: number[] = [];
  const owners: number[] = [];
  return {
    see({ forces }, k) {
      if (forces === undefined || !isFinite(forces)) return;
      let most = 0;
      for (let i = 0; i < forces.length; i += 3) {
        most = Math.max(most, Math.hypot(forces[i], forces[i + 1], forces[i + 2]));
      }
      largest.push(most);
      owners.push(k);
    },
    findings() {
      const sorted = [...largest].sort((a, b) => a - b);
      const limit = factor * (sorted[sorted.length >> 1] ?? 0);
      const indices = owners.filter((_, at) => limit > 0 && largest[at] > limit);
      return findingOf('force-outlier', 'warning', {
        message: `a force above ${limit.toPrecision(3)} eV/A, ${factor} times the median of the largest forces; the largest is ${(sorted.at(-1) ?? 0).toPrecision(3)} eV/A`,
        indices,
      });
    },
  };
}

/** Forces that do not add up to zero: the teacher is not translation invariant. */
export function netForces(limit: number): AuditCheck {
  const indices: number[] = [];
  let worst = 0;
  return {
    see({ forces }, k) {
      if (forces === undefined) return;
      const sum = [0, 0, 0];
      for (let i = 0; i < forces.length; i++) sum[i % 3] += forces[i];
      const perAtom = Math.hypot(...sum) / (forces.length / 3);
      worst = Math.max(worst, perAtom);
      if (perAtom > limit) indices.push(k);
    },
    findings: () =>
      findingOf('net-force', 'info', {
        message: `the forces on all atoms add up to as much as ${worst.toPrecision(3)} eV/A per atom; no conservative student can follow`,
        indices,
      }),
  };
}
