import type { Arena } from './arena.ts';
import type { NetworkImage } from './networkImage.ts';
import type { StructFields } from './structs.ts';
import { BLOCK_FIELDS, NETWORK_FIELDS, Struct, structBytes } from './structs.ts';
import type { RowPlan } from './structureMemory.ts';

/** The same student with rows of its own for a structure: weights and tables are shared. */
export interface ImageCopy extends RowPlan {
  readonly address: number;
}

/** Copies what says where things are. */
export function copyImage(arena: Arena, image: NetworkImage): ImageCopy {
  const { rows, radialGroups } = image;
  const network = copyStruct(arena, NETWORK_FIELDS, image.address);
  const blocks = image.blocks.map(({ address }) => copyStruct(arena, BLOCK_FIELDS, address));
  network.setWord('block', arena.put(Uint32Array.from(blocks, ({ address }) => address)));
  return { address: network.address, rows, radialGroups, blocks };
}

function copyStruct<D extends string, W extends string>(
  arena: Arena,
  fields: StructFields<D, W>,
  from: number,
): Struct<D, W> {
  const bytes = structBytes(fields);
  const to = arena.take(bytes);
  new Uint8Array(arena.memory.buffer).copyWithin(to, from, from + bytes);
  return new Struct(arena.memory, to, fields);
}
