import type { RejectionReason, RelaxationStop } from './proposeChild.ts';

/** How the attempts to grow a tree went. */
export interface TreeStatistics {
  /** Children accepted. */
  readonly children: number;
  readonly attempts: number;
  /** `children / attempts`. */
  readonly acceptance: number;
  readonly rejected: Readonly<Record<RejectionReason, number>>;
  /** Where the relaxations of the accepted ones ended. */
  readonly stops: Readonly<Record<RelaxationStop, number>>;
  /** Mean number of relaxation steps of the accepted ones. */
  readonly meanSteps: number;
  /** Largest generation. */
  readonly level: number;
  /** Times that the teacher was asked. */
  readonly calls: number;
}

/** What a tree tells while it grows; `tree` is its unit. */
export type TreeEvent =
  | {
      readonly type: 'child';
      readonly tree: string;
      readonly id: string;
      readonly stop: RelaxationStop;
      /** Children so far, and how many there will be. */
      readonly children: number;
      readonly count: number;
      readonly attempts: number;
      readonly childrenPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'rejected';
      readonly tree: string;
      readonly attempt: number;
      readonly reason: RejectionReason;
      /** `id` of the parent that was chosen. */
      readonly parent: string;
      /** What the teacher said, where it failed. */
      readonly message?: string;
    }
  | {
      readonly type: 'tree';
      readonly tree: string;
      readonly statistics: TreeStatistics;
      /** True when the attempts were used up before there were enough children. */
      readonly exhausted: boolean;
    };

/** Counts what becomes of the attempts. */
export class TreeTally {
  readonly #rejected: Record<RejectionReason, number> = {
    force: 0,
    separation: 0,
    similar: 0,
    teacher: 0,
  };
  readonly #stops: Record<RelaxationStop, number> = { energy: 0, steps: 0, similar: 0 };
  #children = 0;
  #attempts = 0;
  #steps = 0;
  #level = 0;
  #calls = 0;

  accept(stop: RelaxationStop, child: { readonly level: number; readonly steps: number }): void {
    this.#children++;
    this.#attempts++;
    this.#stops[stop]++;
    this.#steps += child.steps;
    this.#level = Math.max(this.#level, child.level);
  }

  reject(reason: RejectionReason): void {
    this.#attempts++;
    this.#rejected[reason]++;
  }

  addCalls(calls: number): void {
    this.#calls += calls;
  }

  get statistics(): TreeStatistics {
    const [children, attempts] = [this.#children, this.#attempts];
    return {
      children,
      attempts,
      acceptance: attempts === 0 ? 0 : children / attempts,
      rejected: { ...this.#rejected },
      stops: { ...this.#stops },
      meanSteps: children === 0 ? 0 : this.#steps / children,
      level: this.#level,
      calls: this.#calls,
    };
  }
}
