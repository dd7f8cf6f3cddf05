import type { Dim } from '../dim.ts';
import { MUL } from '../ops/arithmetic.ts';
import { matmul } from '../ops/matmul.ts';
import { REDUCE_SUM } from '../ops/reduceSum.ts';
import { reshape } from '../ops/reshape.ts';
import { sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, is } from './patterns.ts';
import type { Pass, RuleContext } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

/** Role of an axis of the product: in both and kept, summed, in the left or right factor only. */
type Role = 'batch' | 'summed' | 'left' | 'right' | 'none';

/** Sizes of the axes of each role, in order. */
type Blocks = Record<Role, Dim[]>;

function roleOf(a: Dim, b: Dim, summed: boolean): Role | undefined {
  if (a !== 1 && b !== 1) return summed ? 'summed' : 'batch';
  if (a === 1 && b === 1) return 'none';
  if (summed) return undefined;
  return a === 1 ? 'right' : 'left';
}

/** Order in which roles follow each other, every role one contiguous block; undefined otherwise. */
function blockOrder(roles: readonly Role[], allowed: readonly Role[]): Role[] | undefined {
  const order: Role[] = [];
  for (const role of roles) {
    if (!allowed.includes(role) || role === order.at(-1)) continue;
    if (order.includes(role)) return undefined;
    order.push(role);
  }
  return order.includes('batch') && order[0] !== 'batch' ? undefined : order;
}

interface Matrix {
  readonly tensor: Tensor;
  /** The summed axis comes last. */
  readonly summedLast: boolean;
}

/** The factor as a batch of matrices `[batch, own, summed]` or `[batch, summed, own]`. */
function asMatrix(x: Tensor, own: 'left' | 'right', plan: Plan): Matrix | undefined {
  const order = blockOrder(plan.roles, ['batch', own, 'summed']);
  if (order === undefined) return undefined;
  const { blocks } = plan;
  const vector = blocks[own].length === 0;
  // A vector has both layouts: a row on the left, a column on the right, which needs no transposition.
  const summedLast = vector ? own === 'left' : order.at(-1) === 'summed';
  const sizes = [sizeOf(blocks[own]), sizeOf(blocks.summed)];
  if (!summedLast) sizes.reverse();
  if (blocks.batch.length === 0 && own === 'left' && summedLast && !vector) {
    // A stack of rows times one matrix keeps its axes.
    return { tensor: reshape(x, [...blocks.left, sizeOf(blocks.summed)]), summedLast };
  }
  const front = blocks.batch.length === 0 ? [] : [sizeOf(blocks.batch)];
  return { tensor: reshape(x, [...front, ...sizes]), summedLast };
}

interface Plan {
  readonly roles: readonly Role[];
  readonly blocks: Blocks;
}

function planOf(a: Tensor, b: Tensor, summed: ReadonlySet<number>): Plan | undefined {
  const rank = Math.max(a.shape.length, b.shape.length);
  const roles: Role[] = [];
  const blocks: Blocks = { batch: [], summed: [], left: [], right: [], none: [] };
  for (let axis = 0; axis < rank; axis++) {
    const x = a.shape[axis - rank + a.shape.length] ?? 1;
    const y = b.shape[axis - rank + b.shape.length] ?? 1;
    const role = roleOf(x, y, summed.has(axis));
    if (role === undefined) return undefined;
    roles.push(role);
    blocks[role].push(x === 1 ? y : x);
  }
  const outer = blocks.left.length + blocks.right.length > 0;
  return outer && blocks.summed.length > 0 ? { roles, blocks } : undefined;
}

function contract(a: Tensor, b: Tensor, node: Tensor): Tensor | undefined {
  const axes = attrsOf(node, REDUCE_SUM)?.axes ?? [];
  const plan = planOf(a, b, new Set(axes));
  if (plan === undefined) return undefined;
  const { blocks, roles } = plan;
  const kept = blockOrder(roles, ['batch', 'left', 'right']);
  if (kept === undefined) return undefined;
  // Where the axes of the right factor come first in the result, the factors are exchanged.
  if (kept.includes('right') && kept.indexOf('right') < kept.indexOf('left')) {
    return contract(b, a, node);
  }
  const left = asMatrix(a, 'left', plan);
  const right = asMatrix(b, 'right', plan);
  if (left === undefined || right === undefined) return undefined;
  const product = matmul(left.tensor, right.tensor, {
    transA: !left.summedLast,
    transB: right.summedLast,
  });
  const expected = [...blocks.batch, ...blocks.left, ...blocks.right];
  const essential = node.shape.filter((dim) => dim !== 1);
  return sameShape(expected, essential) ? reshape(product, node.shape) : undefined;
}

/**
 * `sum_k a[.., k] b[.., k]` as a batched matrix product, where each factor has axes of its own: the
 * product of all axes is never stored.
 */
export const contraction: Pass = rulePass('contraction', (node, { uses }: RuleContext) => {
  if (!is(node, REDUCE_SUM)) return undefined;
  const [x] = node.inputs;
  if (!is(x, MUL) || uses(x) > 1) return undefined;
  return contract(x.inputs[0], x.inputs[1], node);
});
