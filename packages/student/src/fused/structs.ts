// The structures of assembly/layout.ts: fields in their order. A word is an address, a count or a float32 of
// four bytes; a float64 comes first where a structure has any.

import type { KernelMemory } from './webAssembly.ts';

/** Names of the fields of a structure, float64 first. */
export interface StructFields<D extends string, W extends string> {
  readonly doubles: readonly D[];
  readonly words: readonly W[];
}

const DENSE_WORDS = ['weights', 'bias', 'back'] as const;
/** Fields of `Dense`. */
export const DENSE_FIELDS: StructFields<never, (typeof DENSE_WORDS)[number]> = {
  doubles: [],
  words: DENSE_WORDS,
};

const BLOCK_WORDS = [
  'filters',
  'contextHidden',
  'contextOut',
  'channelMix',
  'mixHidden',
  'mixOut',
  'state',
  'context',
  'contextSlopes',
  'messages',
  'channels',
  'norms',
  'products',
  'mixed',
  'mixSlopes',
] as const;
/** Fields of `Block`. */
export const BLOCK_FIELDS: StructFields<never, (typeof BLOCK_WORDS)[number]> = {
  doubles: [],
  words: BLOCK_WORDS,
};
/** A `Block` in memory. */
export type BlockStruct = Struct<never, (typeof BLOCK_WORDS)[number]>;

const NETWORK_DOUBLES = ['cutoff', 'perAngstrom', 'scale'] as const;
const NETWORK_WORDS = [
  'blocks',
  'interactions',
  'exact',
  'embedding',
  'elements',
  'readoutHidden',
  'readoutLast',
  'readoutGroups',
  'lastBias',
  'normEpsilon',
  'block',
  'radialCount',
  'radialGroups',
  'gaussian',
  'cosine',
  'stateRow',
  'hiddenRow',
  'contextRow',
  'messageRow',
  'channelRow',
  'normRow',
  'groupRow',
  'mixedRow',
  'readoutRow',
] as const;
/** Fields of `Network`. */
export const NETWORK_FIELDS: StructFields<
  (typeof NETWORK_DOUBLES)[number],
  (typeof NETWORK_WORDS)[number]
> = { doubles: NETWORK_DOUBLES, words: NETWORK_WORDS };
/** A `Network` in memory. */
export type NetworkStruct = Struct<
  (typeof NETWORK_DOUBLES)[number],
  (typeof NETWORK_WORDS)[number]
>;

const STRUCTURE_WORDS = [
  'atoms',
  'species',
  'positions',
  'candidates',
  'candidateCount',
  'outputs',
  'forces',
  'current',
  'gradients',
  'hidden',
  'wide',
  'channelGradients',
  'readout',
  'readoutSlopes',
  'parts',
  'part',
] as const;
/** Fields of `Structure`. */
export const STRUCTURE_FIELDS: StructFields<never, (typeof STRUCTURE_WORDS)[number]> = {
  doubles: [],
  words: STRUCTURE_WORDS,
};
/** A `Structure` in memory. */
export type StructureStruct = Struct<never, (typeof STRUCTURE_WORDS)[number]>;

const PART_DOUBLES = ['xx', 'yy', 'zz', 'yz', 'xz', 'xy'] as const;
const PART_WORDS = [
  'index',
  'first',
  'last',
  'from',
  'to',
  'pairs',
  'pairCount',
  'pairGradients',
  'sums',
  'backSums',
  'forces',
  'radial',
  'radialSlopes',
  'filters',
  'filterSlopes',
  'clashA',
  'clashB',
] as const;
/** Fields of `Part`. */
export const PART_FIELDS: StructFields<(typeof PART_DOUBLES)[number], (typeof PART_WORDS)[number]> =
  { doubles: PART_DOUBLES, words: PART_WORDS };
/** A `Part` in memory. */
export type PartStruct = Struct<(typeof PART_DOUBLES)[number], (typeof PART_WORDS)[number]>;

/** Bytes of a structure, a multiple of 8. */
export function structBytes({ doubles, words }: StructFields<string, string>): number {
  return 8 * doubles.length + 8 * Math.ceil(words.length / 2);
}

/** A structure in the memory of the kernels. It finds its views anew when the memory has grown. */
export class Struct<D extends string, W extends string> {
  readonly address: number;
  readonly #memory: KernelMemory;
  readonly #offsets: ReadonlyMap<string, number>;
  #view: DataView;

  constructor(memory: KernelMemory, address: number, { doubles, words }: StructFields<D, W>) {
    this.address = address;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#offsets = new Map<string, number>([
      ...doubles.map((name, k) => [name, address + 8 * k] as const),
      ...words.map((name, k) => [name, address + 8 * doubles.length + 4 * k] as const),
    ]);
  }

  setWord(name: W, value: number): void {
    this.#bytes().setUint32(this.#at(name), value, true);
  }

  setFloat(name: W, value: number): void {
    this.#bytes().setFloat32(this.#at(name), value, true);
  }

  setDouble(name: D, value: number): void {
    this.#bytes().setFloat64(this.#at(name), value, true);
  }

  word(name: W): number {
    return this.#bytes().getUint32(this.#at(name), true);
  }

  double(name: D): number {
    return this.#bytes().getFloat64(this.#at(name), true);
  }

  #at(name: string): number {
    return this.#offsets.get(name) ?? Number.NaN;
  }

  #bytes(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }
}
