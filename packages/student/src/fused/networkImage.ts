import { normEpsilon, readoutWidth, type StudentConfig } from '../config.ts';
import { checkParameters } from '../parameters.ts';
import type { Student } from '../student.ts';
import { trainedElements } from '../student.ts';
import type { Arena } from './arena.ts';
import { elementMessages } from './elements.ts';
import { Filters, tabulate, type TableError } from './filterTable.ts';
import { putDense, type Side } from './layers.ts';
import { blockColumn, panels } from './panels.ts';
import {
  type BlockStruct,
  type NetworkStruct,
  BLOCK_FIELDS,
  NETWORK_FIELDS,
  Struct,
  structBytes,
} from './structs.ts';

/** Bytes of the rows of an atom (see assembly/layout.ts); rows that are written in panels are whole panels. */
export interface RowBytes {
  readonly stateRow: number;
  readonly hiddenRow: number;
  readonly contextRow: number;
  readonly messageRow: number;
  readonly channelRow: number;
  readonly normRow: number;
  readonly groupRow: number;
  readonly mixedRow: number;
  readonly readoutRow: number;
}

/** Choices of `NetworkImage`. */
export interface ImageOptions {
  /** Intervals of the table of filters, or 0: filters are computed exactly. */
  readonly intervals: number;
}

const rowBytes = (config: StudentConfig): RowBytes => {
  const blocks = Math.ceil(config.features / 4);
  const wide = 32 * Math.ceil((3 * blocks) / 2);
  return {
    stateRow: 128 * Math.ceil(blocks / 2),
    hiddenRow: 32 * Math.ceil(blocks / 2),
    contextRow: wide,
    messageRow: 80 * blocks,
    channelRow: 96 * blocks,
    normRow: 32 * blocks,
    groupRow: 16 * blocks,
    mixedRow: wide,
    readoutRow: 32 * Math.ceil(readoutWidth(config) / 8),
  };
};

/** A student as the kernels read it. */
export class NetworkImage {
  readonly address: number;
  readonly rows: RowBytes;
  readonly blocks: readonly BlockStruct[];
  /** Groups of a row of radial functions; 0 where filters come from a table. */
  readonly radialGroups: number;
  /** Elements by their index in the kernels. */
  readonly elements: readonly number[];
  /** How far the table is from the filters of each block; zeros where they are exact. */
  readonly errors: readonly TableError[];

  constructor(arena: Arena, student: Student, { intervals }: ImageOptions) {
    const { config, parameters, baseline } = student;
    checkParameters(config, parameters);
    const { features: F, interactions, radialBasis, cutoff } = config;
    const exact = intervals === 0;
    this.rows = rowBytes(config);
    this.elements = trainedElements(baseline);
    this.radialGroups = exact ? Math.ceil((radialBasis.count + 1) / 4) : 0;
    const errors: TableError[] = [];
    this.blocks = Array.from({ length: interactions }, (_, t) => {
      const { address, error } = exact
        ? putFilters(arena, student, t)
        : this.#table(arena, student, { t, intervals });
      errors.push(error);
      return putBlock(arena, student, { t, filters: address });
    });
    this.errors = errors;
    const network = new Struct(
      arena.memory,
      arena.take(structBytes(NETWORK_FIELDS)),
      NETWORK_FIELDS,
    );
    this.address = network.address;
    network.setDouble('cutoff', cutoff);
    network.setDouble('perAngstrom', exact ? 0 : intervals / cutoff);
    network.setDouble('scale', baseline.scale);
    network.setWord('blocks', Math.ceil(F / 4));
    network.setWord('interactions', interactions);
    network.setWord('exact', exact ? 1 : 0);
    network.setWord('radialCount', radialBasis.count);
    network.setWord('radialGroups', this.radialGroups);
    network.setWord('gaussian', radialBasis.type === 'gaussian' ? 1 : 0);
    network.setWord('cosine', config.cutoffFunction === 'cosine' ? 1 : 0);
    network.setWord('embedding', arena.put(this.#embedding(student)));
    network.setWord('elements', arena.put(this.#messages(student)));
    putReadout(arena, student, network);
    network.setFloat('normEpsilon', normEpsilon(config));
    network.setWord('block', arena.put(Uint32Array.from(this.blocks, ({ address }) => address)));
    for (const [name, bytes] of Object.entries(this.rows)) {
      network.setWord(name as keyof RowBytes, bytes as number);
    }
  }

  /** One table where filters are shared, but for the first block, which needs fewer parts. */
  #shared: { address: number; error: TableError } | undefined;

  #table(
    arena: Arena,
    { config, parameters }: Student,
    { t, intervals }: { t: number; intervals: number },
  ): { address: number; error: TableError } {
    if (t > 0 && this.#shared !== undefined) return this.#shared;
    const parts = t === 0 ? [0, 1] : [0, 1, 2];
    const { coefficients, error } = tabulate({ config, parameters, block: t, parts }, intervals);
    const table = { address: arena.put(coefficients), error };
    if (t > 0 && config.sharedFilters === true) this.#shared = table;
    return table;
  }

  #embedding({ config, parameters }: Student): Float32Array {
    const F = config.features;
    const width = 4 * Math.ceil(F / 4);
    const weight = parameters.get('embedding.weight') ?? new Float32Array(0);
    const out = new Float32Array(this.elements.length * width);
    this.elements.forEach((z, k) => {
      out.set(weight.subarray(z * F, (z + 1) * F), k * width);
    });
    return out;
  }

  #messages({ config, parameters }: Student): Float32Array {
    const F = config.features;
    const row = 8 * Math.ceil(F / 4);
    const out = new Float32Array(this.elements.length * row);
    this.elements.forEach((z, k) => {
      const { scalar, radial } = elementMessages(parameters, F, z);
      for (let column = 0; column < row; column++) {
        const { part, feature } = blockColumn(column, 2);
        if (feature < F) out[k * row + column] = (part === 0 ? scalar : radial)[feature];
      }
    });
    return out;
  }
}

/** Weights of exact filters as panels: radial functions in, filters of a block out. */
function putFilters(
  arena: Arena,
  { config, parameters }: Student,
  t: number,
): { address: number; error: TableError } {
  const F = config.features;
  const parts = t === 0 ? [0, 1] : [0, 1, 2];
  const filters = new Filters({ config, parameters, block: t, parts });
  const width = config.radialBasis.count + 1;
  const size = {
    rows: 4 * Math.ceil(width / 4),
    columns: 4 * Math.ceil(F / 4) * parts.length,
  };
  const packed = panels(size, (row, column) => {
    const { part, feature } = blockColumn(column, parts.length);
    return row < width && feature < F ? filters.weight(part * F + feature, row) : 0;
  });
  return { address: arena.put(packed), error: { value: 0, slope: 0 } };
}

function putBlock(
  arena: Arena,
  { config, parameters }: Student,
  { t, filters }: { t: number; filters: number },
): BlockStruct {
  const side = (...parts: number[]): Side => ({ features: config.features, parts });
  const put = (name: string, input: Side, output: Side): number =>
    putDense(arena, { parameters, name, input, output });
  const block = new Struct(arena.memory, arena.take(structBytes(BLOCK_FIELDS)), BLOCK_FIELDS);
  block.setWord('filters', filters);
  if (t > 0) {
    const net = `interactions.${t}.interatomic_context_net`;
    block.setWord('contextHidden', put(`${net}.0`, side(0), side(0)));
    block.setWord('contextOut', put(`${net}.1`, side(0), side(0, 1, 2)));
  }
  const last = t === config.interactions - 1;
  const net = `mixing.${t}.intraatomic_context_net`;
  block.setWord('channelMix', put(`mixing.${t}.mu_channel_mix`, side(0), side(0, 1)));
  block.setWord('mixHidden', put(`${net}.0`, side(0, 1), side(0)));
  block.setWord('mixOut', put(`${net}.1`, side(0), last ? side(0, 2) : side(0, 1, 2)));
  return block;
}

function putReadout(arena: Arena, { config, parameters }: Student, network: NetworkStruct): void {
  const width = readoutWidth(config);
  const hidden = putDense(arena, {
    parameters,
    name: 'outnet.0',
    input: { features: config.features, parts: [0] },
    output: { features: width, parts: [0] },
  });
  const last = new Float32Array(8 * Math.ceil(width / 8));
  last.set(parameters.get('outnet.1.weight') ?? []);
  network.setWord('readoutHidden', hidden);
  network.setWord('readoutLast', arena.put(last));
  network.setWord('readoutGroups', Math.ceil(width / 4));
  network.setFloat('lastBias', parameters.get('outnet.1.bias')?.[0] ?? 0);
}
