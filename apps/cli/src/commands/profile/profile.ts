import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import {
  type Calculator,
  type InvalidArgumentError,
  isMlffdError,
  thisMachine,
  writeFileAtomic,
} from '@mlffd/core';
import {
  compareProfiles,
  findProfile,
  hotspots,
  type HotspotTable,
  openPowerSource,
  type ProfileComparison,
  profilePath,
  type ProfileRecord,
  profileReport,
  type ProfileSubject,
  profileSystems,
  type ProfileTask,
  readProfile,
  readTrace,
  requireSameMachine,
  writeProfile,
} from '@mlffd/cuda-profiler';
import { formatDuration } from '@mlffd/report';
import { type Backend, CHECKPOINT_FILES, StudentCalculator } from '@mlffd/student';
import { createTeacher } from '@mlffd/teachers';
import { stopped } from '../../pipeline/stage.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { studentHash } from '../studentHash.ts';
import { wrongOption } from '../wrongOption.ts';
import { choicesOf, type ProfileChoices, type ProfileFlags } from './flags.ts';
import { studentHotspots } from './studentHotspots.ts';
import { teacherSubject } from './subject.ts';
import { systemsOfFile, systemsOfSizes } from './systems.ts';
import { comparisonText, hotspotText, profileText } from './text.ts';

/**
 * `mlffd profile`: what a call of a student or a teacher costs. 3 where it is slower than a profile allows, or
 * leaks where it must not; 130 when stopped.
 */
export async function profileCommand(
  spec: string,
  flags: ProfileFlags,
  io: CommandIo,
): Promise<number> {
  const typed = choicesOf(flags);
  // What would fail after the measurement fails before it.
  const traced = flags.trace === undefined ? [] : await hotspotsOf(flags.trace);
  const { calculator, subject, student } = await open(spec, flags, typed, io.signal);
  const display = new Display(io);
  try {
    if (flags.hotspots === true && student === undefined) throw noStudent(spec);
    const choices = { ...typed, ...filesOf(typed, subject) };
    const before = baselineOf(choices, subject);
    const systems =
      flags.structures === undefined
        ? systemsOfSizes(choices.sizes, calculator.elements)
        : await systemsOfFile(flags.structures);
    const profile = await measure({ calculator, subject, systems }, { choices, display, io });
    const comparisons =
      before === undefined ? [] : compareProfiles(profile, before, { limit: choices.limit });
    const own =
      flags.hotspots === true && student !== undefined
        ? await studentHotspots(student.folder, systems, { ...student, signal: io.signal })
        : [];
    const tables = [...own, ...traced];
    return await conclude(profile, comparisons, { flags, choices, tables, display });
  } finally {
    display.close();
    await calculator.dispose();
  }
}

function noStudent(spec: string): InvalidArgumentError {
  return wrongOption('--hotspots', 'Only students tell where the time of a call goes.', {
    expected: 'the folder of a student',
    found: spec,
    hint: 'Record a trace of the teacher with its own tools, and give it: --trace FILE --html PAGE.',
  });
}

/** Files to write, made sure of: folders are there, and what is replaced is a profile. */
function filesOf(
  { json, html, save }: ProfileChoices,
  subject: ProfileSubject,
): Pick<ProfileChoices, 'save'> {
  const file =
    save === undefined || !isFolder(save)
      ? save
      : profilePath(save, { machine: thisMachine(), subject });
  for (const path of [json, html, file]) {
    if (path !== undefined) makeOutputFolder(dirname(path));
  }
  for (const path of [json, file]) if (path !== undefined && existsSync(path)) readProfile(path);
  return { save: file };
}

/** The profile to compare with, of this machine; undefined where none is asked for. */
function baselineOf(
  { compare }: ProfileChoices,
  subject: ProfileSubject,
): ProfileRecord | undefined {
  if (compare === undefined) return undefined;
  const machine = thisMachine();
  if (isFolder(compare)) return findProfile(compare, { machine, subject });
  const before = readProfile(compare);
  requireSameMachine({ machine }, before);
  return before;
}

const isFolder = (path: string): boolean =>
  path.endsWith(sep) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Where the time goes, by operator and by block, in a trace of a pass of its own. */
async function hotspotsOf(path: string): Promise<HotspotTable[]> {
  const trace = await readTrace(path);
  return (['operator', 'block'] as const).map((by) => ({
    source: basename(path),
    by,
    ...hotspots(trace, { by }),
  }));
}

/** What is profiled. */
interface Opened {
  readonly calculator: Calculator;
  readonly subject: ProfileSubject;
  /** Absent for a teacher. */
  readonly student?: { readonly folder: string; readonly backend: Backend };
}

/** A student by its folder, or a teacher by its name. */
async function open(
  spec: string,
  { backend }: ProfileFlags,
  { threads }: ProfileChoices,
  signal: AbortSignal,
): Promise<Opened> {
  const folder = resolve(spec);
  if (!existsSync(join(folder, CHECKPOINT_FILES.weights))) {
    const calculator = await createTeacher(spec, { signal });
    return { calculator, subject: teacherSubject(spec, calculator.name) };
  }
  const calculator = await StudentCalculator.load(folder, { backend, threads });
  const used = backend === 'auto' ? `auto: ${calculator.backend}` : calculator.backend;
  const subject = {
    name: calculator.name,
    hash: studentHash(folder),
    details: { backend: used, threads },
  };
  return { calculator, subject, student: { folder, backend: calculator.backend } };
}

async function measure(
  what: Pick<ProfileTask, 'calculator' | 'subject' | 'systems'>,
  {
    choices,
    display,
    io,
  }: { readonly choices: ProfileChoices; readonly display: Display; readonly io: CommandIo },
): Promise<ProfileRecord> {
  const { calls, seconds, memoryCalls, longestCall } = choices;
  const source = await openPowerSource();
  try {
    return await profileSystems({
      ...what,
      ...{ calls, seconds, memoryCalls, longestCall },
      ...(source === undefined ? {} : { power: source.power }),
      signal: io.signal,
      onEvent: (event) => {
        if (event.type === 'left-out') {
          const { system, expected } = event;
          display.print(
            `${system} is left out: a call may take ${formatDuration(expected)} (--longest-call)`,
          );
          return;
        }
        const done = Math.round(1000 * event.fraction) / 10;
        const progress = { done, total: 100, unit: '%', detail: event.system };
        display.onEvent({ type: 'progress', stage: 'profile', progress });
      },
    });
  } catch (error) {
    throw isMlffdError(error) && error.name === 'AbortedError' ? stopped(error) : error;
  } finally {
    source?.close();
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
  if (flags.hotspots === true) display.print(`\n${hotspotText(tables[0])}`);
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
