import { VerificationError } from './errors.ts';
import type { Operator } from './operator.ts';
import { SIGMOID, SILU, SOFTPLUS, TANH } from './ops/activation.ts';
import { ADD, DIV, MUL, NEG, RECIPROCAL, SUB } from './ops/arithmetic.ts';
import { AFFINE } from './ops/affine.ts';
import { BROADCAST_TO } from './ops/broadcastTo.ts';
import { LESS, WHERE } from './ops/comparison.ts';
import { CONCAT } from './ops/concat.ts';
import { EMBED } from './ops/embed.ts';
import { GATHER, GATHER_TRANSPOSE, ONE_HOT_SUM, TABLE_SUM } from './ops/gather.ts';
import { CONSTANT, INPUT } from './ops/leaf.ts';
import { MATMUL } from './ops/matmul.ts';
import { ONE_HOT } from './ops/oneHot.ts';
import { REDUCE_SUM } from './ops/reduceSum.ts';
import { RESHAPE } from './ops/reshape.ts';
import { SLICE } from './ops/slice.ts';
import { STOP_GRADIENT } from './ops/stopGradient.ts';
import { COS, EXP, LOG, SIN, SQRT } from './ops/transcendental.ts';
import { TRANSPOSE } from './ops/transpose.ts';
import type { Tensor } from './tensor.ts';

function table(
  ...operators: readonly { readonly name: string }[]
): Readonly<Record<string, Operator>> {
  return Object.fromEntries(operators.map((operator) => [operator.name, operator as Operator]));
}

/** Every operator by name. */
export const OPERATORS: Readonly<Record<string, Operator>> = table(
  ...[INPUT, CONSTANT, ADD, SUB, MUL, DIV, NEG, RECIPROCAL, EXP, LOG, SQRT, SIN, COS],
  ...[
    SIGMOID,
    TANH,
    SOFTPLUS,
    SILU,
    LESS,
    WHERE,
    MATMUL,
    AFFINE,
    REDUCE_SUM,
    RESHAPE,
    BROADCAST_TO,
  ],
  ...[
    TRANSPOSE,
    SLICE,
    EMBED,
    CONCAT,
    GATHER,
    GATHER_TRANSPOSE,
    TABLE_SUM,
    ONE_HOT,
    ONE_HOT_SUM,
    STOP_GRADIENT,
  ],
);

/** The operator that makes a tensor; throws for a tensor that no operator made. */
export function operatorOf(tensor: Tensor): Operator {
  if (!Object.hasOwn(OPERATORS, tensor.op)) {
    throw new VerificationError('graph/unknown-operator', `no operator is called ${tensor.op}`, {
      expected: Object.keys(OPERATORS).join(', '),
      found: tensor.op,
      where: tensor.scope,
      hint: 'Build tensors with the functions of this package.',
    });
  }
  return OPERATORS[tensor.op];
}
