import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  FileFormatError,
  FileSystemError,
  sha256,
  stableStringify,
  writeFileAtomic,
} from '@mlffd/core';
import { CheckpointStore } from './checkpointStore.ts';
import { differences } from './configDiff.ts';
import { EXECUTION_KEYS } from './config.ts';
import type { TrainConfig } from './config.ts';
import { parseTrainConfig } from './configSchema.ts';
import type { CurvePoint } from './curve.ts';
import { ResumeMismatchError } from './errors.ts';
import { RunLog } from './runLog.ts';
import { packageVersion } from './version.ts';

/** What `config.json` of a run holds. */
export interface RunDescription {
  readonly version: string;
  readonly config: TrainConfig;
}

/**
 * Files of a training run.
 *
 * | file | content |
 * |---|---|
 * | `config.json` | the whole configuration, defaults written out |
 * | `checkpoints/step-*.ckpt` | the two newest states |
 * | `log.jsonl` | one JSON object per logged step and per epoch |
 * | `curve.json` | the learning curve |
 */
export class RunFolder {
  readonly path: string;
  readonly checkpoints: CheckpointStore;
  readonly log: RunLog;

  constructor(path: string) {
    this.path = path;
    this.checkpoints = new CheckpointStore(join(path, 'checkpoints'));
    this.log = new RunLog(join(path, 'log.jsonl'));
  }

  get #config(): string {
    return join(this.path, 'config.json');
  }

  /** Whether there is a run to go on with. Damaged checkpoints count, so that they are told. */
  hasCheckpoints(): boolean {
    const folder = join(this.path, 'checkpoints');
    return (
      existsSync(this.#config) &&
      existsSync(folder) &&
      readdirSync(folder).some((name) => /\.ckpt(\.damaged)?$/.test(name))
    );
  }

  /** Forgets a run that was killed before its first checkpoint: nothing is lost. */
  discardStart(): void {
    if (!this.hasCheckpoints()) rmSync(this.#config, { force: true });
  }

  /** @throws FileSystemError when the folder holds a run already */
  requireNew(): void {
    if (existsSync(this.#config)) {
      throw new FileSystemError('train/run-exists', `${this.path} holds a training run already`, {
        expected: 'a new or empty folder',
        found: this.#config,
        where: this.path,
        hint: 'Resume that run, or choose another folder.',
      });
    }
  }

  /**
   * Makes the folder of a new run.
   *
   * @throws FileSystemError when it holds a run already, or cannot be written
   */
  start(config: TrainConfig): void {
    this.requireNew();
    try {
      mkdirSync(this.path, { recursive: true });
    } catch (cause) {
      throw new FileSystemError('train/folder-not-made', `cannot make the folder ${this.path}`, {
        expected: 'a place where a folder can be made',
        where: this.path,
        hint: 'Choose another folder or fix the permissions.',
        cause,
      });
    }
    this.writeDescription(config);
  }

  writeDescription(config: TrainConfig): void {
    const description: RunDescription = { version: packageVersion(), config };
    writeFileAtomic(this.#config, `${JSON.stringify(description, null, 2)}\n`);
  }

  /**
   * @throws FileSystemError when there is no run
   * @throws FileFormatError, TrainConfigError when its configuration is damaged
   */
  readDescription(): RunDescription {
    let text: string;
    try {
      text = readFileSync(this.#config, 'utf8');
    } catch (cause) {
      throw new FileSystemError('train/no-run', `${this.path} holds no training run`, {
        expected: this.#config,
        where: this.path,
        hint: 'Check the path of the run.',
        cause,
      });
    }
    try {
      const { version, config } = JSON.parse(text) as RunDescription;
      return { version, config: parseTrainConfig(config, this.#config) };
    } catch (cause) {
      if (!(cause instanceof SyntaxError) && !isSyntaxError(cause)) throw cause;
      throw new FileFormatError('train/config-damaged', `${this.#config} is no JSON`, {
        where: this.#config,
        hint: 'Restore the file; the checkpoints hold the same configuration.',
        cause,
      });
    }
  }

  writeCurve(curve: readonly CurvePoint[]): void {
    writeFileAtomic(join(this.path, 'curve.json'), `${JSON.stringify(curve, null, 1)}\n`);
  }
}

function isSyntaxError(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'name' in error && error.name === 'SyntaxError'
  );
}

/** Hash of the parts of a configuration that define the result. */
export function definitionHash(config: TrainConfig): string {
  return sha256(stableStringify(definition(config)));
}

function definition(config: TrainConfig): Partial<TrainConfig> {
  const keys = Object.keys(config) as (keyof TrainConfig)[];
  return Object.fromEntries(
    keys.filter((key) => !EXECUTION_KEYS.includes(key)).map((key) => [key, config[key]]),
  );
}

/**
 * Refuses a configuration that would make a resumed run another run.
 *
 * @throws ResumeMismatchError listing every key that differs
 */
export function requireSameDefinition(saved: TrainConfig, given: TrainConfig, where: string): void {
  const changed = differences(definition(saved), definition(given));
  if (changed.length === 0) return;
  throw new ResumeMismatchError(
    'train/config-changed',
    `the configuration is not that of the run: ${changed.join('; ')}`,
    {
      expected: 'the configuration that the run was started with',
      found: changed.join('; '),
      where,
      hint: `Only ${EXECUTION_KEYS.join(', ')} may change. Start a new run from these weights instead.`,
    },
  );
}

/** @throws ResumeMismatchError when the data are not those of the run */
export function requireSameData(saved: string, given: string, where: string): void {
  if (saved === given) return;
  const [savedTrain] = saved.split('-');
  const [givenTrain] = given.split('-');
  const set = savedTrain === givenTrain ? 'validation set' : 'training set';
  throw new ResumeMismatchError('train/data-changed', `the ${set} is not that of the run`, {
    expected: `structures, labels and split with hash ${saved}`,
    found: `hash ${given}`,
    where,
    hint: 'Resume with the same dataset and split, or start a new run from these weights.',
  });
}
