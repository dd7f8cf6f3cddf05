import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Atoms, type Calculator, isMlffdError, writeFileAtomic } from '@mlffd/core';
import { MdError } from '../errors.ts';
import type { MdFrame } from '../frame.ts';
import type { GuardLimits } from '../guards/limits.ts';
import type { Integrator } from '../integrator.ts';
import { type MdRestart, readRestart } from '../restart.ts';
import { runMd } from '../run.ts';
import { TrajectoryWriter } from '../trajectory/extxyzWriter.ts';
import { readTrajectory } from '../trajectory/openTrajectory.ts';
import type { TrajectoryFrame } from '../trajectory/types.ts';
import { readSamples, type RunSample, SampleLog } from './sampleLog.ts';

/** A run that is kept in a folder. */
export interface RecordOptions {
  readonly folder: string;
  readonly calculator: Calculator;
  readonly integrator: Integrator;
  readonly start: RunStart;
  readonly steps: number;
  /** Steps between two samples, and between two frames of the first part. */
  readonly stride: number;
  /** Frames are kept at `stride` up to this step ... */
  readonly denseSteps: number;
  /** ... and after it at this multiple of it. */
  readonly thinning: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: number) => void;
}

/** Where a run starts. */
export interface RunStart {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
}

/** Why a run ended before its last step. */
interface RunFailure {
  /** Code of the error: `md/too-hot`. */
  readonly code: string;
  readonly message: string;
  readonly step: number;
  /** fs. */
  readonly time: number;
}

/** A finished run. */
export interface RecordedRun {
  /** fs. */
  readonly timestep: number;
  /** fs between two samples. */
  readonly interval: number;
  /** Those of the first part, at even intervals. */
  readonly dense: readonly TrajectoryFrame[];
  /** All frames that were kept. */
  readonly frames: readonly TrajectoryFrame[];
  readonly samples: readonly RunSample[];
  readonly failure?: RunFailure;
  /** The frame at which a guard stopped it. */
  readonly broken?: TrajectoryFrame;
  /** Where it ended. */
  readonly end: RunStart;
}

/** What only a structure that has gone wrong exceeds. */
const GUARDS: GuardLimits = { maxTemperature: 20_000, maxForce: 500, minDistance: 0.35 };
/** Parts of a run after each of which it can go on after a kill. */
const RESTARTS = 50;
const LEAST_RESTART_STEPS = 500;

const DONE = 'run.json';
const RESTART = 'restart.json';
const TRAJECTORY = 'trajectory.xyz';
const SAMPLES = 'samples.jsonl';
const BROKEN = 'broken.xyz';

/**
 * Runs dynamics into a folder, or goes on with what an interrupted call left there; a run that is
 * finished is read. A guard that stops the run is a result, not an error.
 *
 * @throws AbortedError; FileSystemError; what the calculator throws for a fault of its own
 */
export async function recordRun(options: RecordOptions): Promise<RecordedRun> {
  const { folder } = options;
  if (!existsSync(join(folder, DONE))) {
    const failure = await run(options);
    writeFileAtomic(join(folder, DONE), `${JSON.stringify({ failure: failure ?? null })}\n`);
  }
  return readRun(options);
}

async function run(options: RecordOptions): Promise<RunFailure | undefined> {
  const { folder, calculator, integrator, start, steps, stride, signal, onProgress } = options;
  const path = join(folder, RESTART);
  const resume = restartIn(path);
  const lastStep = resume?.step ?? -1;
  const trajectory = TrajectoryWriter.append(join(folder, TRAJECTORY), { lastStep });
  const samples = new SampleLog(join(folder, SAMPLES), lastStep);
  try {
    await runMd({
      ...(resume === undefined ? start : { resume }),
      calculator,
      integrator,
      steps,
      stride,
      guards: GUARDS,
      restart: { path, every: Math.max(LEAST_RESTART_STEPS, Math.ceil(steps / RESTARTS)) },
      onFrame: (frame) => {
        samples.write(frame);
        if (isKept(frame.step, options)) trajectory.write(frame);
      },
      onEvent: (event) => {
        if (event.type === 'progress') onProgress?.(event.step);
      },
      eventInterval: 0.5,
      ...(signal === undefined ? {} : { signal }),
    });
    return undefined;
  } catch (error) {
    const failure = failureOf(error, integrator);
    if (failure === undefined) throw error;
    writeBroken(join(folder, BROKEN), error);
    return failure;
  } finally {
    trajectory.close();
    samples.close();
  }
}

function isKept(step: number, { stride, denseSteps, thinning }: RecordOptions): boolean {
  return step <= denseSteps || step % (stride * thinning) === 0;
}

/** A restart that cannot be read is none: the run starts anew. */
function restartIn(path: string): MdRestart | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readRestart(path);
  } catch (error) {
    if (isMlffdError(error)) return undefined;
    throw error;
  }
}

/** What a calculator says about a structure that it cannot answer for is a failure of the run too. */
function failureOf(error: unknown, { timestep }: Integrator): RunFailure | undefined {
  if (!isMlffdError(error)) return undefined;
  const broken = error instanceof MdError && error.frame !== undefined ? error.frame : undefined;
  if (broken === undefined && error.name !== 'InvalidAtomsError') return undefined;
  const step = broken?.step ?? 0;
  return { code: error.code, message: error.message, step, time: step * timestep };
}

function writeBroken(path: string, error: unknown): void {
  if (!(error instanceof MdError) || error.frame === undefined) return;
  const writer = TrajectoryWriter.create(path, { overwrite: true });
  try {
    writer.write(finite(error.frame));
  } finally {
    writer.close();
  }
}

/** Numbers that a file cannot hold are left out of it. */
function finite(frame: MdFrame): MdFrame {
  const clean = (values: Float64Array): Float64Array =>
    values.map((value) => (Number.isFinite(value) ? value : 0));
  const number = (value: number): number => (Number.isFinite(value) ? value : 0);
  return {
    ...frame,
    atoms: { ...frame.atoms, positions: clean(frame.atoms.positions) },
    forces: clean(frame.forces),
    velocities: clean(frame.velocities),
    energy: number(frame.energy),
    kinetic: number(frame.kinetic),
    conserved: number(frame.conserved),
    temperature: number(frame.temperature),
  };
}

async function readRun(options: RecordOptions): Promise<RecordedRun> {
  const { folder, integrator, stride, start, denseSteps } = options;
  const { failure } = JSON.parse(readFileSync(join(folder, DONE), 'utf8')) as {
    failure: RunFailure | null;
  };
  const file = join(folder, TRAJECTORY);
  // A run that broke at its start has no frame.
  const frames = statSync(file).size === 0 ? [] : await readTrajectory(file);
  const last = frames.at(-1);
  const end = failure === null ? restartIn(join(folder, RESTART)) : last;
  const { atoms, velocities } = end ?? start;
  const brokenFile = join(folder, BROKEN);
  const broken = failure !== null && existsSync(brokenFile) ? await readTrajectory(brokenFile) : [];
  return {
    timestep: integrator.timestep,
    interval: stride * integrator.timestep,
    dense: frames.filter(({ step = 0 }) => step <= denseSteps),
    frames,
    samples: readSamples(join(folder, SAMPLES)),
    ...(failure === null ? {} : { failure }),
    ...(broken.length === 0 ? {} : { broken: broken[0] }),
    end: { atoms, velocities: velocities ?? start.velocities },
  };
}
