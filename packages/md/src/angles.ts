import { type Atoms, InvalidArgumentError, symbolOf } from '@mlffd/core';
import { BondGraph, type BondOptions, type DirectedBond } from './bondGraph.ts';
import type { Histogram } from './distributions.ts';
import type { DistributionSet } from './distributionSets.ts';
import { requireInteger } from './errors.ts';

/** Frames, what is bonded, and how finely to count. */
export interface AngleOptions extends BondOptions {
  readonly frames: Iterable<{ readonly atoms: Atoms }>;
  /** Bins from 0 to 180 degrees; default 180. */
  readonly bins?: number;
  /**
   * Take the bonds of this structure for all frames, whose positions must then be unwrapped, as those of
   * a run are. Default: whatever is bonded in each frame, which leaves out angles with a bond that is
   * stretched beyond `factor` at the moment.
   */
  readonly reference?: Atoms;
}

/**
 * Distributions of the angles between two bonds of an atom, 1/degree, each with integral 1, by the
 * elements: `H-O-H`, the centre in the middle and the lighter end first. Images count: a crystal has angles
 * across the borders of its cell.
 *
 * For atoms without direction p(angle) is sin(angle)/2: nothing is divided by that.
 *
 * @throws InvalidArgumentError without frames, or for a frame with other atoms than the reference
 */
export function angleDistributions(options: AngleOptions): DistributionSet {
  const { bins = 180, factor, reference } = options;
  requireInteger('bins', bins, 1);
  const bondOptions = factor === undefined ? {} : { factor };
  const fixed = reference === undefined ? undefined : bondsByAtom(reference, bondOptions);
  const counts = new Map<string, Float64Array>();
  let frames = 0;
  for (const { atoms } of options.frames) {
    frames += 1;
    if (reference !== undefined) requireSame(reference, atoms);
    const bonds = fixed ?? bondsByAtom(atoms, bondOptions);
    for (const around of bonds) countAngles(atoms, around, counts, bins);
  }
  if (frames === 0) {
    throw new InvalidArgumentError('md/invalid-option', 'there are no frames to count angles in', {
      expected: 'at least one frame',
      found: 'none',
      where: 'frames',
      hint: 'Collect frames with onFrame of runMd, or read a trajectory.',
    });
  }
  const set: Record<string, Histogram> = {};
  for (const name of [...counts.keys()].sort()) {
    set[name] = normalized(counts.get(name) ?? new Float64Array(bins));
  }
  return set;
}

type BondsByAtom = readonly (readonly DirectedBond[])[];

function bondsByAtom(atoms: Atoms, options: BondOptions): BondsByAtom {
  const graph = new BondGraph(atoms, options);
  return Array.from(atoms.numbers, (_, i) => graph.of(i));
}

function countAngles(
  atoms: Atoms,
  bonds: readonly DirectedBond[],
  counts: Map<string, Float64Array>,
  bins: number,
): void {
  const vectors = bonds.map((bond) => vectorOf(atoms, bond));
  for (const [k, first] of bonds.entries()) {
    for (let l = k + 1; l < bonds.length; l++) {
      const name = nameOf(atoms, first, bonds[l]);
      let histogram = counts.get(name);
      if (histogram === undefined) counts.set(name, (histogram = new Float64Array(bins)));
      const angle = angleBetween(vectors[k], vectors[l]);
      if (Number.isNaN(angle)) continue;
      histogram[Math.min(bins - 1, Math.floor((angle / 180) * bins))] += 1;
    }
  }
}

type Vector = readonly [number, number, number];

function vectorOf({ positions, cell }: Atoms, { from, to, shift }: DirectedBond): Vector {
  const component = (c: number): number =>
    positions[3 * to + c] -
    positions[3 * from + c] +
    shift[0] * cell[c] +
    shift[1] * cell[3 + c] +
    shift[2] * cell[6 + c];
  return [component(0), component(1), component(2)];
}

/** Degrees; by the tangent of half the angle, which is exact near 0 and 180 too (Kahan). */
function angleBetween(u: Vector, v: Vector): number {
  const [a, b] = [Math.hypot(...u), Math.hypot(...v)];
  let less = 0;
  let more = 0;
  for (let c = 0; c < 3; c++) {
    less += (u[c] / a - v[c] / b) ** 2;
    more += (u[c] / a + v[c] / b) ** 2;
  }
  return (360 / Math.PI) * Math.atan2(Math.sqrt(less), Math.sqrt(more));
}

function nameOf({ numbers }: Atoms, first: DirectedBond, second: DirectedBond): string {
  const [a, b] = [numbers[first.to], numbers[second.to]].sort((x, y) => x - y);
  return [a, numbers[first.from], b].map((z) => symbolOf(z)).join('-');
}

function normalized(values: Float64Array): Histogram {
  const width = 180 / values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  return {
    centers: values.map((_, k) => (k + 0.5) * width),
    values: values.map((value) => value / (total * width)),
    width,
  };
}

function requireSame(reference: Atoms, atoms: Atoms): void {
  const { numbers } = reference;
  if (atoms.numbers.length === numbers.length && numbers.every((z, i) => z === atoms.numbers[i])) {
    return;
  }
  throw new InvalidArgumentError('md/invalid-option', 'a frame has other atoms', {
    expected: `the ${numbers.length} atoms of the reference, in its order`,
    found: `${atoms.numbers.length} atoms`,
    where: 'frames',
    hint: 'Leave the reference out, or give that of these frames.',
  });
}
