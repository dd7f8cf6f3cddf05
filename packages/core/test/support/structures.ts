import fc from 'fast-check';
import { type Atoms, createAtoms, type Pbc } from '../../src/index.ts';

const coordinate = (limit: number): fc.Arbitrary<number> =>
  fc.double({ min: -limit, max: limit, noNaN: true });

const edge = fc.double({ min: 1.5, max: 6, noNaN: true });
const sign = fc.constantFrom(-1, 1);
const angle = fc.double({ min: 0, max: 6, noNaN: true });

/**
 * Cells of any handedness, shape and orientation whose faces are at least 1.5 Angstrom apart along
 * one axis. Built rather than filtered: biased numbers would hardly ever pass.
 */
export const cells: fc.Arbitrary<number[]> = fc
  .record({
    edges: fc.tuple(edge, edge, edge),
    tilts: fc.tuple(coordinate(4), coordinate(4), coordinate(4)),
    signs: fc.tuple(sign, sign, sign),
    angles: fc.tuple(angle, angle),
  })
  .map(({ edges: [a, b, c], tilts: [d, e, f], signs, angles: [u, v] }) => {
    const rows = [
      [signs[0] * a, 0, 0],
      [d, signs[1] * b, 0],
      [e, f, signs[2] * c],
    ];
    return rows.flatMap(([x, y, z]) => {
      const [x1, y1] = [x * Math.cos(u) - y * Math.sin(u), x * Math.sin(u) + y * Math.cos(u)];
      return [x1, y1 * Math.cos(v) - z * Math.sin(v), y1 * Math.sin(v) + z * Math.cos(v)];
    });
  });

export const pbcs: fc.Arbitrary<Pbc> = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());

/** Random small structures, with atoms up to `spread` Angstrom from the origin. */
export function structures(options: { maxAtoms: number; spread: number }): fc.Arbitrary<Atoms> {
  const { maxAtoms, spread } = options;
  return fc
    .record({
      cell: cells,
      pbc: pbcs,
      positions: fc.array(fc.tuple(coordinate(spread), coordinate(spread), coordinate(spread)), {
        minLength: 1,
        maxLength: maxAtoms,
      }),
      numbers: fc.array(fc.constantFrom(1, 6, 8, 14), { minLength: maxAtoms, maxLength: maxAtoms }),
    })
    .map(({ cell, pbc, positions, numbers }) =>
      createAtoms({ cell, pbc, positions, numbers: numbers.slice(0, positions.length) }),
    );
}
