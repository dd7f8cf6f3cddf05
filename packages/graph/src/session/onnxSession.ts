import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { InferenceSession } from 'onnxruntime-node';
import { ModelFormatError, SessionError } from '../errors.ts';
import type { VerifyOnnxOptions } from '../onnx/verifyOnnx.ts';
import { verifyOnnx } from '../onnx/verifyOnnx.ts';
import type { OrtData, OrtValue, ValueInfo } from './ortValue.ts';
import { toOrtTensor } from './ortValue.ts';

/** How a session runs a model. */
export interface SessionOptions extends VerifyOnnxOptions {
  /**
   * Threads of one operator (default 1). Several sessions of one thread each, in workers, use
   * several cores better than one session of several threads.
   */
  readonly threads?: number;
  /**
   * Writes a profile (Chrome trace) to a file of this prefix when {@link OnnxSession.endProfile} is
   * called; its folder must exist, and sessions of one time must not share a prefix. A profiled
   * session is slower: do not time it.
   */
  readonly profile?: string;
}

/** ONNX Runtime prints nothing below this level; errors arrive as exceptions anyway. */
const FATAL = 4;

type OrtTensors = Record<string, OrtTensor>;

function valueInfos(metadata: readonly InferenceSession.ValueMetadata[]): ValueInfo[] {
  return metadata.map((entry) =>
    entry.isTensor
      ? { name: entry.name, type: entry.type, shape: entry.shape }
      : { name: entry.name, type: 'sequence or map', shape: [] },
  );
}

/** Files that begin with a prefix and are in its folder. */
function profileFiles(prefix: string): string[] {
  const folder = dirname(prefix);
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(basename(prefix)))
      .map((name) => join(folder, name));
  } catch (cause) {
    throw new SessionError('graph/session-profile-folder', `cannot write a profile to ${folder}`, {
      expected: 'a folder',
      found: cause instanceof Error ? cause.message : String(cause),
      where: prefix,
      hint: 'Make the folder first.',
      cause,
    });
  }
}

/**
 * A loaded model on ONNX Runtime (CPU).
 *
 * Results do not depend on the number of threads. Native memory is freed by `release()` only.
 */
export class OnnxSession {
  /** Inputs in the model's order. */
  readonly inputs: readonly ValueInfo[];
  /** Outputs in the model's order. */
  readonly outputs: readonly ValueInfo[];
  #session: InferenceSession | undefined;
  readonly #profile: string | undefined;

  private constructor(session: InferenceSession, profile: string | undefined) {
    this.#session = session;
    this.#profile = profile;
    this.inputs = valueInfos(session.inputMetadata);
    this.outputs = valueInfos(session.outputMetadata);
  }

  /**
   * Loads a model, after {@link verifyOnnx}.
   *
   * @throws {@link ModelFormatError} for truncated or corrupt bytes and for what ONNX Runtime
   * refuses; {@link UnsafeModelError} for operators that it gets wrong; {@link SessionError} where
   * a profile cannot be written.
   */
  static async create(bytes: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
    const { threads = 1, profile, where = 'model' } = options;
    verifyOnnx(bytes, options);
    const before = profile === undefined ? [] : profileFiles(profile);
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(bytes, {
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        interOpNumThreads: 1,
        logSeverityLevel: FATAL,
        intraOpNumThreads: threads,
        ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
      });
    } catch (cause) {
      throw new ModelFormatError('graph/onnx-refused', `${where}: ONNX Runtime refused the model`, {
        expected: 'a model that ONNX Runtime can load',
        found: cause instanceof Error ? cause.message : String(cause),
        where,
        hint: 'Check that the file is complete and that its operators are supported.',
        cause,
      });
    }
    // The file is made with the session, and its name has the time.
    const path =
      profile === undefined
        ? undefined
        : profileFiles(profile).find((file) => !before.includes(file));
    return new OnnxSession(session, path);
  }

  #open(): InferenceSession {
    if (this.#session === undefined) {
      throw new SessionError('graph/session-released', 'the session was released', {
        expected: 'a session in use',
        found: 'a session after release()',
        hint: 'Create a new session, or release it later.',
      });
    }
    return this.#session;
  }

  #wrap(feeds: Readonly<Record<string, OrtValue>>): OrtTensors {
    const sizes = new Map<string, { size: number; from: string }>();
    const tensors: OrtTensors = {};
    for (const info of this.inputs) tensors[info.name] = toOrtTensor(info, feeds[info.name], sizes);
    return tensors;
  }

  async #run(feeds: OrtTensors, fetches?: OrtTensors): Promise<OrtTensors> {
    const session = this.#open();
    try {
      const result = await (fetches === undefined
        ? session.run(feeds)
        : session.run(feeds, fetches));
      return result;
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause);
      throw new SessionError('graph/session-run', `ONNX Runtime failed: ${found}`, {
        expected: 'feeds whose values fit the model (indices in range)',
        found,
        cause,
      });
    }
  }

  /**
   * Runs the model once. Feeds that the model does not have are ignored.
   *
   * @throws {@link FeedError} for feeds that are missing or do not fit; {@link SessionError} after
   * `release()` and for failures inside ONNX Runtime.
   */
  async run(feeds: Readonly<Record<string, OrtValue>>): Promise<Record<string, OrtValue>> {
    this.#open();
    const results = await this.#run(this.#wrap(feeds));
    const values: Record<string, OrtValue> = {};
    for (const name of Object.keys(results)) {
      const { data, dims } = results[name];
      values[name] = { data: data as OrtData, dims };
    }
    return values;
  }

  /**
   * Prepares repeated runs on the same arrays: write new numbers into the fed arrays, then call the
   * returned function. Checks happen once, here.
   *
   * With `outputs` (arrays of the right size), results are written into them.
   *
   * @throws {@link FeedError} like {@link run}.
   */
  bind(
    feeds: Readonly<Record<string, OrtValue>>,
    outputs: Readonly<Record<string, OrtValue>> = {},
  ): () => Promise<Record<string, OrtValue>> {
    this.#open();
    const wrapped = this.#wrap(feeds);
    const free = new Map<string, { size: number; from: string }>();
    const targets = Object.keys(outputs).length === 0 ? undefined : ({} as OrtTensors);
    if (targets !== undefined) {
      for (const info of this.outputs) {
        targets[info.name] = toOrtTensor(info, outputs[info.name], free);
      }
    }
    return async () => (await this.#run(wrapped, targets)) as unknown as Record<string, OrtValue>;
  }

  /**
   * Writes the profile that `profile` asked for.
   *
   * @returns path of the file
   * @throws {@link SessionError} where none was asked for
   */
  endProfile(): string {
    const session = this.#open();
    if (this.#profile === undefined) {
      throw new SessionError('graph/session-no-profile', 'the session is not profiled', {
        expected: 'a session created with `profile`',
        found: 'one without',
        hint: 'Give `profile`, the beginning of the path of the file, when the session is created.',
      });
    }
    session.endProfiling();
    return this.#profile;
  }

  /** Frees the native session; a second call does nothing. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}
