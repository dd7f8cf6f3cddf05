import { Candidate } from './list/candidate';
import { Network, Part, Structure } from './layout';

/** Bytes of a pair. */
export const PAIR_BYTES: usize = 80;

/** Atoms closer than this are at one place, Angstrom: a tenth of the radius of a nucleus. */
const ONE_PLACE: f64 = 1e-6;

/**
 * Two atoms a and b within the cutoff, r = r_b - r_a: each pair stands for both of its edges.
 */
@unmanaged
export class Pair {
  /** Vector, Angstrom. */
  x: f64;
  y: f64;
  z: f64;
  a: u32;
  b: u32;
  elementA: u32;
  elementB: u32;
  /** Interval of the table. */
  interval: u32;
  /** Place in the interval, 0 to 1, and what the slopes of the cubic need. */
  t: f32;
  twice: f32;
  threeSquares: f32;
  ux: f32;
  uy: f32;
  uz: f32;
  inverse: f32;
  /** Distance, Angstrom. */
  distance: f32;
}

/**
 * Writes the pairs of a part that are within the cutoff and returns their number, or -1 where two
 * atoms are at one place.
 */
export function placePairs(network: Network, structure: Structure, part: Part): i32 {
  part.pairCount = 0;
  return structure.candidates
    ? addFromCandidates(network, structure, part, 0)
    : addFromAll(network, structure, part, structure.atoms);
}

/** Adds the pairs of the first atoms of a part with those after them and before `end`; returns as `placePairs`. */
export function addFromAll(network: Network, structure: Structure, part: Part, end: usize): i32 {
  const positions = structure.positions;
  const limit = network.cutoff * network.cutoff;
  let pair = part.pairs + part.pairCount * PAIR_BYTES;
  for (let a = part.from; a < part.to; a++) {
    const pa = positions + 24 * a;
    const ax = load<f64>(pa);
    const ay = load<f64>(pa + 8);
    const az = load<f64>(pa + 16);
    for (let b = a + 1; b < end; b++) {
      const pb = positions + 24 * b;
      const x = load<f64>(pb) - ax;
      const y = load<f64>(pb + 8) - ay;
      const z = load<f64>(pb + 16) - az;
      const square = x * x + y * y + z * z;
      if (square >= limit) continue;
      const next = changetype<Pair>(pair);
      next.x = x;
      next.y = y;
      next.z = z;
      if (!complete(network, structure, next, <u32>a, <u32>b, square)) return clash(part, a, b);
      pair += PAIR_BYTES;
    }
  }
  return count(part, pair);
}

/** Adds the pairs of a part's candidates, whose atoms count from `first`; returns as `placePairs`. */
export function addFromCandidates(
  network: Network,
  structure: Structure,
  part: Part,
  first: u32,
): i32 {
  const positions = structure.positions;
  const limit = network.cutoff * network.cutoff;
  let pair = part.pairs + part.pairCount * PAIR_BYTES;
  for (let k = part.from; k < part.to; k++) {
    const candidate = Candidate.at(structure.candidates, k);
    const a = first + candidate.i;
    const b = first + candidate.j;
    const pa = positions + 24 * <usize>a;
    const pb = positions + 24 * <usize>b;
    const x = load<f64>(pb) - load<f64>(pa) + candidate.sx;
    const y = load<f64>(pb + 8) - load<f64>(pa + 8) + candidate.sy;
    const z = load<f64>(pb + 16) - load<f64>(pa + 16) + candidate.sz;
    const square = x * x + y * y + z * z;
    if (square >= limit) continue;
    const next = changetype<Pair>(pair);
    next.x = x;
    next.y = y;
    next.z = z;
    if (!complete(network, structure, next, a, b, square)) return clash(part, a, b);
    pair += PAIR_BYTES;
  }
  return count(part, pair);
}

function count(part: Part, end: usize): i32 {
  part.pairCount = (end - part.pairs) / PAIR_BYTES;
  return <i32>part.pairCount;
}

function clash(part: Part, a: usize, b: usize): i32 {
  part.clashA = a;
  part.clashB = b;
  return -1;
}

/** Fills in what follows from the vector; false where there is no direction. */
function complete(
  network: Network,
  structure: Structure,
  pair: Pair,
  a: u32,
  b: u32,
  square: f64,
): bool {
  const distance = Math.sqrt(square);
  if (!(distance >= ONE_PLACE)) return false;
  const inverse = 1 / distance;
  const place = distance * network.perAngstrom;
  const interval = <u32>place;
  const t = <f32>(place - <f64>interval);
  pair.a = a;
  pair.b = b;
  pair.elementA = load<u32>(structure.species + 4 * a);
  pair.elementB = load<u32>(structure.species + 4 * b);
  pair.interval = interval;
  pair.t = t;
  pair.twice = t + t;
  pair.threeSquares = 3 * t * t;
  pair.ux = <f32>(pair.x * inverse);
  pair.uy = <f32>(pair.y * inverse);
  pair.uz = <f32>(pair.z * inverse);
  pair.inverse = <f32>inverse;
  pair.distance = <f32>distance;
  return true;
}
