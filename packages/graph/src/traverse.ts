import type { Tensor } from './tensor.ts';

/** Everything that the outputs need, inputs before users (ascending ids). */
export function ancestors(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack: Tensor[] = [];
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    stack.push(tensor);
  };
  outputs.forEach(visit);
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    tensor.inputs.forEach(visit);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** How often each tensor is used, as an input of another or as an output. */
export function countUses(
  outputs: readonly Tensor[],
  order: readonly Tensor[],
): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (tensor: Tensor): void => {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  };
  for (const tensor of order) tensor.inputs.forEach(count);
  outputs.forEach(count);
  return uses;
}
