import {
  type Atoms,
  InvalidArgumentError,
  invertCell,
  minimumImages,
  neighborList,
  periodicCell,
  transformRows,
} from '@mlffd/core';

/** A spring between two atoms, or between an atom and its image. */
export interface Spring {
  /** Index of the first and of the second atom. */
  readonly atoms: readonly [number, number];
  /** Cells between the second atom and its image that is meant, in the reference as it is given.
   * Default: the closest image. */
  readonly shift?: readonly [number, number, number];
  /** Force constant, eV/Angstrom^2. */
  readonly stiffness: number;
  /** Length without energy, Angstrom; default that in the reference. */
  readonly length?: number;
}

/** Springs as arrays. */
export interface SpringTable {
  readonly count: number;
  readonly centers: Int32Array;
  readonly neighbors: Int32Array;
  /** Vector from the first to the second atom in the reference, in units of its periodic cell, 3
   * per spring: the image that is meant later is the one that is closest to it. */
  readonly directions: Float64Array;
  /** eV/Angstrom^2. */
  readonly stiffness: Float64Array;
  /** Angstrom. */
  readonly lengths: Float64Array;
}

/** @throws InvalidArgumentError for a spring that cannot be */
export function springTable(reference: Atoms, springs: readonly Spring[]): SpringTable {
  const table = emptyTable(springs.length);
  const inverse = invertCell(periodicCell(reference.cell, reference.pbc));
  for (const [s, spring] of springs.entries()) {
    const where = `springs[${s}]`;
    const [i, j] = spring.atoms;
    for (const atom of [i, j]) {
      if (Number.isInteger(atom) && atom >= 0 && atom < reference.numbers.length) continue;
      throw invalid(where, `atom ${atom}`, `an atom from 0 to ${reference.numbers.length - 1}`);
    }
    if (!(spring.stiffness >= 0 && Number.isFinite(spring.stiffness))) {
      throw invalid(where, `stiffness ${spring.stiffness}`, 'a finite stiffness, 0 or more');
    }
    const { shift } = spring;
    if (i === j && (shift ?? []).every((cells) => cells === 0)) {
      throw invalid(where, `atom ${i} with itself`, 'two atoms, or a shift to an image');
    }
    if (shift?.some((cells, k) => !Number.isInteger(cells) || (cells !== 0 && !reference.pbc[k]))) {
      throw invalid(where, `shift ${shift.join(' ')}`, 'whole cells along periodic axes');
    }
    const vector = vectorOf(reference, spring);
    const length = spring.length ?? Math.hypot(...vector);
    if (!(length >= 0 && Number.isFinite(length))) {
      throw invalid(where, `length ${length}`, 'a finite length, 0 or more');
    }
    table.centers[s] = i;
    table.neighbors[s] = j;
    table.directions.set(transformRows(vector, inverse), 3 * s);
    table.stiffness[s] = spring.stiffness;
    table.lengths[s] = length;
  }
  return table;
}

/**
 * A spring of the same stiffness for every pair of the reference within the cutoff, at rest there:
 * the elastic network of M. M. Tirion, Phys. Rev. Lett. 77, 1905 (1996).
 */
export function elasticNetwork(reference: Atoms, cutoff: number, stiffness: number): Spring[] {
  const list = neighborList(reference, cutoff);
  const springs: Spring[] = [];
  for (let e = 0; e < list.count; e++) {
    const [i, j] = [list.centers[e], list.neighbors[e]];
    const [a, b, c] = list.shifts.subarray(3 * e, 3 * e + 3);
    // Every pair is listed from both ends, an atom and its image with both signs.
    const isSecond = i === j && (a || b || c) < 0;
    if (i > j || isSecond) continue;
    springs.push({ atoms: [i, j], shift: [a, b, c], stiffness, length: list.distances[e] });
  }
  return springs;
}

function emptyTable(count: number): SpringTable {
  return {
    count,
    centers: new Int32Array(count),
    neighbors: new Int32Array(count),
    directions: new Float64Array(3 * count),
    stiffness: new Float64Array(count),
    lengths: new Float64Array(count),
  };
}

/** From the first atom to the image of the second that is meant, Angstrom. */
function vectorOf({ positions, cell, pbc }: Atoms, { atoms: [i, j], shift }: Spring): Float64Array {
  const vector = Float64Array.from([0, 1, 2], (k) => positions[3 * j + k] - positions[3 * i + k]);
  if (shift === undefined) return minimumImages(vector, cell, pbc);
  const [a, b, c] = shift;
  return vector.map((x, k) => x + a * cell[k] + b * cell[3 + k] + c * cell[6 + k]);
}

function invalid(where: string, found: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${found}`, {
    expected,
    found,
    where,
  });
}
