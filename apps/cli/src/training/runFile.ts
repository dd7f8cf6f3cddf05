import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  FileFormatError,
  FileSystemError,
  readTextFile,
  stableStringify,
  writeFileAtomic,
} from '@mlffd/core';
import { ConfigError } from '../config/load.ts';
import type { Verb } from './definition.ts';
import { differences } from '@mlffd/train';
import type { TrainRunConfig } from './trainConfig.ts';
import { trainSchema } from './trainSchema.ts';

/** What a run folder is for; written once, before anything else. */
export interface TrainRun {
  readonly kind: 'train' | 'learning-curve';
  readonly verb: Verb;
  readonly config: TrainRunConfig;
  /** Folder that relative paths of the configuration start from. */
  readonly base: string;
  /** Folder of the student that the run begins with. */
  readonly student?: string | undefined;
  readonly presets?: readonly string[] | undefined;
  readonly fractions?: readonly number[] | undefined;
}

const FILE = 'run.json';
const FORMAT = 'mlffd-train-run';

/** Keys of `training` that say how a run is executed, not what comes of it. */
const EXECUTION = ['workers', 'stream', 'maxSeconds', 'checkpoint', 'logEvery'];

/** Whether a folder is that of a run of these commands. */
const hasRun = (folder: string): boolean => existsSync(join(folder, FILE));

/**
 * Notes what a run is, or makes sure that a run which is there is the same one.
 *
 * Goals, teacher's card, dynamics, benchmark and reference may change: they are judged anew.
 *
 * @throws ConfigError with every difference when it is another run
 */
export function claimFolder(folder: string, run: TrainRun): void {
  if (hasRun(folder)) requireSameRun(folder, readRunFile(folder), run);
  writeFileAtomic(
    join(folder, FILE),
    `${JSON.stringify({ format: FORMAT, version: 1, ...run }, null, 2)}\n`,
  );
}

/**
 * Reads what the run of a folder is.
 *
 * @throws FileSystemError when there is none, FileFormatError when the file is damaged
 */
export function readRunFile(folder: string): TrainRun {
  const file = join(folder, FILE);
  if (!existsSync(file)) {
    throw new FileSystemError('run/none', `There is no run of \`mlffd train\` in ${folder}.`, {
      where: folder,
      expected: file,
      hint: existsSync(join(folder, 'stages'))
        ? 'This may be a run of `mlffd distill` or `mlffd data build`: give that command again, it goes on.'
        : 'Give the folder that `mlffd train` was told with --out (default: runs/<name>).',
    });
  }
  try {
    const { format, ...run } = JSON.parse(readTextFile(file)) as TrainRun & { format: string };
    if (format === FORMAT) return { ...run, config: trainSchema.parse(run.config) };
  } catch (cause) {
    throw damaged(file, cause);
  }
  throw damaged(file);
}

function damaged(file: string, cause?: unknown): FileFormatError {
  return new FileFormatError('run/damaged', `${file} does not describe a run.`, {
    where: file,
    expected: `JSON with format "${FORMAT}"`,
    hint: 'Give the configuration again: mlffd train CONFIG --out FOLDER, in a new folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function requireSameRun(folder: string, saved: TrainRun, given: TrainRun): void {
  const changes = differences(definitionOf(saved), definitionOf(given));
  if (changes.length === 0) return;
  throw new ConfigError(
    'config/changed',
    `${folder} holds another run; what differs (run -> now):\n` +
      changes.map((change) => `  ${change}`).join('\n'),
    {
      where: join(folder, FILE),
      expected: 'the configuration that the run was started with',
      found: `${String(changes.length)} difference${changes.length === 1 ? '' : 's'}`,
      hint: `Undo them, or use another --out folder. Only gates, teacher, dynamics, benchmark, reference and training.{${EXECUTION.join(', ')}} may change.`,
    },
  );
}

/** What decides about the weights. */
function definitionOf({ kind, verb, config, student, presets, fractions }: TrainRun): unknown {
  const { name, seed, dataset, split, training } = config;
  const own = Object.entries(training).filter(([key]) => !EXECUTION.includes(key));
  const all = {
    kind,
    verb,
    ...(student === undefined ? {} : { from: student }),
    ...(presets === undefined ? {} : { presets: presets.join(',') }),
    ...(fractions === undefined ? {} : { fractions: fractions.join(',') }),
    name,
    seed,
    dataset,
    split,
    student: config.student ?? {},
    training: Object.fromEntries(own),
  };
  // As it comes back from a file: keys without a value are no keys.
  return JSON.parse(stableStringify(JSON.parse(JSON.stringify(all)))) as unknown;
}
