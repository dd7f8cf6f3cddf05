import { InvalidArgumentError, isMlffdError, symbolOf, type Calculator } from '@mlffd/core';
import type { Check, CheckContext, CheckProgress } from './check.ts';
import { CHECKS } from './checks/all.ts';
import { unseenElements } from './checks/elements.ts';
import { skipped } from './figures.ts';
import { type CheckRecord, VALIDATION_SCHEMA, type ValidationResults } from './results.ts';
import { plainAtoms, Runs } from './runs.ts';
import type { ValidationSettings } from './settings.ts';
import { stoppedError } from './stopped.ts';
import { ValidationStore } from './store.ts';
import type {
  CheckResult,
  TeacherInconsistency,
  ValidationStudent,
  ValidationSystem,
} from './types.ts';
import { USE_CASE_NAMES, type UseCaseName } from './useCases.ts';
import { verdictFor } from './verdicts.ts';

/** What a validation tells while it goes on. */
export type ValidationEvent =
  | {
      readonly type: 'check-started' | 'check-reused';
      readonly check: Check;
      readonly student: string;
      readonly system: string | null;
      readonly index: number;
      readonly of: number;
    }
  | {
      readonly type: 'check-finished';
      readonly record: CheckRecord;
      /** s. */
      readonly seconds: number;
    }
  | { readonly type: 'progress'; readonly progress: CheckProgress; readonly detail?: string };

/** Teacher, students, structures, and what to spend. */
export interface ValidateOptions {
  readonly teacher: {
    readonly calculator: Calculator;
    readonly hash: string;
    readonly inconsistency: TeacherInconsistency;
  };
  /** Each is compared with the teacher; the teacher's runs are shared. */
  readonly students: readonly ValidationStudent[];
  /** At least two atoms each. */
  readonly systems: readonly ValidationSystem[];
  readonly settings: ValidationSettings;
  /** For velocities, noise and samples; default 0. */
  readonly seed?: number;
  /** Where finished checks, runs and frames are kept: the same call goes on where another was ended. */
  readonly folder: string;
  /** Uses that `passed` of the results is about; default minimisation and short dynamics. */
  readonly uses?: readonly UseCaseName[];
  /** Default all. */
  readonly checks?: readonly Check[];
  readonly onEvent?: (event: ValidationEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts students beside their teacher: dynamics from the same states, and everything that can be told from
 * it and from scans, differences and invariances. Works with any two calculators.
 *
 * Each check is kept when it is finished. Nothing depends on the order or on interruptions: the same
 * inputs give the same results.
 *
 * @throws InvalidArgumentError without students or systems, or with names that are not unique
 * @throws AbortedError when `signal` fires; FileSystemError; what the teacher throws for a fault of its own
 */
export async function validate(options: ValidateOptions): Promise<ValidationResults> {
  requireNames('students', options.students);
  requireNames('systems', options.systems);
  for (const { name, atoms } of options.systems) requireAtoms(name, atoms.numbers.length);
  return new Validation(options).go();
}

/** One call of {@link validate}. */
class Validation {
  readonly #options: ValidateOptions;
  readonly #store: ValidationStore;
  readonly #runs: Runs;
  readonly #signal: AbortSignal;
  readonly #seed: number;
  #index = 0;
  #total = 0;

  constructor(options: ValidateOptions) {
    const { teacher, settings, seed = 0, folder, signal = new AbortController().signal } = options;
    this.#options = options;
    this.#signal = signal;
    this.#seed = seed;
    this.#store = new ValidationStore(folder);
    this.#runs = new Runs({
      teacher,
      conservative: teacher.inconsistency.conservative,
      settings,
      seed,
      store: this.#store,
      signal,
      onProgress: ({ run, step, steps }) => {
        const progress = { done: step, total: steps, unit: 'steps' };
        options.onEvent?.({ type: 'progress', progress, detail: run });
      },
    });
  }

  async go(): Promise<ValidationResults> {
    const { teacher, students, systems, settings, checks = CHECKS } = this.#options;
    const { uses = ['minimisation', 'short-md'] } = this.#options;
    const [first] = systems;
    const plan = students.flatMap((student) =>
      checks.flatMap((check) =>
        check.per === 'student'
          ? [{ student, check, system: first }]
          : systems.map((system) => ({ student, check, system })),
      ),
    );
    this.#total = plan.length;
    const records: CheckRecord[] = [];
    for (const { student, check, system } of plan)
      records.push(await this.#ask(check, student, system));
    const verdicts = students.map(({ name }) => ({
      student: name,
      verdicts: USE_CASE_NAMES.map((use) =>
        verdictFor(
          use,
          records.filter(({ student }) => student === name),
        ),
      ),
    }));
    return {
      schema: VALIDATION_SCHEMA,
      teacher: {
        name: teacher.calculator.name,
        hash: teacher.hash,
        inconsistency: teacher.inconsistency,
      },
      students: students.map(({ name, hash }) => ({ name, hash })),
      systems: systems.map(({ name, atoms }) => ({
        name,
        atoms: atoms.numbers.length,
        elements: [...new Set(atoms.numbers)].map(symbolOf),
        periodic: atoms.pbc.every(Boolean),
      })),
      settings,
      seed: this.#seed,
      checks: records,
      verdicts,
      asked: uses,
      passed: verdicts.every((of) =>
        of.verdicts.every(({ useCase, passed }) => passed || !uses.includes(useCase)),
      ),
    };
  }

  async #ask(
    check: Check,
    student: ValidationStudent,
    system: ValidationSystem,
  ): Promise<CheckRecord> {
    if (this.#signal.aborted) throw stoppedError(this.#signal);
    const { teacher, systems, settings, onEvent } = this.#options;
    const whole = check.per === 'student';
    this.#index += 1;
    const place = {
      check,
      student: student.name,
      system: whole ? null : system.name,
      index: this.#index,
      of: this.#total,
    };
    const record = (result: CheckResult): CheckRecord => ({
      check: check.id,
      title: check.title,
      student: student.name,
      system: place.system,
      result,
    });
    const key = {
      name: `${student.name}-${whole ? 'all' : system.name}-${check.id}`,
      inputs: {
        version: check.version,
        student: {
          hash: student.hash,
          references: student.references?.map(({ name }) => name) ?? [],
        },
        teacher: { hash: teacher.hash, conservative: teacher.inconsistency.conservative },
        systems: (whole ? systems : [system]).map((one) => [plainAtoms(one), one.relax === true]),
        settings,
        seed: this.#seed,
      },
    };
    const kept = this.#store.read(key);
    if (kept !== undefined) {
      onEvent?.({ type: 'check-reused', ...place });
      return record(kept as CheckResult);
    }
    onEvent?.({ type: 'check-started', ...place });
    const began = performance.now();
    const result = await this.#run(check, { student, system });
    this.#store.write(key, result);
    const finished = record(result);
    onEvent?.({
      type: 'check-finished',
      record: finished,
      seconds: (performance.now() - began) / 1000,
    });
    return finished;
  }

  async #run(
    check: Check,
    { student, system }: { readonly student: ValidationStudent; readonly system: ValidationSystem },
  ): Promise<CheckResult> {
    const { teacher, systems, settings, onEvent } = this.#options;
    const context: CheckContext = {
      teacher: teacher.calculator,
      student,
      system,
      systems,
      settings,
      seed: this.#seed,
      runs: this.#runs,
      inconsistency: teacher.inconsistency,
      signal: this.#signal,
      progress: (progress) => onEvent?.({ type: 'progress', progress }),
      keepFrame: (name, frame) => this.#store.writeFrame(name, frame),
    };
    const unseen =
      check.id === 'elements' ? [] : unseenElements(student.calculator.elements, [system]);
    const obstacle =
      unseen.length > 0
        ? `the student was not trained for ${unseen.join(', ')}`
        : check.obstacle?.(context);
    if (obstacle !== undefined)
      return { figures: check.figures.map((of) => skipped(of, obstacle)) };
    try {
      return await check.run(context);
    } catch (error) {
      if (!isMlffdError(error)) throw error;
      const why = error.message;
      if (error.name === 'InvalidArgumentError') {
        // The structure or the lengths are of no use for this question; others still are.
        return { figures: check.figures.map((of) => skipped(of, why)) };
      }
      if (!ANSWERS.includes(error.name)) throw error;
      return {
        figures: check.figures.map((of) => ({ ...skipped(of, why), status: 'fail' as const })),
        failures: [{ code: 'no-answer', what: `${check.title}: ${why}`, severity: 'serious' }],
      };
    }
  }
}

/** Errors that are about the structures and the model, not about the machine or the user. */
const ANSWERS: readonly string[] = [
  'MdError',
  'InvalidAtomsError',
  'UnsupportedElementError',
  'PropertyNotAvailableError',
];

const NAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

function requireNames(where: string, items: readonly { readonly name: string }[]): void {
  const names = items.map(({ name }) => name);
  const wrong = names.find((name, k) => !NAME.test(name) || names.indexOf(name) !== k);
  if (names.length > 0 && wrong === undefined) return;
  throw new InvalidArgumentError('md/invalid-option', `${where} need names of their own`, {
    expected: 'at least one; letters, digits and dashes, no name twice',
    found: wrong === undefined ? 'none' : JSON.stringify(wrong),
    where,
    hint: 'Names are part of the names of files.',
  });
}

function requireAtoms(name: string, count: number): void {
  if (count > 1) return;
  throw new InvalidArgumentError('md/invalid-option', `system ${name} has no motion to look at`, {
    expected: 'at least 2 atoms',
    found: String(count),
    where: `systems, ${name}`,
    hint: 'Validate on structures of the kind that the student is for.',
  });
}
