import { type Atoms, createAtoms, repeatAtoms, withPositions } from '@mlffd/core';
import type { AuditStructure, LatencyAudit } from './report.ts';
import type { TeacherProbe } from './teacherProbe.ts';

/** Moves between calls that are timed, Angstrom: many calculators keep the last answer. */
const STIR = 1e-3;
/** Gap between copies of a molecule, Angstrom: about what there is in a liquid. */
const GAP = 2.5;
/** A size takes no longer than this unless a single call does, s. */
const PATIENCE = 5;
/** Sizes at which a call would take longer than this, s, are left out. */
const TOO_LONG = 10;

/** Least and median time of a call. */
export interface CallTimes {
  readonly repeats: number;
  readonly latency_min_ms: number;
  readonly latency_median_ms: number;
}

/** Times of calls one after another, of structures that differ a little. */
export async function callTimes(
  probe: TeacherProbe,
  atoms: Atoms,
  repeats: number,
): Promise<CallTimes> {
  const times: number[] = [];
  let spent = 0;
  while (times.length < repeats && (times.length === 0 || spent < 1000 * PATIENCE)) {
    const positions = atoms.positions.slice();
    positions[0] += STIR * (times.length + 1);
    const time = await probe.time(withPositions(atoms, positions));
    times.push(time);
    spent += time;
  }
  times.sort((a, b) => a - b);
  const count = times.length;
  return {
    repeats: count,
    latency_min_ms: times[0],
    latency_median_ms: (times[(count - 1) >> 1] + times[count >> 1]) / 2,
  };
}

/**
 * The structure repeated to about each of the sizes: cells of crystals, copies of molecules side by
 * side. Sizes below its own count as its own; those at which calls would take too long are left out.
 */
export async function latencyBySize(
  probe: TeacherProbe,
  { name, atoms }: AuditStructure,
  { sizes, repeats }: { readonly sizes: readonly number[]; readonly repeats: number },
  onResult: (result: LatencyAudit) => void,
): Promise<void> {
  const done: LatencyAudit[] = [];
  for (const size of [...sizes].sort((a, b) => a - b)) {
    const grown = grownTo(atoms, size);
    const count = grown.numbers.length;
    if (done.some((own) => own.atoms === count)) continue;
    if (expectedTime(done, count) > 1000 * TOO_LONG) return;
    // The first call of a size pays for buffers and compilers.
    const first = await probe.time(grown);
    const times =
      first > 1000 * TOO_LONG
        ? { repeats: 1, latency_min_ms: first, latency_median_ms: first }
        : await callTimes(probe, grown, repeats);
    const result = { structure: name, atoms: count, ...times };
    done.push(result);
    onResult(result);
  }
}

/** Time of a call by the power of the size that the last two sizes show, at least the first, ms. */
export function expectedTime(
  done: readonly Pick<LatencyAudit, 'atoms' | 'latency_median_ms'>[],
  atoms: number,
): number {
  const last = done.at(-1);
  if (last === undefined) return 0;
  const before = done.at(-2);
  const power =
    before === undefined
      ? 1
      : Math.log(last.latency_median_ms / before.latency_median_ms) /
        Math.log(last.atoms / before.atoms);
  return last.latency_median_ms * (atoms / last.atoms) ** Math.max(1, power);
}

/** Copies of the structure with about so many atoms, at least one. */
export function grownTo(atoms: Atoms, size: number): Atoms {
  const copies = Math.max(1, Math.round(size / atoms.numbers.length));
  return atoms.pbc.includes(true) ? repeatedCell(atoms, copies) : besideEachOther(atoms, copies);
}

/** What a cell ten times as long as it is wide costs, in powers of e of a wrong count. */
const SHAPE = 0.1;

/** The block of cells that is nearest to the count, and not much longer than wide. */
function repeatedCell(atoms: Atoms, copies: number): Atoms {
  const { cell, pbc } = atoms;
  const lengths = [0, 1, 2].map((k) => Math.hypot(...cell.subarray(3 * k, 3 * k + 3)));
  let best: { readonly cost: number; readonly counts: [number, number, number] } | undefined;
  for (let a = 1; a <= (pbc[0] ? copies : 1); a++) {
    for (let b = 1; b <= (pbc[1] ? copies / a : 1); b++) {
      const counts: [number, number, number] = [a, b, 1];
      if (pbc[2]) counts[2] = Math.max(1, Math.round(copies / (a * b)));
      const extents = lengths.map((length, k) => length * counts[k]).filter((_, k) => pbc[k]);
      const cost =
        Math.abs(Math.log((a * b * counts[2]) / copies)) +
        SHAPE * Math.log(Math.max(...extents) / Math.min(...extents));
      if (best === undefined || cost < best.cost) best = { cost, counts };
    }
  }
  return best === undefined ? atoms : repeatAtoms(atoms, best.counts);
}

/** Copies on a cubic grid, as far apart as molecules of a liquid. */
function besideEachOther(atoms: Atoms, copies: number): Atoms {
  if (copies === 1) return atoms;
  const { numbers, positions } = atoms;
  const spans = [0, 1, 2].map((axis) => {
    const values = positions.filter((_, k) => k % 3 === axis);
    return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b)) + GAP;
  });
  const side = Math.ceil(Math.cbrt(copies));
  const all = new Float64Array(copies * positions.length);
  for (let c = 0; c < copies; c++) {
    const place = [c % side, Math.floor(c / side) % side, Math.floor(c / side ** 2)];
    for (const [k, x] of positions.entries()) {
      all[c * positions.length + k] = x + place[k % 3] * spans[k % 3];
    }
  }
  const { charge, spin } = atoms;
  return createAtoms({
    numbers: Array.from({ length: copies }, () => [...numbers]).flat(),
    positions: all,
    ...(charge === undefined ? {} : { charge: copies * charge }),
    ...(spin === undefined ? {} : { spin: copies * spin }),
  });
}
