import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type Calculator,
  InvalidArgumentError,
  isMlffdError,
  thisMachine,
  writeFileAtomic,
} from '@mlffd/core';
import {
  type Comparison,
  compareTimes,
  type HarnessResult,
  type HarnessSubject,
  type HarnessSystem,
  matchBaselines,
  planHarness,
  type PlannedRecord,
  readBaselines,
  readRecords,
  requireNew,
  runHarness,
  saveBaselines,
  writeRecords,
} from '@mlffd/md';
import { StudentCalculator } from '@mlffd/student';
import { stopped } from '../../pipeline/stage.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { studentHash } from '../studentHash.ts';
import { openSide } from '../teacher/sides.ts';
import { type BenchmarkChoices, type BenchmarkFlags, choicesOf } from './flags.ts';
import { benchmarkReport } from './report.ts';
import { showOn } from './progress.ts';
import { systemsOf } from './systems.ts';
import { benchmarkText, comparisonText } from './text.ts';

/**
 * `mlffd benchmark`: a student in molecular dynamics. 1 where it is slower than a baseline allows, 130 when
 * stopped; what is finished is kept, and the same command goes on.
 */
export async function benchmarkCommand(
  folder: string,
  flags: BenchmarkFlags,
  io: CommandIo,
): Promise<number> {
  const choices = choicesOf(folder, flags);
  requireOwnFile(choices.json);
  const systems = await systemsOf(choices.systems, choices.sizes);
  const { threads } = choices;
  const calculator = await StudentCalculator.load(folder, { backend: flags.backend, threads });
  const display = new Display(io);
  try {
    const subject = subjectOf(folder, calculator, { backend: flags.backend, threads });
    const task = { calculator, subject, systems, settings: choices.settings };
    const planned = plannedRecords(task, display);
    checkBaselines(flags, planned);
    const result = await measure(task, { flags, choices, display, io });
    return await conclude(result, { flags, choices, display });
  } finally {
    display.close();
    await calculator.dispose();
  }
}

interface Task {
  readonly calculator: Calculator;
  readonly subject: HarnessSubject;
  readonly systems: readonly HarnessSystem[];
  readonly settings: BenchmarkChoices['settings'];
}

/** The student by its weights and configuration, with what decides about its speed. */
function subjectOf(
  folder: string,
  { name, backend }: StudentCalculator,
  options: { readonly backend: string; readonly threads: number },
): HarnessSubject {
  const chosen = options.backend === 'auto' ? `auto: ${backend}` : backend;
  return {
    name,
    hash: studentHash(folder),
    details: { backend: chosen, threads: options.threads },
  };
}

/** What will be measured; what will not is said. */
function plannedRecords(task: Task, display: Display): readonly PlannedRecord[] {
  const { planned, leftOut } = planHarness(task);
  for (const { system, reason } of leftOut) display.print(`left out  ${system}: ${reason}`);
  if (planned.length > 0) return planned.map(({ record }) => record);
  throw new InvalidArgumentError('usage/no-systems', 'No system is left to measure.', {
    where: '--systems',
    expected: `elements that ${task.calculator.name} was trained on`,
    found: leftOut.map(({ system }) => system).join(', '),
    hint: 'Give a file with a structure of its own kind: --systems FILE.',
  });
}

/** What would fail after the measurement fails before it. */
function checkBaselines(flags: BenchmarkFlags, planned: readonly PlannedRecord[]): void {
  const { compare, saveBaseline, replaceBaseline, otherStudent = false } = flags;
  if (compare !== undefined) {
    const baselines = readBaselines(compare, thisMachine());
    matchBaselines(planned, baselines, { path: compare, anySubject: otherStudent });
  }
  if (saveBaseline === undefined) return;
  makeOutputFolder(dirname(resolve(saveBaseline)));
  // A damaged file is found here as well.
  requireNew(saveBaseline, replaceBaseline === true ? [] : planned);
}

async function measure(
  task: Task,
  run: {
    readonly flags: BenchmarkFlags;
    readonly choices: BenchmarkChoices;
    readonly display: Display;
    readonly io: CommandIo;
  },
): Promise<HarnessResult> {
  const { flags, choices, display, io } = run;
  makeOutputFolder(dirname(choices.json));
  if (flags.trajectories !== undefined) makeOutputFolder(flags.trajectories);
  const teacher =
    flags.teacher === undefined ? undefined : await openSide(flags.teacher, io.signal);
  try {
    return await runHarness({
      ...task,
      file: choices.json,
      ...(teacher === undefined
        ? {}
        : { teacher: { calculator: teacher, hash: `${String(flags.teacher)} ${teacher.name}` } }),
      ...(flags.trajectories === undefined ? {} : { trajectories: flags.trajectories }),
      onEvent: showOn(display),
      signal: io.signal,
    });
  } catch (error) {
    throw isMlffdError(error) && error.name === 'AbortedError' ? stopped(error) : error;
  } finally {
    await teacher?.dispose();
  }
}

/** Writes, shows, compares and keeps. */
async function conclude(
  { records, leftOut, finish }: HarnessResult,
  run: {
    readonly flags: BenchmarkFlags;
    readonly choices: BenchmarkChoices;
    readonly display: Display;
  },
): Promise<number> {
  const { flags, choices, display } = run;
  const { compare, saveBaseline, replaceBaseline = false, otherStudent = false } = flags;
  writeRecords(choices.json, 'mlffd-benchmark', records);
  finish();
  display.print(`\n${benchmarkText(records)}`);
  let comparisons: readonly Comparison[] = [];
  if (compare !== undefined) {
    const baselines = readBaselines(compare, thisMachine());
    const pairs = matchBaselines(records, baselines, { path: compare, anySubject: otherStudent });
    comparisons = pairs.flatMap(
      ({ record, baseline }) => compareTimes(record, baseline, choices) ?? [],
    );
    display.print(`\n${comparisonText(comparisons, { limit: choices.limit, records })}`);
  }
  const isTooSlow = comparisons.some(({ tooSlow }) => tooSlow);
  display.print(`\nresults   ${choices.json}`);
  if (choices.html !== undefined) {
    makeOutputFolder(dirname(choices.html));
    const page = await benchmarkReport({ records, leftOut, comparisons, limit: choices.limit });
    writeFileAtomic(choices.html, page);
    display.print(`report    ${choices.html}`);
  }
  if (saveBaseline !== undefined && isTooSlow) {
    display.print('baseline  not saved: too slow against the one that it was compared with');
  } else if (saveBaseline !== undefined) {
    saveBaselines(saveBaseline, records, { replace: replaceBaseline });
    display.print(`baseline  ${resolve(saveBaseline)}`);
  }
  return isTooSlow ? EXIT.gate : EXIT.done;
}

/** Results are replaced, but nothing else is. */
function requireOwnFile(path: string): void {
  if (existsSync(path)) readRecords(path, 'mlffd-benchmark');
}
