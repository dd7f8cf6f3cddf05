// A graph of @mlffd/graph as a function of jax-js: every node becomes the operation of the same meaning.
import { evaluateDim } from '../../../packages/graph/dist/dim.js';

/** Nodes before those that use them. */
function sorted(outputs) {
  const order = [];
  const seen = new Set();
  const visit = (node) => {
    if (seen.has(node)) return;
    seen.add(node);
    node.inputs.forEach(visit);
    order.push(node);
  };
  outputs.forEach(visit);
  return order;
}

/** What an operator is in jax-js; `size` gives a symbolic size its value. */
function operations({ numpy: np, nn }, size) {
  const sizes = (shape) => shape.map(size);
  const swapped = (x, yes) => (yes ? np.swapaxes(x, -1, -2) : x);
  const product = ([a, b], { transA, transB }) => np.matmul(swapped(a, transA), swapped(b, transB));
  const along = (rank, axis, range) =>
    Array.from({ length: rank }, (_, k) => (k === axis ? range : []));
  return {
    Add: ([a, b]) => np.add(a, b),
    Sub: ([a, b]) => np.subtract(a, b),
    Mul: ([a, b]) => np.multiply(a, b),
    Div: ([a, b]) => np.trueDivide(a, b),
    Neg: ([x]) => np.negative(x),
    Reciprocal: ([x]) => np.reciprocal(x),
    Exp: ([x]) => np.exp(x),
    Log: ([x]) => np.log(x),
    Sqrt: ([x]) => np.sqrt(x),
    Sin: ([x]) => np.sin(x),
    Cos: ([x]) => np.cos(x),
    Tanh: ([x]) => np.tanh(x),
    Sigmoid: ([x]) => nn.sigmoid(x),
    Softplus: ([x]) => nn.softplus(x),
    Silu: ([x]) => nn.silu(x),
    Less: ([a, b]) => np.less(a, b),
    Where: ([condition, a, b]) => np.where(condition, a, b),
    MatMul: (inputs, { attrs }) => product(inputs, attrs),
    Affine: ([a, b, c], { attrs }) => np.add(product([a, b], attrs), c),
    ReduceSum: ([x], { attrs }) =>
      np.sum(x, [...attrs.axes], { keepdims: attrs.keepDims === true }),
    Reshape: ([x], { shape }) => np.reshape(x, sizes(shape)),
    BroadcastTo: ([x], { shape }) => np.broadcastTo(x, sizes(shape)),
    Transpose: ([x], { attrs }) => np.transpose(x, [...attrs.perm]),
    Slice: ([x], { attrs: { axis, start, end }, shape }) =>
      x.slice(...along(shape.length, axis, [size(start), size(end)])),
    Embed: ([x], { attrs: { axis, start, size: whole }, inputs, shape }) => {
      const before = size(start);
      const after = size(whole) - before - size(inputs[0].shape[axis]);
      return np.pad(
        x,
        shape.map((_, k) => (k === axis ? [before, after] : [0, 0])),
      );
    },
    Concat: (inputs, { attrs }) => np.concatenate(inputs, attrs.axis),
    Gather: ([x, index]) => np.take(x, index, 0),
    TableSum: ([y, table], { attrs }) => {
      if (attrs.appendZeroRow) throw new Error('TableSum with a row of zeros is not translated');
      return np.sum(np.take(y, table, 0), 1);
    },
    OneHot: ([index], { attrs }) => nn.oneHot(index, size(attrs.rows)),
    OneHotSum: ([y, hot], { inputs, shape }) => {
      const rows = size(inputs[0].shape[0]);
      const flat = np.reshape(y, [rows, -1]);
      return np.reshape(np.matmul(np.transpose(hot), flat), sizes(shape));
    },
    StopGradient: ([x]) => x,
  };
}

/** Operators of a graph by name, with how many nodes each has. */
export function operatorCounts(outputs) {
  const counts = {};
  for (const { op } of sorted(Object.values(outputs))) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/**
 * The graph under jax-js's `jit`, for feeds of fixed shapes.
 *
 * @param feeds `{ data, dims }` by name of the input, as our sessions take them
 * @returns function that runs once and resolves to the flat data of each output
 */
export function jaxFunction(jax, outputs, feeds) {
  const names = Object.keys(outputs);
  const order = sorted(Object.values(outputs));
  const uses = new Map(order.map((node) => [node, 0]));
  const count = (node) => uses.set(node, uses.get(node) + 1);
  order.forEach((node) => node.inputs.forEach(count));
  names.forEach((name) => count(outputs[name]));
  const known = new Map();
  const inputs = order.filter(({ op }) => op === 'Input');
  for (const { attrs, shape } of inputs) {
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && /^\w+$/.test(dim))
        known.set(dim, feeds[attrs.name].dims[axis]);
    });
  }
  const { numpy: np } = jax;
  const table = operations(jax, (dim) => evaluateDim(dim, known));
  const apply = jax.jit((...given) => {
    const left = new Map(uses);
    const values = new Map();
    // The last use takes the value, earlier ones a reference to it.
    const take = (node) => {
      left.set(node, left.get(node) - 1);
      return left.get(node) === 0 ? values.get(node) : values.get(node).ref;
    };
    order.forEach((node) => {
      if (node.op === 'Input') values.set(node, given[inputs.indexOf(node)]);
      else if (node.op === 'Constant') {
        const data = Float32Array.from(node.attrs.values.data);
        values.set(node, np.array(data, { shape: [...node.attrs.shape] }));
      } else if (Object.hasOwn(table, node.op)) {
        values.set(node, table[node.op](node.inputs.map(take), node));
      } else throw new Error(`no operation of jax-js for ${node.op}`);
    });
    return names.map((name) => take(outputs[name]));
  });
  const toArray = ({ attrs, dtype }) => {
    const { data, dims } = feeds[attrs.name];
    return dtype === 'int64'
      ? np.array(Int32Array.from(data, Number), { shape: [...dims] })
      : np.array(Float32Array.from(data), { shape: [...dims] });
  };
  return async () => {
    const results = apply(...inputs.map(toArray));
    const found = {};
    for (const [k, name] of names.entries()) found[name] = await results[k].data();
    return found;
  };
}
