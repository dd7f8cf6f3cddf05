import { operatorOf } from '../registry.ts';
import type { Tensor } from '../tensor.ts';
import { ancestors, countUses } from '../traverse.ts';

/** What a rule may ask about the graph around a node. */
export interface RuleContext {
  /** How often a tensor is used (by other tensors and as an output). */
  readonly uses: (tensor: Tensor) => number;
  /** The tensor of the graph before the sweep that the node stands for. */
  readonly original: Tensor;
}

/** A better tensor of the same value, shape and type, or undefined where the rule does not apply. */
export type Rule = (node: Tensor, context: RuleContext) => Tensor | undefined;

/** Names of passes are shown by `onPass` and in errors. */
export interface Pass {
  readonly name: string;
  run(outputs: readonly Tensor[]): Tensor[];
}

/** Rules applied to one node before it is left alone; more means that two rules undo each other. */
const RULES_PER_NODE = 50;

function rebuild(node: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((input, k) => input === node.inputs[k])) return node;
  const { graph } = node;
  return graph.inScope(node.scope, () => graph.apply(operatorOf(node), inputs, node.attrs));
}

/** One sweep of rules over everything that the outputs need, inputs first. */
export function sweep(outputs: readonly Tensor[], rules: readonly Rule[]): Tensor[] {
  const order = ancestors(outputs);
  const before = countUses(outputs, order);
  const uses = new Map<Tensor, number>();
  const usesOf = (tensor: Tensor): number => uses.get(tensor) ?? 1;
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  for (const original of order) {
    let node = rebuild(original, original.inputs.map(current));
    const { graph, scope } = original;
    const context: RuleContext = { uses: usesOf, original };
    graph.inScope(scope, () => {
      for (let count = 0; count < RULES_PER_NODE; count++) {
        let better: Tensor | undefined;
        for (const rule of rules) {
          better = rule(node, context);
          if (better !== undefined && better !== node) break;
        }
        if (better === undefined || better === node) break;
        node = better;
      }
    });
    replaced.set(original, node);
    uses.set(node, (uses.get(node) ?? 0) + (before.get(original) ?? 0));
  }
  return outputs.map(current);
}

/** A pass that applies one rule everywhere, once. */
export function rulePass(name: string, ...rules: readonly Rule[]): Pass {
  return { name, run: (outputs) => sweep(outputs, rules) };
}
