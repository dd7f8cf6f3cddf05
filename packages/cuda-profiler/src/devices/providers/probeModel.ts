/** What goes in, and what has to come out. */
export const PROBE_INPUT: readonly number[] = [1, 2, 3];
export const PROBE_OUTPUT: readonly number[] = [1, 4, 9];

/** Float tensors (TensorProto.FLOAT). */
const FLOAT = 1;
/** An operator that every provider has, in a set that every version reads. */
const OPERATOR_SET = 13;
const FORMAT = 8;

/**
 * An ONNX model with one node, `y = x * x` on three numbers (fields as in onnx.proto3).
 *
 * Written here by hand: what makes real models is above this package.
 */
export function probeModel(): Uint8Array {
  const node = [text(1, 'x'), text(1, 'x'), text(2, 'y'), text(3, 'probe'), text(4, 'Mul')].flat();
  const graph = [
    message(1, node),
    text(2, 'probe'),
    message(11, value('x')),
    message(12, value('y')),
  ];
  const operators = [...text(1, ''), ...integer(2, OPERATOR_SET)];
  const model = [integer(1, FORMAT), message(7, graph.flat()), message(8, operators)];
  return Uint8Array.from(model.flat());
}

/** A ValueInfoProto. */
function value(name: string): number[] {
  const shape = message(1, integer(1, PROBE_INPUT.length));
  const tensor = [...integer(1, FLOAT), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
}

function text(field: number, characters: string): number[] {
  return message(field, [...Buffer.from(characters)]);
}

function integer(field: number, number: number): number[] {
  return [field << 3, ...varint(number)];
}

function varint(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...varint(number >>> 7)];
}
