import { invalidOption } from '../build/invalidOption.ts';
import type { Parent } from '../perturbedSet.ts';
import { jointAt, BondGraph } from '@mlffd/md';
import type { AtomPair, BondOptions } from '@mlffd/md';
import { ScanCollector, scanValues } from './scan.ts';
import type { Scan } from './scan.ts';

/** Options of `bondScan`. */
export interface BondScanOptions extends BondOptions {
  /** Bonds, as pairs of atom numbers; default all that are found by covalent radii. */
  readonly bonds?: readonly AtomPair[];
  /** Shortest and longest bond, as fractions of its length; default 0.75 to 2. */
  readonly range?: readonly [number, number];
  /** Lengths of each bond, evenly spaced; default 12. */
  readonly count?: number;
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
}

/**
 * Stretches and compresses bonds one at a time: the smaller side moves along the bond as a rigid
 * body. Bonds in rings have no sides; they are skipped and reported.
 *
 * @throws InvalidArgumentError for an option out of range or a pair that is not bonded
 */
export function bondScan(parent: Parent, options: BondScanOptions = {}): Scan {
  const { range = [0.75, 2], count = 12, minDistance = 0.6 } = options;
  const factors = scanValues({ range, count });
  if (!(range[0] > 0)) {
    throw invalidOption('range', 'a bond has a positive length', {
      expected: 'fractions above 0',
      found: `[${range.join(', ')}]`,
    });
  }
  const graph = new BondGraph(parent.atoms, options);
  const collector = new ScanCollector(parent, minDistance);
  const bonds = options.bonds?.map((pair) => graph.between(pair)) ?? graph.bonds;
  for (const bond of bonds) {
    const joint = jointAt(graph, bond);
    const pair = [bond.from, bond.to];
    if (typeof joint === 'string') {
      collector.skip(pair, joint);
      continue;
    }
    const vector = graph.vectorOf(joint.bond);
    for (const [k, factor] of factors.entries()) {
      if (Math.abs(factor - 1) < 1e-9) continue;
      collector.add({
        joint,
        move: (place) => {
          for (let c = 0; c < 3; c++) place[c] += (factor - 1) * vector[c];
        },
        meta: {
          name: `bond-${bond.from}-${bond.to}-${String(k).padStart(3, '0')}`,
          source: 'bond-scan',
          details: { atoms: pair, length: factor * bond.length, factor },
        },
      });
    }
  }
  return collector.scan;
}
