import { symbolOf } from '@mlffd/core';
import { findingOf } from './finding.ts';
import type { AuditCheck } from './finding.ts';
import { geometryHash } from './contentHash.ts';
import { areApart } from './perturbedSet.ts';

/** Energies of one geometry that differ by more than this contradict each other, eV. */
const SAME_ENERGY = 1e-4;

/** The same geometry twice; an error when the energies contradict each other. */
export function duplicates(): AuditCheck {
  const first = new Map<string, number | undefined>();
  const same: number[] = [];
  const different: number[] = [];
  return {
    see({ atoms, energy }, k) {
      const hash = geometryHash(atoms);
      if (!first.has(hash)) {
        first.set(hash, energy);
        return;
      }
      const other = first.get(hash);
      const contradicts =
        energy !== undefined && other !== undefined && Math.abs(energy - other) > SAME_ENERGY;
      (contradicts ? different : same).push(k);
    },
    findings: () => [
      ...findingOf('contradiction', 'error', {
        message: 'the same geometry as an earlier structure, with another energy',
        indices: different,
      }),
      ...findingOf('duplicate', 'warning', {
        message: 'the same geometry as an earlier structure',
        indices: same,
      }),
    ],
  };
}

/** Atoms nearer to each other than matter allows. */
export function closeContacts(fraction: number): AuditCheck {
  const indices: number[] = [];
  return {
    see({ atoms }, k) {
      const finite = atoms.positions.every(Number.isFinite) && atoms.cell.every(Number.isFinite);
      if (finite && !areApart(atoms, fraction)) indices.push(k);
    },
    findings: () =>
      findingOf('close-contact', 'warning', {
        message: `two atoms are nearer than ${fraction} times the sum of their covalent radii`,
        indices,
      }),
  };
}

/** Whether the compositions determine one reference energy per element. */
export function compositionRank(): AuditCheck {
  const compositions = new Map<string, Map<number, number>>();
  return {
    see({ atoms }) {
      const counts = new Map<number, number>();
      for (const z of atoms.numbers) counts.set(z, (counts.get(z) ?? 0) + 1);
      const key = [...counts].sort(([a], [b]) => a - b).join(' ');
      compositions.set(key, counts);
    },
    findings() {
      const rows = [...compositions.values()];
      const elements = [...new Set(rows.flatMap((row) => [...row.keys()]))].sort((a, b) => a - b);
      const rank = rankOf(rows.map((row) => elements.map((z) => row.get(z) ?? 0)));
      if (rank === elements.length) return [];
      const names = elements.map(symbolOf).join(', ');
      return [
        {
          check: 'composition-rank',
          severity: 'warning',
          message: `${rows.length} compositions of ${names} determine ${rank} of ${elements.length} reference energies: take the teacher's energies of single atoms, or add other compositions`,
          count: 0,
          indices: [],
        },
      ];
    },
  };
}

/** Rank of a matrix of small counts, by elimination with the largest pivot. */
function rankOf(matrix: number[][]): number {
  const width = matrix.at(0)?.length ?? 0;
  let rank = 0;
  for (let c = 0; c < width && rank < matrix.length; c++) {
    let pivot = rank;
    for (let r = rank; r < matrix.length; r++) {
      if (Math.abs(matrix[r][c]) > Math.abs(matrix[pivot][c])) pivot = r;
    }
    const scale = matrix[pivot][c];
    if (Math.abs(scale) < PIVOT) continue;
    [matrix[rank], matrix[pivot]] = [matrix[pivot], matrix[rank]];
    for (let r = rank + 1; r < matrix.length; r++) {
      const factor = matrix[r][c] / scale;
      for (let k = c; k < width; k++) matrix[r][k] -= factor * matrix[rank][k];
    }
    rank++;
  }
  return rank;
}

// Counts are integers: what is smaller than this is rounding.
const PIVOT = 1e-6;
