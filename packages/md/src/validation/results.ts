import type { ValidationSettings } from './settings.ts';
import type { CheckResult, TeacherInconsistency } from './types.ts';
import type { UseCaseName } from './useCases.ts';
import type { Verdict } from './verdicts.ts';

/** What one check found for one student, on one system or (`null`) on the whole. */
export interface CheckRecord {
  readonly check: string;
  readonly title: string;
  readonly student: string;
  readonly system: string | null;
  readonly result: CheckResult;
}

/** Verdicts about one student. */
export interface StudentVerdicts {
  readonly student: string;
  readonly verdicts: readonly Verdict[];
}

/** Version of the layout of {@link ValidationResults}. */
export const VALIDATION_SCHEMA = 1;

/** Everything that a validation found; plain JSON, the same for the same inputs. */
export interface ValidationResults {
  readonly schema: typeof VALIDATION_SCHEMA;
  readonly teacher: {
    readonly name: string;
    readonly hash: string;
    readonly inconsistency: TeacherInconsistency;
  };
  readonly students: readonly { readonly name: string; readonly hash: string }[];
  readonly systems: readonly {
    readonly name: string;
    readonly atoms: number;
    readonly elements: readonly string[];
    readonly periodic: boolean;
  }[];
  readonly settings: ValidationSettings;
  readonly seed: number;
  readonly checks: readonly CheckRecord[];
  readonly verdicts: readonly StudentVerdicts[];
  /** Uses that were asked for. */
  readonly asked: readonly UseCaseName[];
  /** Every gate of the asked uses is passed, by every student. */
  readonly passed: boolean;
}
