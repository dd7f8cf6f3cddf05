import type { Arena } from './arena.ts';
import type { NetworkImage, RowBytes } from './networkImage.ts';
import {
  type PartStruct,
  type StructureStruct,
  PART_FIELDS,
  STRUCTURE_FIELDS,
  Struct,
  structBytes,
} from './structs.ts';

/** Bytes of a pair (assembly/pairs.ts), and pairs whose exact filters are in memory at once. */
const PAIR_BYTES = 80;
const PAIRS_AT_ONCE = 16;

/** What the memory of a structure depends on; its blocks are told where their rows are. */
export type RowPlan = Pick<NetworkImage, 'rows' | 'blocks' | 'radialGroups'>;

/** How much a structure may have. */
export interface Capacity {
  readonly atoms: number;
  /** Pairs of each part. */
  readonly pairs: number;
  readonly parts: number;
}

/** Memory for structures up to some size, laid out once. */
export class StructureMemory {
  readonly capacity: Capacity;
  readonly struct: StructureStruct;
  readonly parts: readonly PartStruct[];
  /** Addresses: float64 3N, u32 N, float32 N, float64 3N. */
  readonly positions: number;
  readonly species: number;
  readonly outputs: number;
  readonly forces: number;

  constructor(arena: Arena, image: RowPlan, capacity: Capacity) {
    this.capacity = capacity;
    const { atoms } = capacity;
    const { rows } = image;
    const take = (row: keyof RowBytes): number => arena.take(atoms * rows[row]);
    this.struct = new Struct(
      arena.memory,
      arena.take(structBytes(STRUCTURE_FIELDS)),
      STRUCTURE_FIELDS,
    );
    const { struct } = this;
    this.positions = arena.take(24 * atoms);
    this.species = arena.take(4 * atoms);
    this.outputs = arena.take(4 * atoms);
    this.forces = arena.take(24 * atoms);
    struct.setWord('positions', this.positions);
    struct.setWord('species', this.species);
    struct.setWord('outputs', this.outputs);
    struct.setWord('forces', this.forces);
    struct.setWord('candidates', 0);
    struct.setWord('current', take('stateRow'));
    struct.setWord('gradients', take('stateRow'));
    struct.setWord('hidden', take('hiddenRow'));
    struct.setWord('wide', take('contextRow'));
    struct.setWord('channelGradients', take('channelRow'));
    struct.setWord('readout', take('readoutRow'));
    struct.setWord('readoutSlopes', take('readoutRow'));
    image.blocks.forEach((block, t) => {
      block.setWord('channels', take('channelRow'));
      block.setWord('norms', take('normRow'));
      block.setWord('products', take('groupRow'));
      block.setWord('mixed', take('mixedRow'));
      block.setWord('mixSlopes', take('hiddenRow'));
      if (t === 0) return;
      block.setWord('state', take('stateRow'));
      block.setWord('context', take('contextRow'));
      block.setWord('contextSlopes', take('hiddenRow'));
      block.setWord('messages', take('messageRow'));
    });
    this.parts = Array.from({ length: capacity.parts }, (_, k) => this.#part(arena, image, k));
    struct.setWord('parts', capacity.parts);
    struct.setWord('part', arena.put(Uint32Array.from(this.parts, ({ address }) => address)));
  }

  #part(arena: Arena, { rows, radialGroups }: RowPlan, index: number): PartStruct {
    const { atoms, pairs } = this.capacity;
    const part = new Struct(arena.memory, arena.take(structBytes(PART_FIELDS)), PART_FIELDS);
    const sums = index === 0 ? this.struct.word('current') : arena.take(atoms * rows.stateRow);
    part.setWord('index', index);
    part.setWord('clashB', 0);
    part.setWord('pairs', arena.take(PAIR_BYTES * pairs));
    part.setWord('pairGradients', arena.take(16 * pairs));
    part.setWord('sums', sums);
    part.setWord('backSums', arena.take(atoms * rows.messageRow));
    part.setWord('forces', arena.take(24 * atoms));
    if (radialGroups > 0) {
      const filters = PAIRS_AT_ONCE * rows.contextRow;
      part.setWord('radial', arena.take(16 * radialGroups * pairs));
      part.setWord('radialSlopes', arena.take(16 * radialGroups * pairs));
      part.setWord('filters', arena.take(filters));
      part.setWord('filterSlopes', arena.take(filters));
    }
    return part;
  }
}
