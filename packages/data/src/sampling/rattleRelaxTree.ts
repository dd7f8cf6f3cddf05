import { Rng } from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { requireCount } from '../build/invalidOption.ts';
import { SamplingError } from '../errors.ts';
import { messageOf } from '../store/hdf5Header.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure } from '../structure.ts';
import { proposeChild } from './proposeChild.ts';
import type { AcceptedProposal, Proposal } from './proposeChild.ts';
import { TreeTally } from './treeEvents.ts';
import type { TreeEvent, TreeStatistics } from './treeEvents.ts';
import { undeformed } from './treeNode.ts';
import type { TreeNode } from './treeNode.ts';
import { TreePool } from './treePool.ts';
import { treeSettings } from './treeSettings.ts';
import type { TreeOptions, TreeSettings } from './treeSettings.ts';
import { askTeacher, requireTreeProperties } from './treeTeacher.ts';
import { Turn } from './turn.ts';

/** What all trees of a set have in common. */
export interface TreeSampling extends TreeOptions {
  /** The teacher that relaxes the structures; its labels are kept. */
  readonly calculator: Calculator;
  readonly seed: number;
  /**
   * Attempts for each child that is wanted; a tree that has used them up ends with fewer children.
   * Default 20.
   */
  readonly attemptsPerChild?: number;
  readonly onEvent?: (event: TreeEvent) => void;
}

/** One tree to grow. */
export interface GrowTreeOptions extends TreeSampling {
  readonly root: Parent;
  readonly children: number;
  /** Number of the tree among those of its root: other random numbers for each; default 0. */
  readonly branch?: number;
  /** Give the root itself, with its labels, before its children; default true. */
  readonly includeRoot?: boolean;
  readonly signal?: AbortSignal;
}

/** The structures of one tree; a parent always comes before its children. */
export interface RattleRelaxTree {
  readonly id: string;
  readonly structures: readonly Structure[];
  readonly statistics: TreeStatistics;
}

/** Failures of the teacher in a row after which it is taken to be out of order. */
const MOST_FAILURES = 10;

/**
 * Grows a tree of structures by rattling and relaxing them, beginning with its root: the
 * rattle-relax-repeat scheme of Gardner et al. (arXiv 2506.10956).
 *
 * The result depends on the options, the id of the root and the number of the branch alone, so that
 * a tree that was lost is made again exactly, and trees may grow side by side. With more `children`
 * a tree begins with the same ones.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws PropertyNotAvailableError when the calculator does not give energy, forces, or a label
 * @throws SamplingError when no child was accepted
 * @throws AbortedError when `signal` fires; the tree is dropped
 */
export async function growTree(options: GrowTreeOptions): Promise<RattleRelaxTree> {
  const { calculator, children, includeRoot = true } = options;
  const settings = treeSettings(options);
  requireTreeProperties(calculator, settings);
  requireCount('children', children, 1);
  requireCount('attemptsPerChild', options.attemptsPerChild ?? 1, 1);
  const id = treeId(options.root.id, options.branch ?? 0);
  const pool = await plantTree(options.root, { calculator, settings });
  const statistics = await new Growth(id, pool, { ...options, settings }).go();
  const family = options.root.group ?? options.root.id;
  const nodes = includeRoot ? pool.nodes : pool.nodes.slice(1);
  const structures = nodes.map((node) => structureOf(node, { family, calculator, settings }));
  return { id, structures, statistics };
}

/** Id of one tree of a root. */
export const treeId = (root: string, branch: number): string =>
  `${root}/tree-${String(branch).padStart(3, '0')}`;

/**
 * A tree that has only its root, labelled by the teacher.
 *
 * @throws SamplingError when the teacher's answer is not complete or not finite
 */
export async function plantTree(
  { id, atoms }: Pick<Parent, 'id' | 'atoms'>,
  of: { readonly calculator: Calculator; readonly settings: TreeSettings },
): Promise<TreePool> {
  const answer = askTeacher(of.calculator, atoms, of.settings);
  const results = answer instanceof Promise ? await answer : answer;
  return new TreePool({ id, level: 0, atoms, results, deformation: undeformed(), details: {} });
}

class Growth {
  readonly #id: string;
  readonly #pool: TreePool;
  readonly #options: GrowTreeOptions & { readonly settings: TreeSettings };
  readonly #tally = new TreeTally();
  readonly #start = performance.now();
  #failures = 0;

  constructor(
    id: string,
    pool: TreePool,
    options: GrowTreeOptions & { readonly settings: TreeSettings },
  ) {
    this.#id = id;
    this.#pool = pool;
    this.#options = options;
  }

  async go(): Promise<TreeStatistics> {
    const { root, branch = 0, seed, children, attemptsPerChild = 20 } = this.#options;
    const { calculator, settings, signal } = this.#options;
    const turn = new Turn(`the tree ${this.#id}`, signal);
    const most = children * attemptsPerChild;
    let grown = 0;
    for (let attempt = 0; grown < children && attempt < most; attempt++) {
      const pause = turn.pass();
      if (pause !== undefined) await pause;
      const proposal = await proposeChild(this.#pool, {
        id: `${this.#id}/${String(grown).padStart(5, '0')}`,
        calculator,
        settings,
        // A stream for each attempt: none depends on how much the one before has drawn.
        rng: new Rng(seed, 'tree', root.id, branch, attempt),
        ...(signal === undefined ? {} : { signal }),
      });
      this.#note(proposal, attempt);
      if ('child' in proposal) grown++;
    }
    return this.#finish(grown < children);
  }

  #note(proposal: Proposal, attempt: number): void {
    this.#tally.addCalls(proposal.calls);
    if ('child' in proposal) {
      this.#failures = 0;
      this.#accept(proposal);
      return;
    }
    const { rejected: reason, parent, cause } = proposal;
    this.#tally.reject(reason);
    this.#options.onEvent?.({
      type: 'rejected',
      tree: this.#id,
      attempt,
      reason,
      parent,
      ...(cause === undefined ? {} : { message: messageOf(cause) }),
    });
    if (reason === 'teacher') this.#failures++;
    // Else a teacher that is gone would end the tree early as if nothing were left to find.
    if (this.#failures >= MOST_FAILURES) throw this.#brokenTeacher(cause);
  }

  #accept({ child, stop }: AcceptedProposal): void {
    const { children: count, onEvent } = this.#options;
    this.#pool.add(child);
    this.#tally.accept(stop, { level: child.level, steps: Number(child.details.steps) });
    const { children, attempts } = this.#tally.statistics;
    const seconds = Math.max((performance.now() - this.#start) / 1000, 1e-9);
    const childrenPerSecond = children / seconds;
    onEvent?.({
      type: 'child',
      tree: this.#id,
      id: child.id,
      stop,
      children,
      count,
      attempts,
      childrenPerSecond,
      secondsLeft: (count - children) / childrenPerSecond,
    });
  }

  #finish(exhausted: boolean): TreeStatistics {
    const { statistics } = this.#tally;
    this.#options.onEvent?.({ type: 'tree', tree: this.#id, statistics, exhausted });
    if (statistics.children > 0) return statistics;
    const reasons = Object.entries(statistics.rejected)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `${reason} ${count} times`);
    throw new SamplingError(
      'data/no-children',
      `no child of ${this.#options.root.id} was accepted in ${statistics.attempts} attempts`,
      {
        expected: 'children that keep the guards and differ from their parents',
        found: `rejected: ${reasons.join(', ')}`,
        where: this.#id,
        hint: ADVICE[mostFrequent(statistics.rejected)],
      },
    );
  }

  #brokenTeacher(cause: unknown): SamplingError {
    return new SamplingError(
      'data/teacher-failed',
      `${this.#options.calculator.name} failed ${MOST_FAILURES} times in a row: ${messageOf(cause)}`,
      {
        where: this.#id,
        hint: 'Look at the error underneath, repair the teacher, and grow the tree again.',
        cause,
      },
    );
  }
}

const ADVICE = {
  force: 'Look at the root for large forces, lower sigma or strain, or raise maxForce.',
  separation: 'Look at the root for close contacts, lower sigma, or lower minDistance.',
  similar: 'Raise sigma or strain, lower minDisplacement, or repeat the cell of a small crystal.',
  teacher: 'Look at what the teacher says in the events of the rejections.',
} as const;

function mostFrequent(rejected: TreeStatistics['rejected']): keyof typeof ADVICE {
  const reasons = ['force', 'separation', 'similar', 'teacher'] as const;
  return reasons.reduce((most, next) => (rejected[next] > rejected[most] ? next : most));
}

function structureOf(
  { id, level, parent, atoms, results, details }: TreeNode,
  of: {
    readonly family: string;
    readonly calculator: Calculator;
    readonly settings: TreeSettings;
  },
): Structure {
  const { family: group, calculator, settings } = of;
  const { energy, forces, stress, energies } = results;
  const { properties } = settings;
  return {
    atoms,
    meta:
      level === 0
        ? { id, group, source: 'parent' }
        : {
            id,
            group,
            source: 'rattle-relax',
            ...(parent === undefined ? {} : { parent }),
            details,
          },
    known: {
      teacher: calculator.name,
      results: {
        ...(properties.includes('energy') ? { energy } : {}),
        ...(properties.includes('forces') ? { forces } : {}),
        ...(stress === undefined || !properties.includes('stress') ? {} : { stress }),
        ...(energies === undefined || !properties.includes('energies') ? {} : { energies }),
      },
    },
  };
}
