import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, FileSystemError, readTextFile } from '@mlffd/core';
import { parseRunLog, type RunLog } from './runLog.ts';

/** A moment at which a run is known to have been at a step. */
export interface Milestone {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What lies in the folder of a training run. */
export interface RunRecord {
  readonly folder: string;
  /** Version of the trainer. */
  readonly version: string;
  /** Configuration as it was saved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly log: RunLog;
  /** Step of the last point of `curve.json`, which is written when a run ends; undefined before. */
  readonly endedAt: number | undefined;
  /** When the present or last process began, milliseconds since 1970. */
  readonly started: number;
  /** When the log was last written to. */
  readonly updated: number;
  /** Checkpoints that are there, oldest first. */
  readonly checkpoints: readonly Milestone[];
}

/** Name of the log inside a run's folder. */
export const LOG_FILE = 'log.jsonl';
const CHECKPOINT = /^step-(\d+)\.ckpt$/;

/**
 * Reads the folder of a training run, also while it trains.
 *
 * @throws FileSystemError when there is no run, FileFormatError for a damaged configuration
 */
export function readRun(folder: string): RunRecord {
  const config = join(folder, 'config.json');
  if (!existsSync(config)) {
    throw new FileSystemError('report/no-run', `${folder} holds no training run`, {
      expected: config,
      where: folder,
      hint: 'Give the folder that the trainer works in, with config.json and log.jsonl.',
    });
  }
  const description = parseJson(config);
  const log = join(folder, LOG_FILE);
  const curve = join(folder, 'curve.json');
  const started = statSync(config).mtimeMs;
  const inside = description.config;
  return {
    folder,
    version: typeof description.version === 'string' ? description.version : '',
    config: isObject(inside) ? inside : description,
    log: parseRunLog(existsSync(log) ? readTextFile(log) : ''),
    endedAt: existsSync(curve) ? lastStep(parseJson(curve)) : undefined,
    started,
    updated: existsSync(log) ? statSync(log).mtimeMs : started,
    checkpoints: checkpointsOf(join(folder, 'checkpoints')),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lastStep(curve: unknown): number | undefined {
  if (!Array.isArray(curve)) return undefined;
  const last: unknown = curve.at(-1);
  return isObject(last) && typeof last.step === 'number' ? last.step : 0;
}

function checkpointsOf(folder: string): Milestone[] {
  if (!existsSync(folder)) return [];
  const found: Milestone[] = [];
  for (const name of readdirSync(folder)) {
    const step = CHECKPOINT.exec(name)?.[1];
    const at = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    // The trainer removes old ones meanwhile.
    if (step !== undefined && at !== undefined) found.push({ step: Number(step), at });
  }
  return found.sort((a, b) => a.at - b.at);
}

function parseJson(path: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readTextFile(path)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (cause instanceof FileSystemError) throw cause;
    throw new FileFormatError('report/run-damaged', `${path} is no JSON`, {
      where: path,
      hint: 'Resume the run, which writes it again.',
      cause,
    });
  }
}
