import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Atoms,
  type Calculator,
  chemicalFormula,
  InvalidArgumentError,
  isMlffdError,
  readTextFile,
  writeFileAtomic,
} from '@mlffd/core';
import {
  type FreshStart,
  type GuardLimits,
  type Integrator,
  type MdRestart,
  respa,
} from '@mlffd/md';
import { ConfigError } from '../../config/load.ts';
import { lockRun } from '../../pipeline/runLock.ts';
import { stopped } from '../../pipeline/stage.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT, errorText } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { choicesOf, type MdChoices, type MdFlags } from './choices.ts';
import { readEnergies } from './energies.ts';
import { readEvents } from './eventLog.ts';
import { ownFile } from './folder.ts';
import { LastStructure } from './lastStructure.ts';
import { integratorOf } from './motion.ts';
import { type Mover, openMover, requireFit } from './mover.ts';
import { mdPage } from './page.ts';
import { showOn } from './progress.ts';
import { relax } from './relax.ts';
import { type MdRun, readMdRun, requireSameRun, writeMdRun } from './runFile.ts';
import { restartIn, RunStoppedError, runSession, type SessionResult } from './session.ts';
import { readStart, type StartFrame, startHash } from './startFrame.ts';
import { type MdSummary, outerTimestep, summarize } from './summary.ts';
import { motionText, number, summaryText } from './text.ts';

/**
 * `mlffd md`: molecular dynamics with a student or a teacher. 3 where a guard stops it, 130 when stopped;
 * the same command goes on where the run is.
 */
export async function mdCommand(
  [spec, startPath]: readonly [student: string, start: string],
  flags: MdFlags,
  io: CommandIo,
): Promise<number> {
  const choices = choicesOf(startPath, flags);
  const { backend, threads, teacher: teacherSpec } = choices;
  // A run that is there knows its start, also where the file is gone.
  const known = readMdRun(choices.folder, choices.trajectory);
  const start =
    known !== undefined && !existsSync(startPath)
      ? undefined
      : await readStart(startPath, choices.frame);
  if (start !== undefined) requireStart(start, choices);
  const display = new Display(io);
  const movers: Mover[] = [];
  try {
    const { signal } = io;
    movers.push(await openMover(spec, { backend, threads, signal, where: 'STUDENT' }));
    if (teacherSpec !== undefined) {
      movers.push(await openMover(teacherSpec, { signal, where: '--teacher' }));
    }
    const [mover, teacher] = movers as [Mover, Mover?];
    return await new MdCommand({ choices, start, startPath, mover, teacher, display, io }).run();
  } finally {
    display.close();
    for (const { calculator } of movers) await calculator.dispose();
  }
}

function requireStart({ velocities, atoms }: StartFrame, choices: MdChoices): void {
  if (choices.velocities === 'file' && velocities === undefined) {
    throw new InvalidArgumentError('usage/velocities', 'The start has no velocities.', {
      where: choices.motion.temperature === undefined ? '--temperature' : '--velocities',
      expected: 'velocities in the file, or a temperature to draw them at',
      found: 'neither',
      hint: 'Give --temperature KELVIN.',
    });
  }
  const count = atoms.numbers.length;
  const outside = choices.fixed.find((index) => index >= count);
  if (outside === undefined && choices.fixed.length < count) return;
  throw new InvalidArgumentError('usage/fixed', 'The start has no such atoms to hold.', {
    where: '--fixed',
    expected: `indices from 0 to ${String(count - 1)}, not all of them`,
    found: outside === undefined ? 'all atoms' : String(outside),
  });
}

/** What a command works with. */
interface Parts {
  readonly choices: MdChoices;
  /** Absent where the file is gone and the run knows its start. */
  readonly start: StartFrame | undefined;
  readonly startPath: string;
  readonly mover: Mover;
  readonly teacher: Mover | undefined;
  readonly display: Display;
  readonly io: CommandIo;
}

/** One call of the command, once all is open. */
class MdCommand {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async run(): Promise<number> {
    const { choices, start, mover, teacher } = this.#parts;
    if (start !== undefined) {
      for (const one of [mover, teacher]) {
        if (one !== undefined) requireFit(one.calculator, start.atoms, choices.motion);
      }
    }
    const guards = this.#guards();
    const release = lockRun(choices.folder);
    try {
      return await this.#locked(guards);
    } finally {
      release();
    }
  }

  async #locked(guards: GuardLimits): Promise<number> {
    const { folder } = this.#parts.choices;
    const run = this.#claim();
    const from = restartIn(folder);
    this.#introduce(run, from);
    const finished = from === undefined ? undefined : this.#finished(run, from);
    if (finished !== undefined) return this.#conclude(finished);
    let session: SessionResult | undefined;
    let failure: RunStoppedError | undefined;
    try {
      session = await this.#session({ run, from, guards });
    } catch (error) {
      if (isMlffdError(error) && error.name === 'AbortedError') throw stopped(error);
      if (!(error instanceof RunStoppedError)) throw error;
      failure = error;
    }
    const step = failure?.step ?? run.steps;
    const summary = await this.#write(run, { session, step });
    if (failure === undefined) return this.#conclude(summary);
    this.#conclude(summary);
    this.#parts.io.stderr.write(`${errorText(failure.reason, false)}\n`);
    return EXIT.gate;
  }

  /** Notes what the run of the folder is, or makes sure that it is this one. */
  #claim(): MdRun {
    const { choices, start, startPath, mover, teacher } = this.#parts;
    const { folder, steps, velocities, trajectory } = choices;
    const saved = readMdRun(folder, trajectory);
    const hash =
      start === undefined
        ? saved?.definition.start
        : startHash(start.atoms, velocities === 'file' ? start.velocities : undefined);
    const definition = {
      calculator: mover.hash,
      ...(teacher === undefined ? {} : { teacher: teacher.hash }),
      ...(choices.substeps === undefined ? {} : { substeps: choices.substeps }),
      teacherForUnseen: choices.onUnseen === 'teacher',
      start: hash ?? '',
      velocities,
      minimize: choices.minimize ?? (false as const),
      fixed: choices.fixed,
      motion: choices.motion,
      seed: choices.seed,
      trajectory,
      stride: choices.stride,
      log: choices.log,
    };
    if (saved !== undefined) requireSameRun(folder, saved.definition, definition);
    const about =
      start === undefined
        ? saved?.about
        : {
            calculator: mover.calculator.name,
            ...(teacher === undefined ? {} : { teacher: teacher.calculator.name }),
            start: resolve(startPath),
            frame: start.index,
            frames: start.frames,
            atoms: start.atoms.numbers.length,
            formula: chemicalFormula(start.atoms.numbers),
          };
    if (about === undefined) throw gone(startPath);
    const run: MdRun = { definition, steps, about };
    const from = saved === undefined ? undefined : restartIn(folder);
    if (from !== undefined && from.step > steps) throw longer(folder, from.step, steps);
    writeMdRun(folder, run);
    return run;
  }

  #introduce(run: MdRun, from: MdRestart | undefined): void {
    const { display, mover, teacher, choices, start } = this.#parts;
    const { about, steps, definition } = run;
    const { motion, substeps, velocities } = definition;
    const backend = mover.backend === undefined ? '' : ` (${mover.backend})`;
    display.print(`forces    ${mover.calculator.name}${backend}`);
    if (teacher !== undefined) {
      const use = substeps === undefined ? 'for what is unseen' : 'multiple time steps';
      display.print(`teacher   ${teacher.calculator.name}, ${use}`);
    }
    const which =
      about.frames === 1
        ? ''
        : `, frame ${String(about.frame)} of 0 to ${String(about.frames - 1)}${choices.frame === undefined ? ' (the last)' : ''}`;
    display.print(
      `start     ${about.formula}, ${String(about.atoms)} atoms${which}; velocities ${velocities === 'file' ? 'of the file' : 'drawn'}`,
    );
    if (velocities === 'draw' && start?.velocities !== undefined && from === undefined) {
      display.print('          the file has velocities, too; to use them: --velocities file');
    }
    display.print(`ensemble  ${motionText(motion, substeps)}`);
    const length = (steps * outerTimestep(run)) / 1000;
    display.print(`length    ${steps.toLocaleString('en')} steps, ${number(length)} ps`);
    if (mover.domain !== undefined) {
      display.print(`unseen    ${choices.onUnseen ?? 'warn'}, by the domain of the training`);
    }
    display.print(`folder    ${choices.folder}`);
    if (from !== undefined && from.step < steps) {
      display.print(`goes on   from step ${from.step.toLocaleString('en')}`);
    }
  }

  /** The summary of a run that is at its end; undefined where there is something to do. */
  #finished(run: MdRun, from: MdRestart): MdSummary | undefined {
    const path = ownFile(this.#parts.choices.folder, 'summary');
    if (from.step < run.steps || !existsSync(path)) return undefined;
    try {
      const summary = JSON.parse(readTextFile(path)) as MdSummary;
      if (summary.end !== 'done' || summary.steps !== run.steps) return undefined;
      this.#parts.display.print('already   done');
      return summary;
    } catch {
      // Damaged: it is made again.
      return undefined;
    }
  }

  async #session({
    run,
    from,
    guards,
  }: {
    readonly run: MdRun;
    readonly from: MdRestart | undefined;
    readonly guards: GuardLimits;
  }): Promise<SessionResult> {
    const { choices, display, io } = this.#parts;
    const { folder, stride, log, trajectory, onUnseen } = choices;
    const lastStructure = new LastStructure();
    const { calculator, integrator } = this.#dynamics(lastStructure);
    return runSession(
      {
        ...{ folder, stride, log, trajectory, calculator, integrator, lastStructure, guards },
        teacherCalls: onUnseen === 'teacher',
        steps: run.steps,
        start: () => this.#freshStart(),
        signal: io.signal,
        onEvent: showOn(display, run.steps),
      },
      from,
    );
  }

  #dynamics(last: LastStructure): {
    readonly calculator: Calculator;
    readonly integrator: Integrator;
  } {
    const { choices, mover, teacher } = this.#parts;
    const { motion, seed, substeps } = choices;
    const calculator = last.watch(mover.calculator);
    const integrator = integratorOf(motion, seed);
    if (substeps === undefined || teacher === undefined) return { calculator, integrator };
    return {
      calculator: last.watch(teacher.calculator),
      integrator: respa({ calculator, integrator, substeps }),
    };
  }

  async #freshStart(): Promise<FreshStart> {
    const { choices, start, startPath, mover, teacher, display, io } = this.#parts;
    if (start === undefined) throw gone(startPath);
    const { motion, fixed, seed, minimize, folder, velocities } = choices;
    const calculator = choices.substeps === undefined ? mover.calculator : teacher?.calculator;
    let atoms: Atoms = start.atoms;
    if (minimize !== undefined && calculator !== undefined) {
      const task = { calculator, atoms, fmax: minimize, fixed, folder };
      atoms = await relax(task, { display, signal: io.signal });
      if (motion.ensemble === 'nve' && velocities === 'draw') {
        display.print(
          '          in NVE, half of the kinetic energy goes into vibrations from here',
        );
      }
    }
    const shared = { atoms, ...(fixed.length === 0 ? {} : { fixed }) };
    if (velocities === 'file' && start.velocities !== undefined) {
      return { ...shared, velocities: start.velocities };
    }
    const { temperature = NaN } = motion;
    return { ...shared, temperature, seed, exactTemperature: motion.ensemble === 'nve' };
  }

  #guards(): GuardLimits {
    const { choices, mover, teacher } = this.#parts;
    const { onUnseen, limits } = choices;
    const { domain } = mover;
    if (domain === undefined) {
      if (onUnseen === undefined || onUnseen === 'ignore') return limits;
      throw new InvalidArgumentError(
        'usage/no-domain',
        `${mover.calculator.name} does not say what it was trained on.`,
        {
          where: '--on-unseen',
          expected: 'a student with domain.json',
          found: 'none',
          hint: 'Leave out --on-unseen, or train the student with this version.',
        },
      );
    }
    if (onUnseen === 'ignore') return limits;
    return {
      ...limits,
      domain,
      actions: { domain: onUnseen ?? 'warn' },
      ...(onUnseen === 'teacher' && teacher !== undefined ? { teacher: teacher.calculator } : {}),
    };
  }

  /** Summary and page. */
  async #write(
    run: MdRun,
    { session, step }: { readonly session: SessionResult | undefined; readonly step: number },
  ): Promise<MdSummary> {
    const { folder, page } = this.#parts.choices;
    const energies = await readEnergies(folder);
    const events = readEvents(folder);
    const atoms = restartIn(folder)?.atoms;
    const summary = summarize({ run, atoms, energies, events, session, step });
    if (page) writeFileAtomic(ownFile(folder, 'page'), await mdPage({ run, summary, energies }));
    // Last, since a run with a summary is done.
    writeFileAtomic(ownFile(folder, 'summary'), `${JSON.stringify(summary, null, 2)}\n`);
    return summary;
  }

  #conclude(summary: MdSummary): number {
    const { display, choices } = this.#parts;
    const { folder, trajectory } = choices;
    display.print('');
    for (const line of summaryText(summary)) display.print(line);
    display.print(`trajectory ${resolve(folder, trajectory)}`);
    const page = ownFile(folder, 'page');
    if (existsSync(page)) display.print(`page      ${page}`);
    return EXIT.done;
  }
}

function gone(path: string): InvalidArgumentError {
  return new InvalidArgumentError('usage/start', `The start is gone: ${path}`, {
    where: path,
    expected: 'the file that the run starts from',
    found: 'no such file',
    hint: 'Give the file again: the run has not begun.',
  });
}

function longer(folder: string, done: number, steps: number): ConfigError {
  return new ConfigError('md-run/longer', `The run in ${folder} is longer already.`, {
    where: '--steps',
    expected: `at least ${String(done)} steps`,
    found: String(steps),
    hint: 'Steps count from the start of the trajectory, those that are done included.',
  });
}
