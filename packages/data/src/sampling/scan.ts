import { withPositions } from '@mlffd/core';
import { invalidOption } from '../build/invalidOption.ts';
import { areApart } from '../perturbedSet.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure, StructureMeta } from '../structure.ts';
import type { Joint, Undivided } from '@mlffd/md';

/** Structures of a scan, and what was left out. */
export interface Scan {
  readonly structures: readonly Structure[];
  readonly skipped: readonly SkippedScan[];
  /** Structures that were left out since atoms came too close. */
  readonly rejected: number;
}

/**
 * What cannot be scanned: a bond in a ring, or in a network without end, has no sides; a straight
 * end turns into itself.
 */
export interface SkippedScan {
  /** Numbers of the atoms. */
  readonly atoms: readonly number[];
  readonly reason: Undivided | 'straight';
}

/** Evenly spaced values. */
export interface ScanRange {
  readonly range: readonly [number, number];
  readonly count: number;
}

/** @throws InvalidArgumentError unless there is one value or more, in a range that is one */
export function scanValues({ range: [low, high], count }: ScanRange): readonly number[] {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw invalidOption('count', `count ${count} is no number of values`, {
      expected: 'an integer of at least 1',
      found: String(count),
    });
  }
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw invalidOption('range', 'the range of a scan must be finite', {
      expected: '[low, high] with low <= high',
      found: `[${low}, ${high}]`,
    });
  }
  if (count === 1) return [low];
  return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}

/** What a scan makes at one joint. */
export interface ScanStep {
  readonly joint: Joint;
  /** Gives the place, relative to the fixed atom of the bond, that a place relative to it moves to. */
  readonly move: (place: Float64Array) => void;
  readonly meta: Pick<StructureMeta, 'source' | 'details'> & { readonly name: string };
}

/** Collects the structures of a scan. */
export class ScanCollector {
  readonly #parent: Parent;
  readonly #minDistance: number;
  readonly #structures: Structure[] = [];
  readonly #skipped: SkippedScan[] = [];
  #rejected = 0;

  constructor(parent: Parent, minDistance: number) {
    this.#parent = parent;
    this.#minDistance = minDistance;
  }

  skip(atoms: readonly number[], reason: SkippedScan['reason']): void {
    this.#skipped.push({ atoms, reason });
  }

  add({ joint, move, meta: { name, ...meta } }: ScanStep): void {
    const { id, atoms, group = id } = this.#parent;
    const { bond, moving } = joint;
    const positions = atoms.positions.slice();
    const origin = atoms.positions.subarray(3 * bond.from, 3 * bond.from + 3);
    for (const [k, atom] of moving.atoms.entries()) {
      const old = moving.positions.subarray(3 * k, 3 * k + 3);
      const place = old.map((x, c) => x - origin[c]);
      move(place);
      for (let c = 0; c < 3; c++) positions[3 * atom + c] += origin[c] + place[c] - old[c];
    }
    const moved = withPositions(atoms, positions);
    if (!areApart(moved, this.#minDistance)) {
      this.#rejected++;
      return;
    }
    this.#structures.push({
      atoms: moved,
      meta: { ...meta, id: `${id}/${name}`, group, parent: id },
    });
  }

  get scan(): Scan {
    return { structures: this.#structures, skipped: this.#skipped, rejected: this.#rejected };
  }
}

/** Turns a vector about an axis of length 1 (Rodrigues), in place. */
export function rotate(vector: Float64Array, axis: ArrayLike<number>, angle: number): void {
  const [x, y, z] = vector;
  const [u, v, w] = [axis[0], axis[1], axis[2]];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = (u * x + v * y + w * z) * (1 - c);
  vector[0] = x * c + (v * z - w * y) * s + u * along;
  vector[1] = y * c + (w * x - u * z) * s + v * along;
  vector[2] = z * c + (u * y - v * x) * s + w * along;
}
