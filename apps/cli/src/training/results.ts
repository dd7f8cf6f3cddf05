import type { StudentConfig as StudentModel } from '@mlffd/student';
import type { Advice, Metrics, PowerLaw } from '@mlffd/train';
import type { GateResult } from '../output/results.ts';
import type { Machine } from '../pipeline/machine.ts';
import type { BudgetOutput } from './budgetStage.ts';
import type { DataFacts } from './dataFacts.ts';
import type { Verb } from './definition.ts';
import type { DynamicsOutput } from './dynamicsStage.ts';
import type { SpeedOutput } from './speedStage.ts';

/** What all students of a run have in common. */
export interface RunFacts {
  readonly name: string;
  readonly verb: Verb;
  /** Folder of the student that it began with. */
  readonly from: string | null;
  readonly teacher: string;
  readonly data: {
    readonly dataset: string;
    readonly training: number;
    readonly validation: number;
    readonly test: number;
    readonly facts: DataFacts;
  };
  readonly seed: number;
  readonly hashes: { readonly dataset: string; readonly split: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Machine;
}

/** Figures of one student. */
export interface SizeFigures {
  readonly student: string;
  readonly verdict: 'pass' | 'fail';
  readonly gates: readonly GateResult[];
  /** Which side it was judged on. */
  readonly judged_on: 'test' | 'validation';
  readonly parameters: number;
  readonly model: StudentModel;
  readonly force_mae_meV_A: number | null;
  readonly force_rmse_meV_A: number | null;
  readonly force_r2: number | null;
  /** 1 - force MAE / mean |force component|. */
  readonly accuracy: number | null;
  readonly energy_mae_meV_atom: number | null;
  readonly stress_mae_GPa: number | null;
  /** Median, energy and forces of one structure, one thread; `null` where it was not measured. */
  readonly microseconds_per_call: number | null;
  readonly test: Metrics;
  /** On structures of the training set. */
  readonly seen: Metrics;
  /** Structures left out of the test, as they have elements that were not trained on. */
  readonly skipped: number;
  readonly dynamics: DynamicsOutput | null;
  readonly speed: SpeedOutput | null;
  readonly error_budget: BudgetOutput | null;
  readonly training: {
    readonly structures: number;
    readonly epochs: number;
    readonly steps: number;
    readonly reason: string;
    /** Value of `validation.metric`. */
    readonly best: number | null;
    readonly seconds: number;
  };
  /** SHA-256 of the weights. */
  readonly hash: string;
}

/** `results.json` of a run with one student. */
export type StudentResults = RunFacts & SizeFigures;

/** `results.json` of `--presets`. */
export interface ParetoResults extends RunFacts {
  readonly verdict: 'pass' | 'fail';
  /** The smallest student that meets the goals. */
  readonly chosen: string | null;
  /** Students that no other one beats in time of a call and force MAE. */
  readonly front: readonly string[];
  readonly students: readonly SizeFigures[];
}

/** One training of a learning curve. */
export interface CurvePointFigures {
  readonly fraction: number;
  readonly structures: number;
  readonly epochs: number;
  readonly steps: number;
  /** Held-out structures with elements that this part of the data lacks; they are not in its error. */
  readonly skipped: number;
  readonly force_mae_meV_A: number;
  readonly energy_mae_meV_atom: number | null;
  /** On structures of its own training set. */
  readonly seen_force_mae_meV_A: number;
}

/** `results.json` of `mlffd learning-curve`. */
export interface CurveResults extends RunFacts {
  readonly judged_on: 'test' | 'validation';
  readonly parameters: number;
  readonly points: readonly CurvePointFigures[];
  /** Force MAE = prefactor * structures^-exponent, meV/Angstrom. */
  readonly law: PowerLaw;
  /** What the law gives for twice the data, meV/Angstrom. */
  readonly doubled_force_mae_meV_A: number;
  readonly advice: Advice;
  /** Students of other sizes, trained on all of the data. */
  readonly sizes: readonly {
    readonly name: string;
    readonly parameters: number;
    readonly force_mae_meV_A: number;
  }[];
  readonly error_budget: BudgetOutput | null;
}
