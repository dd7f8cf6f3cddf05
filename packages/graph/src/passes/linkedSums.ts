import { GATHER_TRANSPOSE } from '../ops/gather.ts';
import { is } from './patterns.ts';
import type { Pass } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

/** Drops what only told `grad` how to differentiate a sum of gathered rows. */
export const linkedSums: Pass = rulePass('linkedSums', (node) =>
  is(node, GATHER_TRANSPOSE) ? node.inputs[0] : undefined,
);
