import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystemError, type MlffdError, type Pause, PauseWatch } from '@mlffd/core';
import type { MdFrame } from '../frame.ts';
import { runMd } from '../run.ts';
import { TrajectoryWriter } from '../trajectory/extxyzWriter.ts';
import { velocityVerlet } from '../velocityVerlet.ts';
import { freeFlight } from './freeFlight.ts';
import { equilibrationSteps, LIST_STEPS, stepsOf } from './identity.ts';
import { listLatency } from './listLatency.ts';
import { type MeasureOptions, runOptions } from './measureOptions.ts';
import { conservationOf, memoryReport, type RunSeries } from './runSeries.ts';
import { BondWatch, sentenceOf, unsoundness } from './stability.ts';
import { equilibratedStart, type Moving, relaxedStart } from './starts.ts';
import { stepLatency } from './stepLatency.ts';
import { StepRecorder } from './stepRecorder.ts';
import { teacherErrors } from './teacherErrors.ts';
import type { HarnessRecord, RelaxationReport, Stability, StepLatency } from './types.ts';

/** Frames for energies and bonds: at least so many, but not at longer distances than `MOST_STRIDE` steps. */
const FRAMES = 200;
const MOST_STRIDE = 20;
/** Frames of the run that are written to a file. */
const WRITTEN_FRAMES = 100;
/** Frames that the teacher is asked about. */
const COMPARED_FRAMES = 20;
const MEMORY_SAMPLES = 200;
/** Steps of a run that are enough to time it, and of the free flight in place of a shorter one. */
const FLIGHT_STEPS = 200;

/** The measured part of a record. */
export type Measured = Omit<
  HarnessRecord,
  'schema' | 'key' | 'date' | 'machine' | 'subject' | 'system' | 'settings'
>;

/**
 * Relaxes, equilibrates and runs one system.
 *
 * @throws what is no matter of the structure: AbortedError, FileSystemError, failures of the calculator
 */
export async function measureSystem(options: MeasureOptions): Promise<Measured> {
  return new Measurement(options).go();
}

class Measurement {
  readonly #options: MeasureOptions;
  readonly #watch: BondWatch;
  readonly #steps: number;
  readonly #stride: number;
  readonly #warmup: number;
  #relaxation: RelaxationReport | null = null;

  constructor(options: MeasureOptions) {
    this.#options = options;
    this.#steps = stepsOf(options.settings);
    this.#stride = Math.min(Math.max(Math.floor(this.#steps / FRAMES), 1), MOST_STRIDE);
    this.#warmup = Math.min(options.settings.warmup, Math.floor(this.#steps / 5));
    this.#watch = new BondWatch(options.system.atoms, options.settings.bondLimit);
  }

  async go(): Promise<Measured> {
    const watch = this.#watch;
    let during: 'relaxation' | 'equilibration' = 'relaxation';
    let start: Moving;
    try {
      const { atoms, relaxation } = await relaxedStart(this.#options);
      this.#relaxation = relaxation;
      watch.check(atoms);
      during = 'equilibration';
      start = await equilibratedStart(this.#options, atoms, { watch, stride: this.#stride });
    } catch (error) {
      const reason = unsoundness(error);
      if (reason === undefined) throw error;
      return this.#unstable({ reason, during });
    }
    return this.#measure(start);
  }

  /** The record of a system that did not get to its run. */
  async #unstable(end: {
    readonly reason: MlffdError;
    readonly during: 'relaxation' | 'equilibration';
  }): Promise<Measured> {
    return {
      relaxation: this.#relaxation,
      stability: this.#stability(0, end),
      energy: null,
      temperature: null,
      ...this.#timed(await this.#flight()),
      list: null,
      memory: null,
      forces: null,
    };
  }

  #timed(latency: StepLatency | null): Pick<Measured, 'latency' | 'nsPerDay'> {
    const { timestep } = this.#options.settings;
    return { latency, nsPerDay: latency === null ? null : (86.4 * timestep) / latency.step.mean };
  }

  /** Times where there is no run to time; null where the calculator has no answer even at the start. */
  async #flight(): Promise<StepLatency | null> {
    const { calculator, system, settings, measuring, signal } = this.#options;
    try {
      return await freeFlight({
        calculator,
        atoms: system.atoms,
        steps: Math.min(this.#steps, FLIGHT_STEPS),
        warmup: this.#warmup,
        measuring,
        seed: settings.seed,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (unsoundness(error) === undefined) throw error;
      return null;
    }
  }

  #stability(
    picoseconds: number,
    end?: { readonly reason: MlffdError; readonly during: Stability['during'] },
  ): Stability {
    return {
      picoseconds,
      censored: end === undefined,
      reason: end?.reason.code ?? null,
      message: end === undefined ? null : sentenceOf(end.reason),
      bonds: this.#watch.count,
      during: end?.during ?? null,
    };
  }

  async #measure(start: Moving): Promise<Measured> {
    const { settings, measuring } = this.#options;
    const steps = this.#steps;
    const warmup = this.#warmup;
    const recorder = new StepRecorder(steps, Math.max(1, Math.floor(steps / MEMORY_SAMPLES)));
    const series: RunSeries = {
      times: [],
      energies: [],
      kinetic: [],
      temperatures: [],
      points: [],
    };
    const watch = new PauseWatch();
    let pauses: readonly Pause[];
    let reason: MlffdError | undefined;
    let end: MdFrame | undefined;
    try {
      end = await this.#run(start, recorder, series);
    } catch (error) {
      reason = unsoundness(error);
      if (reason === undefined) throw error;
    } finally {
      pauses = await watch.stop();
    }
    const picoseconds = (recorder.count * settings.timestep) / 1000;
    const broken = reason === undefined ? undefined : ({ reason, during: 'run' } as const);
    const isLong = recorder.count >= warmup + Math.min(steps / 2, FLIGHT_STEPS);
    const latency = isLong
      ? stepLatency(recorder, { basis: 'run', warmup, pauses, measuring })
      : await this.#flight();
    return {
      relaxation: this.#relaxation,
      stability: this.#stability(picoseconds, broken),
      ...conservationOf(series, this.#options.system.atoms.numbers.length),
      ...this.#timed(latency),
      list: end === undefined ? null : await this.#list(end),
      memory: memoryReport(recorder.memory, steps),
      forces: await teacherErrors(this.#options, series.points),
    };
  }

  /** The run itself; its last frame. */
  async #run(start: Moving, recorder: StepRecorder, series: RunSeries): Promise<MdFrame> {
    const { calculator, settings, system, trajectories, teacher } = this.#options;
    const writeEvery = strideFor(this.#steps, WRITTEN_FRAMES, this.#stride);
    const keepEvery = strideFor(this.#steps, COMPARED_FRAMES, writeEvery);
    const folder = trajectories ?? temporaryFolder();
    try {
      const writer = TrajectoryWriter.create(join(folder, `${system.name}.xyz`), {
        overwrite: true,
      });
      try {
        const { frame } = await runMd({
          ...runOptions(this.#options, 'running', equilibrationSteps(settings)),
          calculator: recorder.timed(calculator),
          ...start,
          integrator: recorder.timedIntegrator(velocityVerlet({ timestep: settings.timestep })),
          steps: this.#steps,
          stride: this.#stride,
          onFrame: (moment) => {
            series.times.push(moment.time);
            series.energies.push(moment.total);
            series.kinetic.push(moment.kinetic);
            series.temperatures.push(moment.temperature);
            if (moment.step % writeEvery === 0) writer.write(moment);
            if (teacher !== undefined && moment.step % keepEvery === 0) series.points.push(moment);
            this.#watch.check(moment.atoms);
            recorder.endFrame();
          },
        });
        recorder.finish();
        return frame;
      } finally {
        writer.close();
      }
    } finally {
      if (trajectories === undefined) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** More steps from the end, whose lists are timed afterwards, so that nothing disturbs the run. */
  async #list(end: MdFrame): Promise<HarnessRecord['list']> {
    const { calculator, settings } = this.#options;
    const { cutoff } = calculator;
    if (cutoff === undefined) return null;
    const steps: Float64Array[] = [];
    try {
      await runMd({
        ...runOptions(this.#options, 'neighbour lists', equilibrationSteps(settings) + this.#steps),
        calculator,
        atoms: end.atoms,
        velocities: end.velocities,
        integrator: velocityVerlet({ timestep: settings.timestep }),
        steps: LIST_STEPS,
        onFrame: ({ atoms }) => void steps.push(atoms.positions),
      });
    } catch (error) {
      // It may come apart here too; the run before is what counts.
      if (unsoundness(error) === undefined) throw error;
      return null;
    }
    return listLatency(end.atoms, steps, cutoff);
  }
}

/** A multiple of `unit` at which about `count` of the steps lie. */
function strideFor(steps: number, count: number, unit: number): number {
  return unit * Math.max(1, Math.ceil(steps / (count * unit)));
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'mlffd-benchmark-'));
  } catch (cause) {
    throw fileSystemError('write', tmpdir(), cause);
  }
}
