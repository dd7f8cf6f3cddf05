import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Calculator, isMlffdError, sha256, thisMachine, writeFileAtomic } from '@mlffd/core';
import {
  compareProfiles,
  hotspots,
  type HotspotTable,
  type ProfileComparison,
  type ProfileRecord,
  profileReport,
  type ProfileSubject,
  profileSystems,
  readProfile,
  readTrace,
  requireSameMachine,
  writeProfile,
} from '@mlffd/cuda-profiler';
import { CHECKPOINT_FILES, StudentCalculator } from '@mlffd/student';
import { createTeacher } from '@mlffd/teachers';
import { stopped } from '../../pipeline/stage.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { studentHash } from '../studentHash.ts';
import { choicesOf, type ProfileChoices, type ProfileFlags } from './flags.ts';
import { systemsOfFile, systemsOfSizes } from './systems.ts';
import { comparisonText, profileText } from './text.ts';

/**
 * `mlffd profile`: what a call of a student or a teacher costs. 3 where it is slower than a profile allows, or
 * leaks where it must not; 130 when stopped.
 */
export async function profileCommand(
  spec: string,
  flags: ProfileFlags,
  io: CommandIo,
): Promise<number> {
  const choices = choicesOf(flags);
  const before = flags.compare === undefined ? undefined : readProfile(flags.compare);
  // What would fail after the measurement fails before it.
  const tables = flags.trace === undefined ? [] : await hotspotsOf(flags.trace);
  if (before !== undefined) requireSameMachine({ machine: thisMachine() }, before);
  const { json, html, save } = choices;
  for (const file of [json, html, save]) {
    if (file !== undefined) makeOutputFolder(dirname(file));
  }
  for (const file of [json, save]) if (file !== undefined && existsSync(file)) readProfile(file);
  const { calculator, subject } = await open(spec, flags, { choices, signal: io.signal });
  const display = new Display(io);
  try {
    const profile = await measure(calculator, subject, { flags, choices, display, io });
    const comparisons =
      before === undefined ? [] : compareProfiles(profile, before, { limit: choices.limit });
    return await conclude(profile, comparisons, { flags, choices, tables, display });
  } finally {
    display.close();
    await calculator.dispose();
  }
}

/** Where the time goes, by operator and by block, in a trace of a pass of its own. */
async function hotspotsOf(path: string): Promise<HotspotTable[]> {
  const trace = await readTrace(path);
  return (['operator', 'block'] as const).map((by) => ({
    source: basename(path),
    by,
    ...hotspots(trace, { by }),
  }));
}

/** A student by its folder, or a teacher by its name. */
async function open(
  spec: string,
  flags: ProfileFlags,
  { choices, signal }: { readonly choices: ProfileChoices; readonly signal: AbortSignal },
): Promise<{ readonly calculator: Calculator; readonly subject: ProfileSubject }> {
  const folder = resolve(spec);
  if (!existsSync(join(folder, CHECKPOINT_FILES.weights))) {
    const calculator = await createTeacher(spec, { signal });
    const hash = sha256(`${spec} ${calculator.name}`).slice(0, 16);
    return { calculator, subject: { name: calculator.name, hash, details: {} } };
  }
  const { threads } = choices;
  const student = await StudentCalculator.load(folder, { backend: flags.backend, threads });
  const backend = flags.backend === 'auto' ? `auto: ${student.backend}` : student.backend;
  const details = { backend, threads };
  const subject = { name: student.name, hash: studentHash(folder), details };
  return { calculator: student, subject };
}

async function measure(
  calculator: Calculator,
  subject: ProfileSubject,
  run: {
    readonly flags: ProfileFlags;
    readonly choices: ProfileChoices;
    readonly display: Display;
    readonly io: CommandIo;
  },
): Promise<ProfileRecord> {
  const { flags, choices, display, io } = run;
  const { calls, seconds, memoryCalls } = choices;
  const systems =
    flags.structures === undefined
      ? systemsOfSizes(choices.sizes, calculator.elements)
      : await systemsOfFile(flags.structures);
  try {
    return await profileSystems({
      calculator,
      subject,
      systems,
      calls,
      seconds,
      memoryCalls,
      signal: io.signal,
      onEvent: ({ system, fraction }) => {
        const done = Math.round(1000 * fraction) / 10;
        const progress = { done, total: 100, unit: '%', detail: system };
        display.onEvent({ type: 'progress', stage: 'profile', progress });
      },
    });
  } catch (error) {
    throw isMlffdError(error) && error.name === 'AbortedError' ? stopped(error) : error;
  }
}

/** Shows, writes and keeps. */
async function conclude(
  profile: ProfileRecord,
  comparisons: readonly ProfileComparison[],
  run: {
    readonly flags: ProfileFlags;
    readonly choices: ProfileChoices;
    readonly tables: readonly HotspotTable[];
    readonly display: Display;
  },
): Promise<number> {
  const { flags, choices, tables, display } = run;
  const { json, html, save, limit } = choices;
  display.print(profileText(profile));
  if (comparisons.length > 0) display.print(`\n${comparisonText(comparisons, { limit })}`);
  if (json !== undefined) {
    writeProfile(json, profile);
    display.print(`profile   ${json}`);
  }
  if (html !== undefined) {
    writeFileAtomic(html, await profileReport({ profile, comparisons, limit, hotspots: tables }));
    display.print(`report    ${html}`);
  }
  const isTooSlow = comparisons.some(({ tooSlow }) => tooSlow);
  const leaks = profile.systems.some(({ memory }) => memory?.leaks === true);
  const isMissed = isTooSlow || (flags.failOnLeak === true && leaks);
  if (save !== undefined && isMissed) {
    display.print(`baseline  not saved: ${isTooSlow ? 'too slow' : 'memory leaks'}`);
  } else if (save !== undefined) {
    writeProfile(save, profile);
    display.print(`baseline  ${save}`);
  }
  return isMissed ? EXIT.gate : EXIT.done;
}
