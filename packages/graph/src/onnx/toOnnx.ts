import { create } from '@bufbuild/protobuf';
import type { Dim } from '../dim.ts';
import { symbolsOf, termsOf } from '../dim.ts';
import { GraphError } from '../errors.ts';
import type { Lowering, OnnxAttribute } from '../operator.ts';
import { CONSTANT, constantData, INPUT, inputName } from '../ops/leaf.ts';
import { operatorOf } from '../registry.ts';
import type { Tensor } from '../tensor.ts';
import { ancestors } from '../traverse.ts';
import { encodeModel, nodeProto, tensorProto, valueInfoProto } from './model.ts';
import type { NodeProto, TensorProto } from './schema.ts';
import { ModelProtoSchema } from './schema.ts';

/** What to write, and how. */
export interface OnnxOptions {
  /** Outputs of the model by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Name of the graph. */
  readonly name: string;
  /** Key-value pairs kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Version of the standard operator set, 18 to 23 (default 21). */
  readonly opset?: number;
}

const DEFAULT_OPSET = 21;
/** IR version that came with each operator set. */
const IR_VERSIONS: Readonly<Record<number, number>> = {
  18: 8,
  19: 9,
  20: 9,
  21: 10,
  22: 10,
  23: 11,
};

class Writer implements Lowering {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly names = new Map<Tensor, string>();
  readonly domains = new Set<string>();
  readonly #vectors = new Map<string, string>();
  readonly #bindings: ReadonlyMap<string, { input: Tensor; axis: number }>;
  #count = 0;
  #scope = '';

  constructor(bindings: ReadonlyMap<string, { input: Tensor; axis: number }>) {
    this.#bindings = bindings;
  }

  enter(tensor: Tensor): void {
    this.#scope = tensor.scope;
  }

  #fresh(type: string): string {
    const name = `${this.#scope === '' ? '' : `${this.#scope}/`}${type}_${this.#count}`;
    this.#count++;
    return name;
  }

  name(tensor: Tensor): string {
    let name = this.names.get(tensor);
    if (name === undefined) {
      name = this.#fresh(tensor.op);
      this.names.set(tensor, name);
    }
    return name;
  }

  node(
    type: string,
    inputs: readonly string[],
    options: {
      readonly output?: string;
      readonly domain?: string;
      readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
    } = {},
  ): string {
    const { domain, attributes = {} } = options;
    const name = this.#fresh(type);
    const output = options.output ?? `${name}:0`;
    if (domain !== undefined) this.domains.add(domain);
    this.nodes.push(nodeProto({ name, type, domain, inputs, outputs: [output], attributes }));
    return output;
  }

  #once(key: string, make: () => string): string {
    let name = this.#vectors.get(key);
    if (name === undefined) {
      name = make();
      this.#vectors.set(key, name);
    }
    return name;
  }

  #initializer(dtype: 'int64' | 'float32', data: readonly number[]): string {
    return this.#once(`${dtype}:${data.join(',')}`, () => {
      const name = `${dtype}_${data.join('_')}`;
      this.initializers.push(tensorProto(name, dtype, { shape: [data.length], data }));
      return name;
    });
  }

  ints(values: readonly number[]): string {
    return this.#initializer('int64', values);
  }

  floats(values: readonly number[]): string {
    return this.#initializer('float32', values);
  }

  /** One size at run time, as a vector of one element. */
  #size(dim: Dim): string {
    if (typeof dim === 'number') return this.ints([dim]);
    return this.#once(`size:${dim}`, () => {
      const binding = this.#bindings.get(dim);
      if (binding !== undefined) {
        const { input, axis } = binding;
        const attributes = { start: axis, end: axis + 1 };
        return this.node('Shape', [this.name(input)], { output: `size:${dim}`, attributes });
      }
      const terms = termsOf(dim).map(({ coefficient, names }) => {
        const factors = names.map((name) => this.#size(name));
        if (coefficient !== 1 || names.length === 0) factors.push(this.ints([coefficient]));
        return factors.reduce((product, factor) => this.node('Mul', [product, factor]));
      });
      return terms.reduce((sum, term) => this.node('Add', [sum, term]));
    });
  }

  sizes(shape: readonly Dim[]): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.ints(shape);
    return this.#once(`sizes:${shape.join(',')}`, () => {
      const parts: string[] = [];
      let numbers: number[] = [];
      for (const dim of shape) {
        if (typeof dim === 'number') numbers.push(dim);
        else {
          if (numbers.length > 0) parts.push(this.ints(numbers));
          numbers = [];
          parts.push(this.#size(dim));
        }
      }
      if (numbers.length > 0) parts.push(this.ints(numbers));
      return parts.length === 1
        ? parts[0]
        : this.node('Concat', parts, { attributes: { axis: 0 } });
    });
  }
}

/** For each symbolic size that is needed, an input axis that tells it. */
function bindSymbols(
  live: readonly Tensor[],
  inputs: readonly Tensor[],
): Map<string, { input: Tensor; axis: number }> {
  const bindings = new Map<string, { input: Tensor; axis: number }>();
  const needed = new Set(live.flatMap((tensor) => tensor.shape.flatMap(symbolsOf)));
  const used = new Set(live);
  // Inputs that are used anyway come first, so that no other input has to be fed.
  const candidates = [...inputs].sort((a, b) => Number(used.has(b)) - Number(used.has(a)));
  for (const input of candidates) {
    input.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && needed.has(dim) && !bindings.has(dim)) {
        bindings.set(dim, { input, axis });
      }
    });
  }
  for (const symbol of needed) {
    if (bindings.has(symbol)) continue;
    throw new GraphError('graph/onnx-unbound-size', `nothing tells the size ${symbol}`, {
      expected: `a graph input with an axis of size ${symbol}`,
      found: `inputs ${inputs.map(inputName).join(', ')}`,
      where: symbol,
      hint: `Declare an input whose shape contains '${symbol}'; it need not be used otherwise.`,
    });
  }
  return bindings;
}

function checkNames(outputs: readonly string[], inputs: readonly string[]): void {
  const clash = outputs.find((name) => inputs.includes(name));
  if (outputs.length > 0 && clash === undefined) return;
  throw new GraphError('graph/onnx-output-name', 'a model needs outputs whose names no input has', {
    expected: 'at least one output, with a name of its own',
    found: clash ?? 'no output',
  });
}

/**
 * Bytes of an ONNX model that computes the outputs from the graph's inputs.
 *
 * Constants become initializers, symbolic sizes become dimension parameters, names of nodes carry
 * the scopes. The same graph always gives the same bytes.
 *
 * @throws {@link GraphError} where a symbolic size is told by no input, or names clash.
 */
export function toOnnx(options: OnnxOptions): Uint8Array {
  const { outputs, name, metadata = {}, opset = DEFAULT_OPSET } = options;
  const entries = Object.entries(outputs);
  const live = ancestors(Object.values(outputs));
  const declared = [...new Set(live.map((tensor) => tensor.graph))].flatMap(
    (graph) => graph.inputs,
  );
  const bindings = bindSymbols(live, declared);
  const binding = new Set([...bindings.values()].map(({ input }) => input));
  const liveSet = new Set(live);
  const inputs = declared.filter((input) => liveSet.has(input) || binding.has(input));
  checkNames(Object.keys(outputs), inputs.map(inputName));
  if (!Object.hasOwn(IR_VERSIONS, opset)) {
    throw new GraphError('graph/onnx-opset', `operator set ${opset} is not supported`, {
      expected: Object.keys(IR_VERSIONS).join(', '),
      found: String(opset),
    });
  }

  const writer = new Writer(bindings);
  for (const input of inputs) writer.names.set(input, inputName(input));
  const copies: [string, Tensor][] = [];
  for (const [key, tensor] of entries) {
    if (writer.names.has(tensor) || tensor.op === CONSTANT.name) copies.push([key, tensor]);
    else writer.names.set(tensor, key);
  }
  for (const tensor of live) {
    if (tensor.op === INPUT.name) continue;
    writer.enter(tensor);
    const data = constantData(tensor);
    if (data === undefined) operatorOf(tensor).lower(tensor, writer);
    else {
      const shape = tensor.shape.map(Number);
      writer.initializers.push(tensorProto(writer.name(tensor), tensor.dtype, { shape, data }));
    }
  }
  for (const [key, tensor] of copies) {
    writer.enter(tensor);
    writer.node('Identity', [writer.name(tensor)], { output: key });
  }

  const opsets = [['', opset] as const, ...[...writer.domains].sort().map((d) => [d, 1] as const)];
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSIONS[opset]),
    producerName: '@mlffd/graph',
    opsetImport: opsets.map(([domain, version]) => ({ domain, version: BigInt(version) })),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name,
      node: writer.nodes,
      initializer: writer.initializers,
      input: inputs.map((input) => valueInfoProto(inputName(input), input.dtype, input.shape)),
      output: entries.map(([key, tensor]) => valueInfoProto(key, tensor.dtype, tensor.shape)),
    },
  });
  return encodeModel(model);
}
