import {
  type Calculator,
  InvalidArgumentError,
  type Machine,
  symbolOf,
  thisMachine,
  validateAtoms,
} from '@mlffd/core';
import {
  HARNESS_SCHEMA,
  harnessSettings,
  recordKey,
  shortHash,
  stepsOfSystem,
  systemReport,
} from './identity.ts';
import { measureSystem } from './measureSystem.ts';
import { PartialResults } from './partialResults.ts';
import { measuringCost } from './stepRecorder.ts';
import type {
  HarnessRecord,
  HarnessSettings,
  HarnessSubject,
  HarnessSystem,
  SystemReport,
} from './types.ts';

/** Work that a step is besides its atoms, in atoms: what small systems pay. */
const OVERHEAD = 20;

/** What the harness tells while it goes on. */
export type HarnessEvent =
  | {
      readonly type: 'started' | 'reused';
      readonly system: string;
      readonly atoms: number;
      readonly index: number;
      readonly of: number;
    }
  | { readonly type: 'left-out'; readonly system: string; readonly reason: string }
  | {
      readonly type: 'progress';
      readonly system: string;
      /** Part of all the work that is done, 0 to 1. */
      readonly fraction: number;
      readonly detail: string;
    }
  | { readonly type: 'finished'; readonly record: HarnessRecord; readonly seconds: number };

/** What to run. */
export interface HarnessOptions {
  readonly calculator: Calculator;
  readonly subject: HarnessSubject;
  readonly systems: readonly HarnessSystem[];
  readonly settings?: Partial<HarnessSettings>;
  /** For errors along the runs; its hash tells results with another teacher apart. */
  readonly teacher?: { readonly calculator: Calculator; readonly hash: string };
  /**
   * The file that results are for. Systems are kept in a file beside it as they are finished, and a second
   * call with the same options goes on from there. Call `finish` once they are in their place.
   */
  readonly file?: string;
  /** Folder for the frames of every run; default none are kept. */
  readonly trajectories?: string;
  readonly onEvent?: (event: HarnessEvent) => void;
  readonly signal?: AbortSignal;
}

/** A system that was not run. */
export interface LeftOut {
  readonly system: string;
  readonly reason: string;
}

export interface HarnessResult {
  /** In the order of the systems. */
  readonly records: readonly HarnessRecord[];
  readonly leftOut: readonly LeftOut[];
  /** Removes the file of finished systems. */
  readonly finish: () => void;
}

/** A record before it is measured. */
export interface PlannedRecord {
  readonly key: string;
  readonly machine: Machine;
  readonly subject: HarnessSubject;
  readonly settings: HarnessSettings;
  readonly system: SystemReport;
}

/** What a run would measure. */
export interface HarnessPlan {
  readonly planned: readonly { readonly record: PlannedRecord; readonly system: HarnessSystem }[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * What a run will measure, without measuring: systems with elements that the calculator does not know are
 * left out.
 *
 * @throws InvalidArgumentError for settings out of range, systems of one name or an unusable name
 * @throws InvalidAtomsError
 */
export function planHarness(
  options: Pick<HarnessOptions, 'calculator' | 'subject' | 'systems' | 'settings'>,
): HarnessPlan {
  const { calculator, subject, systems } = options;
  const settings = harnessSettings(options.settings);
  const machine = thisMachine();
  requireNames(systems);
  const planned: HarnessPlan['planned'][number][] = [];
  const leftOut: LeftOut[] = [];
  for (const system of systems) {
    validateAtoms(system.atoms);
    const reason = obstacle(calculator, system);
    if (reason !== undefined) {
      leftOut.push({ system: system.name, reason });
      continue;
    }
    const report = systemReport(system);
    const key = recordKey({ machine, subject, system: report, settings });
    planned.push({ record: { key, machine, subject, settings, system: report }, system });
  }
  return { planned, leftOut };
}

/**
 * Runs systems one after the other and measures energy conservation, temperature, stability, latency by phase,
 * memory and, with a teacher, the errors along the way.
 *
 * @throws as `planHarness`; AbortedError, FileSystemError; failures of the calculator that are no matter of
 * the structure
 */
export async function runHarness(options: HarnessOptions): Promise<HarnessResult> {
  const { file, onEvent, teacher } = options;
  const { planned, leftOut } = planHarness(options);
  for (const { system, reason } of leftOut) onEvent?.({ type: 'left-out', system, reason });
  const task = shortHash({
    keys: planned.map(({ record }) => record.key),
    teacher: teacher?.hash ?? '',
  });
  const partial = file === undefined ? undefined : new PartialResults(file, task);
  const work = planned.map(({ record }) => workOf(record));
  const total = work.reduce((sum, one) => sum + one, 0);
  const measuring = measuringCost();
  const records: HarnessRecord[] = [];
  let done = 0;
  for (const [k, { record, system }] of planned.entries()) {
    const { name, atoms } = record.system;
    const place = { system: name, atoms, index: k + 1, of: planned.length };
    const known = partial?.get(record.key);
    onEvent?.({ type: known === undefined ? 'started' : 'reused', ...place });
    if (known === undefined) {
      const before = performance.now();
      const measured = await measureSystem({
        ...shared(options),
        system,
        settings: record.settings,
        measuring,
        onProgress: (steps, detail) => {
          const part = (work[k] * steps) / stepsOfSystem(record.settings);
          onEvent?.({ type: 'progress', system: name, fraction: (done + part) / total, detail });
        },
      });
      const found: HarnessRecord = {
        schema: HARNESS_SCHEMA,
        date: new Date().toISOString(),
        ...record,
        ...measured,
      };
      partial?.add(found);
      records.push(found);
      const seconds = (performance.now() - before) / 1000;
      onEvent?.({ type: 'finished', record: found, seconds });
    } else {
      records.push(known);
    }
    done += work[k];
  }
  return { records, leftOut, finish: () => partial?.remove() };
}

function shared({
  calculator,
  teacher,
  trajectories,
  signal,
}: HarnessOptions): Pick<
  Parameters<typeof measureSystem>[0],
  'calculator' | 'teacher' | 'trajectories' | 'signal'
> {
  return {
    calculator,
    ...(teacher === undefined ? {} : { teacher: teacher.calculator }),
    ...(trajectories === undefined ? {} : { trajectories }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function workOf({ system, settings }: PlannedRecord): number {
  return (system.atoms + OVERHEAD) * stepsOfSystem(settings);
}

/** Why a system cannot be run with a calculator. */
function obstacle({ name, elements }: Calculator, { atoms }: HarnessSystem): string | undefined {
  if (atoms.numbers.length < 2) return 'a single atom does not move';
  if (elements === undefined) return undefined;
  const unknown = [...new Set(atoms.numbers)].filter((z) => !elements.includes(z));
  if (unknown.length === 0) return undefined;
  return `${name} was not trained on ${unknown.map(symbolOf).join(', ')}`;
}

/** Names become names of files. */
function requireNames(systems: readonly HarnessSystem[]): void {
  const seen = new Set<string>();
  for (const { name } of systems) {
    const isUsable = /^[\w.+-]{1,100}$/.test(name) && !name.startsWith('.');
    if (isUsable && !seen.has(name)) {
      seen.add(name);
      continue;
    }
    throw new InvalidArgumentError('md/invalid-option', `a system cannot be named ${name}`, {
      expected: isUsable ? 'a name of its own' : 'letters, digits, dots, dashes, no dot at first',
      found: isUsable ? `two systems named ${name}` : name,
      where: 'systems',
      hint: 'Give another name.',
    });
  }
}
