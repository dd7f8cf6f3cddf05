import { GraphError, VerificationError } from './errors.ts';
import { broadcasts } from './passes/broadcasts.ts';
import { contraction } from './passes/contraction.ts';
import { constantFolding } from './passes/constantFolding.ts';
import { factoring } from './passes/factoring.ts';
import { fuseAffine } from './passes/fuseAffine.ts';
import { identities } from './passes/identities.ts';
import { linkedSums } from './passes/linkedSums.ts';
import { negation } from './passes/negation.ts';
import { products } from './passes/products.ts';
import { reshapes } from './passes/reshapes.ts';
import type { Pass } from './passes/rewrite.ts';
import { rulePass } from './passes/rewrite.ts';
import { scalars } from './passes/scalars.ts';
import { sharedSigmoid } from './passes/sharedSigmoid.ts';
import { slices } from './passes/slices.ts';
import { stackedProducts } from './passes/stackedProducts.ts';
import { sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';
import { verify } from './verify.ts';

/** What {@link optimize} does and tells. */
export interface OptimizeOptions {
  /** Passes in order, repeated until nothing changes; default {@link DEFAULT_PASSES}. */
  readonly passes?: readonly Pass[];
}

const simplify: Pass = rulePass(
  'simplify',
  ...identities,
  ...negation,
  ...scalars,
  ...broadcasts,
  ...reshapes,
  ...slices,
);

/** What `optimize` runs by default. */
export const DEFAULT_PASSES: readonly Pass[] = [
  linkedSums,
  constantFolding,
  simplify,
  products,
  factoring,
  contraction,
  stackedProducts,
  sharedSigmoid,
];

/** What runs once, after the others: operators that no other pass looks into. */
const LAST_PASSES: readonly Pass[] = [fuseAffine];

/** Rounds before passes that undo each other are stopped; the result is right in any case. */
const MOST_ROUNDS = 30;

function checked(pass: Pass, before: readonly Tensor[]): Tensor[] {
  let after: Tensor[];
  try {
    after = pass.run(before);
    if (after.every((tensor, k) => tensor === before[k])) return after;
    verify(after);
  } catch (cause) {
    if (!(cause instanceof GraphError)) throw cause;
    throw new VerificationError('graph/pass', `pass ${pass.name}: ${cause.message}`, {
      ...{ expected: 'a valid graph', found: cause.message, where: pass.name, cause },
    });
  }
  after.forEach((tensor, k) => {
    if (sameShape(tensor.shape, before[k].shape) && tensor.dtype === before[k].dtype) return;
    throw new VerificationError('graph/pass', `pass ${pass.name} changed the shape of an output`, {
      expected: before[k].shape.join(', '),
      found: tensor.shape.join(', '),
      where: pass.name,
    });
  });
  return after;
}

/**
 * The same outputs from fewer and cheaper operators. After each pass the graph is verified.
 *
 * @throws {@link VerificationError} where a pass breaks the graph.
 */
export function optimize<K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
  options: OptimizeOptions = {},
): Record<K, Tensor> {
  const { passes = DEFAULT_PASSES } = options;
  let tensors = Object.values<Tensor>(outputs);
  verify(tensors);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = tensors;
    for (const pass of passes) tensors = checked(pass, tensors);
    if (tensors.every((tensor, k) => tensor === before[k])) break;
  }
  if (options.passes === undefined) {
    for (const pass of LAST_PASSES) tensors = checked(pass, tensors);
  }
  const entries = Object.keys(outputs).map((name, k) => [name, tensors[k]]);
  return Object.fromEntries(entries) as Record<K, Tensor>;
}
