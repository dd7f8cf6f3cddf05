import type { Parameters } from '../parameters.ts';
import type { Arena } from './arena.ts';
import { blockColumn, panels } from './panels.ts';
import { DENSE_FIELDS, Struct, structBytes } from './structs.ts';

/** How the values on one side of a layer lie in the memory of the kernels. */
export interface Side {
  /** Number of features of a part. */
  readonly features: number;
  /** Parts of the layer's own order that are kept, in the order in which they are interleaved. */
  readonly parts: readonly number[];
}

/** A layer of a student: its name in the state dict and its two sides. */
export interface LayerChoice {
  readonly parameters: Parameters;
  readonly name: string;
  readonly input: Side;
  readonly output: Side;
}

const groups = ({ features, parts }: Side): number => 4 * Math.ceil(features / 4) * parts.length;

/** Place in the layer's own order, or undefined for a gap. */
function placeOf({ features, parts }: Side, column: number): number | undefined {
  const { part, feature } = blockColumn(column, parts.length);
  return feature < features ? parts[part] * features + feature : undefined;
}

/** Writes a dense layer for both directions, and returns the address of its `Dense`. */
export function putDense(arena: Arena, choice: LayerChoice): number {
  const { parameters, name, input, output } = choice;
  const weight = parameters.get(`${name}.weight`) ?? new Float32Array(0);
  const bias = parameters.get(`${name}.bias`);
  const [rows, columns] = [groups(input), groups(output)];
  const width = weight.length / ((bias?.length ?? weight.length / input.features) || 1);
  const value = (row: number, column: number): number => {
    const from = placeOf(input, row);
    const to = placeOf(output, column);
    return from === undefined || to === undefined ? 0 : weight[to * width + from];
  };
  const struct = new Struct(arena.memory, arena.take(structBytes(DENSE_FIELDS)), DENSE_FIELDS);
  struct.setWord('weights', arena.put(panels({ rows, columns }, value)));
  const back = panels({ rows: columns, columns: rows }, (row, column) => value(column, row));
  struct.setWord('back', arena.put(back));
  struct.setWord('bias', bias === undefined ? 0 : arena.put(putBias(bias, output)));
  return struct.address;
}

function putBias(bias: Float32Array, output: Side): Float32Array {
  return panels({ rows: 1, columns: groups(output) }, (_, column) => {
    const place = placeOf(output, column);
    return place === undefined ? 0 : bias[place];
  });
}
