import { InvalidArgumentError } from './errors.ts';
import { philox4x32 } from './philox.ts';

const TWO_26 = 2 ** 26;
const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/** Everything a generator is, as plain JSON. */
export interface RngState {
  readonly key: readonly [number, number];
  readonly stream: readonly [number, number];
  /** How many 53-bit draws have been taken. */
  readonly draws: number;
  /** The second normal of the last pair, if it is still to be given. */
  readonly spare: number | null;
}

/** What `shuffle` can reorder in place. */
export interface MutableSequence<T> {
  readonly length: number;
  [index: number]: T;
}

/**
 * Counter-based random numbers: draw number n of a stream is a function of (seed, path, n) alone.
 *
 * Philox4x32-10 keyed by a 128-bit hash of seed and path, so that streams such as
 * `new Rng(7, 'rattle', 3)` are independent of each other and of the order in which they are made.
 */
export class Rng {
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block: Uint32Array = new Uint32Array(4);
  #draws = 0;
  #spare: number | null = null;

  /**
   * @param seed a safe integer
   * @param path names and safe integers that pick an independent stream
   * @throws InvalidArgumentError `rng/invalid-seed`
   */
  constructor(seed: number, ...path: readonly (string | number)[]) {
    const hash = hashPath([seed, ...path]);
    this.#key = hash.slice(0, 2);
    this.#counter = Uint32Array.of(0, 0, hash[2], hash[3]);
  }

  /** Goes on exactly where the generator that gave `state` stood. */
  static fromState(state: RngState): Rng {
    const rng = new Rng(0);
    rng.#key.set(state.key);
    rng.#counter.set(state.stream, 2);
    rng.#draws = state.draws;
    rng.#spare = state.spare;
    if (rng.#draws % 2 === 1) rng.#fillBlock((rng.#draws - 1) / 2);
    return rng;
  }

  get state(): RngState {
    return {
      key: [this.#key[0], this.#key[1]],
      stream: [this.#counter[2], this.#counter[3]],
      draws: this.#draws,
      spare: this.#spare,
    };
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return this.#draw53() / TWO_53;
  }

  /** Normal with mean 0 and variance 1 (Box-Muller; every second one is free). */
  normal(): number {
    if (this.#spare !== null) {
      const value = this.#spare;
      this.#spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /**
   * Integer in 0..n-1, without bias.
   * @throws InvalidArgumentError `rng/invalid-range` unless n is an integer from 1 to 2^53
   */
  integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= TWO_53)) {
      throw new InvalidArgumentError('rng/invalid-range', `there is no integer below ${n}`, {
        expected: 'an integer from 1 to 2^53',
        found: String(n),
      });
    }
    const limit = TWO_53 - (TWO_53 % n);
    let value = this.#draw53();
    while (value >= limit) value = this.#draw53();
    return value % n;
  }

  /** Puts the elements in random order, in place (Fisher-Yates), and returns them. */
  shuffle<A extends MutableSequence<unknown>>(items: A): A {
    const sequence: MutableSequence<unknown> = items;
    for (let i = sequence.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = sequence[i];
      sequence[i] = sequence[j];
      sequence[j] = held;
    }
    return items;
  }

  #draw53(): number {
    const half = this.#draws % 2;
    if (half === 0) this.#fillBlock(this.#draws / 2);
    this.#draws++;
    const block = this.#block;
    return (block[2 * half] >>> 5) * TWO_26 + (block[2 * half + 1] >>> 6);
  }

  #fillBlock(index: number): void {
    this.#counter[0] = index % TWO_32;
    this.#counter[1] = Math.floor(index / TWO_32);
    philox4x32({ key: this.#key, counter: this.#counter }, this.#block);
  }
}

export interface NormalsKey {
  readonly seed: number;
  /** Name or number that keeps the uses of one seed apart. */
  readonly stream: string | number;
  readonly step: number;
}

/**
 * Fills `out` with normals (mean 0, variance 1) such that value k depends on (seed, stream, step,
 * k) alone: not on what was drawn before, nor on the length of `out`.
 * @throws InvalidArgumentError `rng/invalid-seed`
 */
export function fillNormals(out: Float64Array, { seed, stream, step }: NormalsKey): void {
  const hash = hashPath([seed, 'normals', stream, step]);
  const counter = Uint32Array.of(0, 0, hash[2], hash[3]);
  const input = { key: hash, counter };
  const block = new Uint32Array(4);
  for (let k = 0; k < out.length; k += 2) {
    counter[0] = k / 2;
    philox4x32(input, block);
    const u = (block[0] >>> 5) * TWO_26 + (block[1] >>> 6);
    const v = (block[2] >>> 5) * TWO_26 + (block[3] >>> 6);
    const radius = Math.sqrt(-2 * Math.log(1 - u / TWO_53));
    const angle = 2 * Math.PI * (v / TWO_53);
    out[k] = radius * Math.cos(angle);
    if (k + 1 < out.length) out[k + 1] = radius * Math.sin(angle);
  }
}

/**
 * 128-bit hash of a path, with Philox as the compression function (Davies-Meyer): words are
 * absorbed two at a time as keys, each item with its kind and length so that no two paths share
 * an encoding.
 */
function hashPath(path: readonly (string | number)[]): Uint32Array {
  const words: number[] = [];
  for (const item of path) {
    if (typeof item === 'string') {
      words.push(1, item.length);
      for (let k = 0; k < item.length; k++) words.push(item.charCodeAt(k));
    } else {
      if (!Number.isSafeInteger(item)) throw invalidSeed(item);
      words.push(2, item % TWO_32, Math.floor(item / TWO_32));
    }
  }
  if (words.length % 2 === 1) words.push(0);
  const state = new Uint32Array(4);
  const out = new Uint32Array(4);
  const key = new Uint32Array(2);
  for (let k = 0; k < words.length; k += 2) {
    key[0] = words[k];
    key[1] = words[k + 1];
    philox4x32({ key, counter: state }, out);
    for (let w = 0; w < 4; w++) state[w] ^= out[w];
  }
  return state;
}

function invalidSeed(found: number): InvalidArgumentError {
  return new InvalidArgumentError('rng/invalid-seed', `${found} is no seed`, {
    expected: 'integers between -2^53 and 2^53',
    found: String(found),
  });
}
