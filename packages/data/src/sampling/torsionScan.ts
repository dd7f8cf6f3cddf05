import type { Parent } from '../perturbedSet.ts';
import { cross, length, row, scaled } from '../build/vector.ts';
import type { Vector } from '../build/vector.ts';
import { jointAt, BondGraph, reversedBond } from '@mlffd/md';
import type { AtomPair, DirectedBond, BondOptions, Fragment } from '@mlffd/md';
import { rotate, ScanCollector, scanValues } from './scan.ts';
import type { Scan } from './scan.ts';

/** Options of `torsionScan`. */
export interface TorsionScanOptions extends BondOptions {
  /** Bonds to turn about, as pairs of atom numbers; default all that can be turned. */
  readonly bonds?: readonly AtomPair[];
  /** Rotation, degrees; default 30 to 330. */
  readonly range?: readonly [number, number];
  /** Values for each bond, evenly spaced; default 11. */
  readonly count?: number;
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
}

/** Distance from the axis below which atoms are on it, Angstrom. */
const ON_AXIS = 0.1;

/**
 * Turns the smaller side about each bond that has more atoms at both ends. Bonds in rings, and ones
 * with a straight side that turns into itself, are skipped and reported. Double bonds are turned
 * too: that is where a potential needs to know its limits.
 *
 * @throws InvalidArgumentError for an option out of range or a pair that is not bonded
 */
export function torsionScan(parent: Parent, options: TorsionScanOptions = {}): Scan {
  const { range = [30, 330], count = 11, minDistance = 0.6 } = options;
  const angles = scanValues({ range, count });
  const graph = new BondGraph(parent.atoms, options);
  const collector = new ScanCollector(parent, minDistance);
  const bonds =
    options.bonds?.map((pair) => graph.between(pair)) ??
    graph.bonds.filter(({ from, to }) => graph.of(from).length > 1 && graph.of(to).length > 1);
  for (const bond of bonds) {
    const pair = [bond.from, bond.to];
    const joint = jointAt(graph, bond);
    if (typeof joint === 'string') {
      collector.skip(pair, joint);
      continue;
    }
    if (isStraight(graph, joint.bond) || isStraight(graph, reversedBond(joint.bond))) {
      collector.skip(pair, 'straight');
      continue;
    }
    const vector = graph.vectorOf(joint.bond);
    const axis = scaled(vector, 1 / length(vector));
    for (const [k, angle] of angles.entries()) {
      if (Math.abs(Math.sin((Math.PI / 360) * angle)) < 1e-9) continue;
      collector.add({
        joint,
        move: (place) => {
          rotate(place, axis, (Math.PI / 180) * angle);
        },
        meta: {
          name: `torsion-${pair.join('-')}-${String(k).padStart(3, '0')}`,
          source: 'torsion-scan',
          details: { atoms: pair, rotation: angle },
        },
      });
    }
  }
  return collector.scan;
}

/** True when all atoms of the side that a bond leads to are on its axis. */
function isStraight(graph: BondGraph, bond: DirectedBond): boolean {
  const side = graph.sideOf(bond);
  if (typeof side === 'string') return false;
  const vector = graph.vectorOf(bond);
  return side.atoms.every((_, k) => distanceFromAxis(graph, { bond, side, k }, vector) < ON_AXIS);
}

function distanceFromAxis(
  graph: BondGraph,
  { bond, side, k }: { readonly bond: DirectedBond; readonly side: Fragment; readonly k: number },
  axis: Vector,
): number {
  const origin = row(graph.atoms.positions, bond.from);
  const place = row(side.positions, k);
  const arm: Vector = [place[0] - origin[0], place[1] - origin[1], place[2] - origin[2]];
  return length(cross(arm, axis)) / length(axis);
}
