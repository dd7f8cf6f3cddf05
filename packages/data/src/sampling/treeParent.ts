import { KB } from '@mlffd/core';
import type { Rng } from '@mlffd/core';
import type { TreeNode } from './treeNode.ts';

/** What energies of a tree are compared by. */
export type EnergyPer = 'atom' | 'structure';

/** How the next parent is chosen. */
export interface ParentChoice {
  /** Weight of the Boltzmann factor, 0 to 1; the rest is for young generations. */
  readonly beta: number;
  /** Temperature of the Boltzmann factor, K. */
  readonly temperature: number;
  readonly energyPer: EnergyPer;
}

/** Energy of a member as the Boltzmann factors see it, eV or eV/atom. */
export function comparedEnergy(
  { atoms, results }: Pick<TreeNode, 'atoms' | 'results'>,
  per: EnergyPer,
): number {
  return per === 'atom' ? results.energy / atoms.numbers.length : results.energy;
}

/**
 * Probability of each member to be the next parent,
 *
 *     P_i = beta exp(-E_i/kT) / sum_j exp(-E_j/kT) + (1 - beta) G_i / sum_j G_j
 *
 * with the generation G of the root being 1. Equation of Gardner et al. (arXiv 2506.10956): a large
 * beta samples around minima, a small one explores.
 */
export function parentProbabilities(
  nodes: readonly TreeNode[],
  { beta, temperature, energyPer }: ParentChoice,
): Float64Array {
  const energies = Float64Array.from(nodes, (node) => comparedEnergy(node, energyPer));
  // Against the lowest, so that no exponential overflows and the sum is at least 1.
  const lowest = energies.reduce((least, energy) => Math.min(least, energy), Infinity);
  const factors = energies.map((energy) => Math.exp((lowest - energy) / (KB * temperature)));
  const factorSum = factors.reduce((sum, factor) => sum + factor, 0);
  const generationSum = nodes.reduce((sum, { level }) => sum + level + 1, 0);
  return factors.map(
    (factor, i) =>
      (beta * factor) / factorSum + ((1 - beta) * (nodes[i].level + 1)) / generationSum,
  );
}

/** Draws the next parent with `parentProbabilities`. */
export function chooseParent(nodes: readonly TreeNode[], choice: ParentChoice, rng: Rng): TreeNode {
  const probabilities = parentProbabilities(nodes, choice);
  let left = rng.uniform();
  for (const [i, probability] of probabilities.entries()) {
    left -= probability;
    if (left < 0) return nodes[i];
  }
  // The sum is 1 up to rounding.
  return nodes[nodes.length - 1];
}
