import type { Dim } from './dim.ts';
import { canonicalDim } from './dim.ts';
import { GraphError, ShapeError } from './errors.ts';
import type { Operator } from './operator.ts';
import type { ConstantAttributes, InputAttributes } from './ops/leaf.ts';
import { CONSTANT, INPUT } from './ops/leaf.ts';
import { formatShape } from './shape.ts';
import type { DType, Tensor } from './tensor.ts';

/** Constants up to this length are compared by content, so that equal ones are one tensor. */
const COMPARED_CONSTANT_LENGTH = 64;

function keyOfAttribute(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'key' in value) return String(value.key);
  return JSON.stringify(value);
}

function keyOfAttributes(attrs: object): string {
  return Object.entries(attrs)
    .map(([name, value]) => `${name}=${keyOfAttribute(value)}`)
    .join(';');
}

/**
 * A set of tensors that are built from each other.
 *
 * Asking twice for the same operator on the same inputs gives the same tensor, so common
 * subexpressions never exist twice. A graph only grows; what no output needs is never written.
 */
export class Graph {
  readonly #tensors = new Map<string, Tensor>();
  readonly #inputs = new Map<string, Tensor>();
  #count = 0;
  #scope = '';

  /** Inputs in the order in which they were declared. */
  get inputs(): readonly Tensor[] {
    return [...this.#inputs.values()];
  }

  /** Path of the scopes that are open now, `''` outside of all. */
  get scopePath(): string {
    return this.#scope;
  }

  /**
   * A value that is fed at run time. Symbolic sizes of its axes get their values from what is fed.
   *
   * @throws {@link GraphError} when another input has the name.
   */
  input(name: string, shape: readonly Dim[], dtype: DType = 'float32'): Tensor {
    if (this.#inputs.has(name)) {
      throw new GraphError('graph/duplicate-input', `input ${name} exists already`, {
        expected: 'a name that no other input has',
        found: name,
        hint: 'Declare an input once and hand the tensor around.',
      });
    }
    const attrs: InputAttributes = { name, shape: shape.map((dim) => canonicalDim(dim)), dtype };
    const tensor = this.apply(INPUT, [], attrs);
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /**
   * A fixed value, row-major. The array is kept, not copied: do not change it afterwards.
   *
   * @throws {@link ShapeError} when the length does not fit the shape.
   */
  constant(data: ArrayLike<number>, shape: readonly number[], dtype: DType = 'float32'): Tensor {
    const length = shape.reduce((product, size) => product * size, 1);
    if (data.length !== length) {
      throw new ShapeError('graph/constant-length', 'constant: length does not fit the shape', {
        expected: `${length} values for ${formatShape(shape)}`,
        found: `${data.length} values`,
        where: this.#scope,
      });
    }
    const short = length <= COMPARED_CONSTANT_LENGTH;
    const key = short
      ? Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value))).join(',')
      : `#${this.#count}`;
    const values =
      data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data);
    const attrs: ConstantAttributes = { shape, dtype, values: { key, data: values } };
    return this.apply(CONSTANT, [], attrs);
  }

  /** A float32 constant without axes. */
  scalar(value: number): Tensor {
    return this.constant([value], []);
  }

  /** Runs `build` with `name` appended to the scope, which ends up in the names of ONNX nodes. */
  scope<T>(name: string, build: () => T): T {
    return this.inScope(this.#scope === '' ? name : `${this.#scope}/${name}`, build);
  }

  /** Runs `build` with the scope set to a whole path. */
  inScope<T>(path: string, build: () => T): T {
    const previous = this.#scope;
    this.#scope = path;
    try {
      return build();
    } finally {
      this.#scope = previous;
    }
  }

  /** The tensor of an operator on inputs of this graph: an existing one, or a new one. */
  apply<A extends object>(operator: Operator<A>, inputs: readonly Tensor[], attrs: A): Tensor {
    if (inputs.some((input) => input.graph !== this)) {
      throw new GraphError('graph/mixed', `${operator.name}: inputs belong to different graphs`, {
        expected: 'tensors of one graph',
        found: 'tensors of several graphs',
        where: this.#scope,
        hint: 'Build everything that is used together on the same Graph.',
      });
    }
    const ids = inputs.map((input) => input.id);
    if (operator.commutative === true) ids.sort((a, b) => a - b);
    const key = `${operator.name}(${ids.join(',')})${keyOfAttributes(attrs)}`;
    const known = this.#tensors.get(key);
    if (known !== undefined) return known;
    const tensor: Tensor = {
      id: this.#count,
      op: operator.name,
      inputs,
      attrs,
      ...operator.infer(inputs, attrs),
      graph: this,
      scope: this.#scope,
    };
    this.#count++;
    this.#tensors.set(key, tensor);
    return tensor;
  }
}
