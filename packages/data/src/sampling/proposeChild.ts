import { AbortedError, isUnavailableError, KB, longestRow, neighborList } from '@mlffd/core';
import type { Atoms, Calculator, Rng } from '@mlffd/core';
import { areApart } from '../perturbedSet.ts';
import { rattleChild, relaxationStep } from './treeMove.ts';
import type { NodeResults, TreeNode } from './treeNode.ts';
import { chooseParent, comparedEnergy } from './treeParent.ts';
import type { EnergyPer } from './treeParent.ts';
import type { TreePool } from './treePool.ts';
import type { TreeSettings } from './treeSettings.ts';
import { askTeacher } from './treeTeacher.ts';

/** Why a child was not accepted. */
export type RejectionReason =
  /** A force above the limit. */
  | 'force'
  /** Two atoms too near to each other. */
  | 'separation'
  /** Too near to a member of the tree from the start. */
  | 'similar'
  /** The teacher failed, or gave values that are not finite. */
  | 'teacher';

/** Where the relaxation of an accepted child ended. */
export type RelaxationStop =
  /** By chance, with the probability of its energy. */
  | 'energy'
  /** After the last step. */
  | 'steps'
  /** One step before it would have been too near to a member of the tree. */
  | 'similar';

/** A child to add to the tree. */
export interface AcceptedProposal {
  readonly child: TreeNode;
  readonly stop: RelaxationStop;
  /** Times that the teacher was asked. */
  readonly calls: number;
}

/** An attempt that came to nothing. */
export interface RejectedProposal {
  readonly rejected: RejectionReason;
  /** `id` of the parent that was chosen. */
  readonly parent: string;
  /** Times that the teacher was asked. */
  readonly calls: number;
  /** The error of a teacher that failed. */
  readonly cause?: unknown;
}

/** What became of one attempt to add a child to a tree. */
export type Proposal = AcceptedProposal | RejectedProposal;

/** What a proposal depends on, beside the tree. */
export interface ProposalOptions {
  /** `id` of the child if it is accepted. */
  readonly id: string;
  readonly calculator: Calculator;
  readonly settings: TreeSettings;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/**
 * Probability to stop the relaxation at a structure, min(most, exp(-dE / kT)), where dE is how much
 * higher it lies than its parent: Metropolis' rule with a cap, so that some of the relaxation takes
 * place also downhill (Gardner et al., arXiv 2506.10956).
 *
 * @param difference energy above the parent, eV or eV/atom
 */
export function stopProbability(
  difference: number,
  { temperature, stopProbability: most }: Pick<TreeSettings, 'temperature' | 'stopProbability'>,
): number {
  return Math.min(most, Math.exp(-difference / (KB * temperature)));
}

/**
 * One attempt to add a child to a tree, which itself is left as it is: choose a parent, rattle and
 * strain it, relax it a little along the forces, and stop by chance, after the last step, or before
 * it falls back to where the tree has been. Whatever is accepted keeps the guards.
 *
 * @throws AbortedError when `signal` fires
 * @throws the error of a teacher that is gone for good, see `isUnavailableError`
 */
export async function proposeChild(pool: TreePool, options: ProposalOptions): Promise<Proposal> {
  const { settings, rng } = options;
  const parent = chooseParent(pool.nodes, settings, rng);
  const { atoms, deformation, sigma } = rattleChild(parent, settings, rng);
  let at = atoms;
  let former: Relaxed | undefined;
  let calls = 0;
  const reject = (rejected: RejectionReason, cause?: unknown): Proposal => ({
    rejected,
    parent: parent.id,
    calls,
    ...(cause === undefined ? {} : { cause }),
  });
  const judge = (relaxed: Relaxed, stop: RelaxationStop): Proposal =>
    relaxed.broken === undefined
      ? { child: childOf(parent, { ...relaxed, deformation, sigma }, options), stop, calls }
      : reject(relaxed.broken);
  for (let steps = 0; ; steps++) {
    if (options.signal?.aborted === true) throw stopped(parent.id);
    // Before the teacher is asked: whatever is too near is not worth a call.
    if (pool.isNear(pool.frame(at, deformation), settings.minDisplacement)) {
      return former === undefined ? reject('similar') : judge(former, 'similar');
    }
    let results: NodeResults;
    try {
      calls++;
      const answer = askTeacher(options.calculator, at, settings);
      results = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      if (error instanceof AbortedError || isUnavailableError(error)) throw error;
      return reject('teacher', error);
    }
    const relaxed = { atoms: at, results, steps, broken: brokenGuard(at, results, settings) };
    if (steps === settings.relaxSteps) return judge(relaxed, 'steps');
    const chance = stopProbability(energyAbove(parent, relaxed, settings.energyPer), settings);
    if (relaxed.broken === undefined && rng.uniform() < chance) return judge(relaxed, 'energy');
    former = relaxed;
    const length = sigma / (steps + 1);
    at = relaxationStep(at, results.forces, { length, scale: settings.stepScale });
  }
}

/** A structure on the way of the relaxation. */
interface Relaxed {
  readonly atoms: Atoms;
  readonly results: NodeResults;
  readonly steps: number;
  /** The guard that it does not keep. */
  readonly broken: 'force' | 'separation' | undefined;
}

const energyAbove = (
  parent: TreeNode,
  child: Pick<TreeNode, 'atoms' | 'results'>,
  per: EnergyPer,
) => comparedEnergy(child, per) - comparedEnergy(parent, per);

function brokenGuard(
  atoms: Atoms,
  { forces }: NodeResults,
  { maxForce, minDistance, minSeparation }: TreeSettings,
): 'force' | 'separation' | undefined {
  if (longestRow(forces) >= maxForce) return 'force';
  if (minSeparation > 0 && neighborList(atoms, minSeparation).count > 0) return 'separation';
  return areApart(atoms, minDistance) ? undefined : 'separation';
}

function childOf(
  parent: TreeNode,
  made: Relaxed & { readonly deformation: Float64Array; readonly sigma: number },
  { id }: ProposalOptions,
): TreeNode {
  const { atoms, results, deformation: d, sigma, steps } = made;
  const level = parent.level + 1;
  return {
    id,
    level,
    parent: parent.id,
    atoms,
    results,
    deformation: d,
    details: {
      level,
      sigma,
      steps,
      energyAboveParent: results.energy - parent.results.energy,
      ...(d.some((value, k) => value !== (k % 4 === 0 ? 1 : 0))
        ? { strain: [d[0] - 1, d[4] - 1, d[8] - 1, d[5], d[2], d[1]] }
        : {}),
    },
  };
}

function stopped(id: string): AbortedError {
  return new AbortedError('data/aborted', `the tree was stopped at a child of ${id}`, {
    where: id,
    hint: 'Label with treeUnits to go on where it was.',
  });
}
