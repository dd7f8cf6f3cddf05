import type { Parent } from '../perturbedSet.ts';
import { cross, dot, length, scaled } from '../build/vector.ts';
import type { Vector } from '../build/vector.ts';
import { BondGraph } from '@mlffd/md';
import type { Joint, DirectedBond, BondOptions } from '@mlffd/md';
import { rotate, ScanCollector, scanValues } from './scan.ts';
import type { Scan } from './scan.ts';

/** Options of `angleScan`. */
export interface AngleScanOptions extends BondOptions {
  /** Angles, as atom numbers with the vertex in the middle; default all. */
  readonly angles?: readonly (readonly [number, number, number])[];
  /** Change of the angle, degrees; default -25 to 25. */
  readonly range?: readonly [number, number];
  /** Values of each angle, evenly spaced; default 6. */
  readonly count?: number;
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
}

/**
 * Bends angles between bonds one at a time: the smaller side turns about the vertex as a rigid
 * body, in the plane of the angle. Angles between two bonds in rings are skipped and reported.
 *
 * @throws InvalidArgumentError for an option out of range or atoms that are not bonded
 */
export function angleScan(parent: Parent, options: AngleScanOptions = {}): Scan {
  const { range = [-25, 25], count = 6, minDistance = 0.6 } = options;
  const changes = scanValues({ range, count });
  const graph = new BondGraph(parent.atoms, options);
  const collector = new ScanCollector(parent, minDistance);
  for (const [first, second] of anglesOf(graph, options.angles)) {
    const atoms = [first.to, first.from, second.to];
    const joint = jointFrom(graph, first, second);
    if (typeof joint === 'string') {
      collector.skip(atoms, joint);
      continue;
    }
    const still = graph.vectorOf(joint.bond === first ? second : first);
    const moved = graph.vectorOf(joint.bond);
    const axis = normalOf(still, moved);
    const cosine = dot(still, moved) / (length(still) * length(moved));
    const angle = (180 / Math.PI) * Math.acos(Math.max(-1, Math.min(1, cosine)));
    for (const [k, change] of changes.entries()) {
      if (Math.abs(change) < 1e-9) continue;
      collector.add({
        joint,
        move: (place) => {
          rotate(place, axis, (Math.PI / 180) * change);
        },
        meta: {
          name: `angle-${atoms.join('-')}-${String(k).padStart(3, '0')}`,
          source: 'angle-scan',
          details: { atoms, angle, change },
        },
      });
    }
  }
  return collector.scan;
}

type Angle = readonly [DirectedBond, DirectedBond];

/** Pairs of bonds from one atom. */
function anglesOf(graph: BondGraph, wanted: AngleScanOptions['angles']): readonly Angle[] {
  if (wanted !== undefined) {
    return wanted.map(([a, vertex, b]) => [graph.between([vertex, a]), graph.between([vertex, b])]);
  }
  return Array.from(graph.atoms.numbers, (_, atom) => graph.of(atom)).flatMap((bonds) =>
    bonds.flatMap((first, k) => bonds.slice(k + 1).map((second): Angle => [first, second])),
  );
}

/** The one of two bonds to turn: a side must move and the vertex with the other must stay. */
function jointFrom(
  graph: BondGraph,
  first: DirectedBond,
  second: DirectedBond,
): Joint | 'ring' | 'network' {
  const joints = [first, second].map((bond): Joint | 'ring' | 'network' => {
    const moving = graph.sideOf(bond);
    return typeof moving === 'string' ? moving : { bond, moving };
  });
  const [a, b] = joints;
  if (typeof a === 'string') return b;
  if (typeof b === 'string') return a;
  return b.moving.atoms.length < a.moving.atoms.length ? b : a;
}

/** The axis that opens the angle; any across it where the angle is straight. */
function normalOf(still: Vector, moved: Vector): Vector {
  const normal = cross(still, moved);
  const straight = length(normal) < 1e-3 * length(still) * length(moved);
  if (!straight) return scaled(normal, 1 / length(normal));
  const smallest = moved.reduce((k, x, c) => (Math.abs(x) < Math.abs(moved[k]) ? c : k), 0);
  const unit: Vector = [Number(smallest === 0), Number(smallest === 1), Number(smallest === 2)];
  const across = cross(unit, moved);
  return scaled(across, 1 / length(across));
}
