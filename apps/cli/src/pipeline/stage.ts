import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortedError,
  FileSystemError,
  isMlffdError,
  sha256,
  stableStringify,
  writeFileAtomic,
} from '@mlffd/core';
import type { OnEvent, Progress } from './progress.ts';

/** What a stage may use while it runs. */
export interface StageContext {
  /** The stage's own folder; it survives an interruption, so work in it can go on. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly note: (message: string, level?: 'info' | 'warning') => void;
}

/** One step of the pipeline: what it depends on, and how to do it. */
export interface Stage<Output> {
  readonly name: string;
  /** Raised whenever the code changes what the stage produces from the same inputs. */
  readonly version: number;
  /** Everything that the result depends on: settings, and the outputs of earlier stages. */
  readonly inputs: unknown;
  /** Must go on with what an interrupted run left in `folder`, and give the same result. */
  readonly run: (context: StageContext) => Promise<Output>;
  /** One line about the result. */
  readonly summarize: (output: Output) => string;
}

/** A finished stage. */
export interface StageResult<Output> {
  readonly name: string;
  readonly key: string;
  readonly folder: string;
  readonly output: Output;
  /** Time spent, interrupted attempts included where they ended in order. */
  readonly seconds: number;
  readonly reused: boolean;
}

export interface StageRunnerOptions {
  /** The run folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  /** How many stages there will be, for the display. */
  readonly total: number;
}

interface StageRecord {
  readonly name: string;
  readonly key: string;
  readonly inputs: unknown;
  readonly output: unknown;
  readonly seconds: number;
}

/**
 * Runs stages, each once per content: the key of a stage is the hash of its name, version and
 * inputs, its folder carries the key, and a stage whose record is there is not run again.
 */
export class StageRunner {
  readonly #options: StageRunnerOptions;
  #index = 0;

  constructor(options: StageRunnerOptions) {
    this.#options = options;
  }

  async run<Output>(stage: Stage<Output>): Promise<StageResult<Output>> {
    const { onEvent, signal, total } = this.#options;
    if (signal.aborted) throw stopped();
    const index = ++this.#index;
    const { name } = stage;
    const key = sha256(
      stableStringify({ name, version: stage.version, inputs: stage.inputs }),
    ).slice(0, 16);
    const folder = join(
      this.#options.folder,
      'stages',
      `${String(index).padStart(2, '0')}-${name}-${key}`,
    );
    const recordFile = join(folder, 'stage.json');

    const record = readRecord(recordFile, key);
    if (record !== undefined) {
      const output = record.output as Output;
      const summary = stage.summarize(output);
      onEvent({ type: 'stage-reused', stage: name, index, of: total, summary });
      return { name, key, folder, output, seconds: record.seconds, reused: true };
    }

    onEvent({ type: 'stage-started', stage: name, index, of: total });
    const clock = new StageClock(folder);
    try {
      const output = await stage.run({
        folder,
        signal,
        progress: (progress) => {
          onEvent({ type: 'progress', stage: name, progress });
        },
        note: (message, level = 'info') => {
          onEvent({ type: 'note', stage: name, level, message });
        },
      });
      const seconds = clock.seconds();
      const done: StageRecord = { name, key, inputs: stage.inputs, output, seconds };
      writeFileAtomic(recordFile, `${JSON.stringify(done, null, 2)}\n`);
      onEvent({ type: 'stage-finished', stage: name, seconds, summary: stage.summarize(output) });
      return { name, key, folder, output, seconds, reused: false };
    } catch (error) {
      clock.keep();
      // Whatever was interrupted, what the user has to do is the same.
      throw isMlffdError(error) && error.name === 'AbortedError' ? stopped(error) : error;
    }
  }
}

/** The error of a run that was asked to stop. */
export function stopped(cause?: unknown): AbortedError {
  return new AbortedError('run/stopped', 'Stopped on request; what was finished is kept.', {
    hint: 'Run the same command again to go on.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function readRecord(file: string, key: string): StageRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as StageRecord;
    return record.key === key ? record : undefined;
  } catch {
    // Absent, or written by something else: the stage runs (again).
    return undefined;
  }
}

/** Adds up the time of attempts; what a killed attempt took is lost, as nobody could write it. */
class StageClock {
  readonly #file: string;
  readonly #before: number;
  readonly #started = performance.now();

  constructor(folder: string) {
    this.#file = join(folder, 'seconds.json');
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new FileSystemError('run/not-writable', `A stage folder cannot be made: ${folder}`, {
        where: folder,
        hint: 'Choose another folder with --out, or make this one writable.',
        cause,
      });
    }
    this.#before = readSeconds(this.#file);
  }

  seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  keep(): void {
    try {
      writeFileAtomic(this.#file, JSON.stringify(this.seconds()));
    } catch {
      // The error that ended the stage is the one to report.
    }
  }
}

/** Time of earlier attempts; none where there was none, or nobody could write it. */
function readSeconds(file: string): number {
  try {
    const seconds = Number(JSON.parse(readFileSync(file, 'utf8')));
    return Number.isFinite(seconds) ? seconds : 0;
  } catch {
    return 0;
  }
}
