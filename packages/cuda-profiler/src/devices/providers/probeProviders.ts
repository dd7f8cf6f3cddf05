import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AbortedError } from '@mlffd/core';
import { PROBE_OUTPUT } from './probeModel.ts';
import type { TrialReply } from './providerTrial.ts';
import { loadReason } from './reason.ts';

/** The first use of a GPU compiles kernels, which may take this long, ms. */
const PATIENCE_MS = 120_000;
/** Log of a child that is kept, characters. */
const MOST_LOG = 20_000;

/** Why a provider cannot be used. */
export interface ProviderFailure {
  /**
   * `not-loaded`: the runtime refused it; `crashed`: its library ended the process; `timeout`: no
   * answer; `fell-back`: the node ran on the CPU all the same; `wrong`: the result is wrong.
   */
  readonly kind: 'not-loaded' | 'crashed' | 'timeout' | 'fell-back' | 'wrong';
  readonly reason: string;
}

/** An execution provider of ONNX Runtime. */
export interface ProviderProbe {
  /** As in `executionProviders`: `cpu`, `cuda`, `webgpu` ... */
  readonly name: string;
  /** Its library comes with the package. */
  readonly bundled: boolean;
  /** It ran a node, and the result is right. */
  readonly loads: boolean;
  /** ms of loading, of making a session, and of the first run. */
  readonly milliseconds: number | null;
  readonly failure: ProviderFailure | null;
}

/** An onnxruntime-node, and what of it works here. */
export interface RuntimeProbe {
  readonly version: string | null;
  /** Folder of the package. */
  readonly folder: string | null;
  readonly providers: readonly ProviderProbe[];
  /** Why the runtime itself does not load. */
  readonly failure: ProviderFailure | null;
}

export interface ProbeProvidersOptions {
  /** Longest time of one provider, ms. Default 120,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries every execution provider that an onnxruntime-node was compiled for with a model of one node,
 * each in a process of its own, which a library that does not fit may take down.
 *
 * @param runtime its main file, as `createRequire(import.meta.url).resolve('onnxruntime-node')` finds it
 * @throws AbortedError `profiler/aborted`
 */
export async function probeProviders(
  runtime: string,
  options: ProbeProvidersOptions = {},
): Promise<RuntimeProbe> {
  // Here and not in the child, which may not live to remove it.
  const root = mkdtempSync(join(tmpdir(), 'mlffd-providers-'));
  try {
    return await probeIn(root, runtime, options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function probeIn(
  root: string,
  runtime: string,
  options: ProbeProvidersOptions,
): Promise<RuntimeProbe> {
  const about = packageOf(runtime);
  const listed = await trial([runtime, root], options);
  if (listed.reply?.type !== 'backends') {
    return { ...about, providers: [], failure: failureOf(listed, options) };
  }
  const providers: ProviderProbe[] = [];
  for (const { name, bundled } of listed.reply.backends) {
    const outcome = await trial([runtime, mkdtempSync(join(root, 'trial-')), name], options);
    const { reply } = outcome;
    const failure = reply?.type === 'ran' ? judge(name, reply) : failureOf(outcome, options);
    providers.push({
      name,
      bundled,
      loads: failure === null,
      milliseconds: reply?.type === 'ran' ? reply.milliseconds : null,
      failure,
    });
  }
  return { ...about, providers, failure: null };
}

/** How a child ended. */
interface Outcome {
  readonly reply: TrialReply | undefined;
  /** Signal or exit code. */
  readonly end: string;
  readonly late: boolean;
  readonly log: string;
}

function trial(args: readonly string[], options: ProbeProvidersOptions): Promise<Outcome> {
  const { timeout = PATIENCE_MS, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted(signal));
      return;
    }
    const child = fork(childFile(), args, { execArgv: [], silent: true });
    let reply: TrialReply | undefined;
    let log = '';
    let late = false;
    const keep = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-MOST_LOG);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeout);
    signal?.addEventListener('abort', kill, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    child.on('message', (message) => {
      reply = message as TrialReply;
    });
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, ended) => {
      settle();
      if (signal?.aborted === true) reject(aborted(signal));
      else resolve({ reply, end: ended ?? `exit code ${code ?? -1}`, late, log });
    });
  });
}

function failureOf(
  outcome: Outcome,
  { timeout = PATIENCE_MS }: ProbeProvidersOptions,
): ProviderFailure {
  const { reply, end, late, log } = outcome;
  if (reply?.type === 'failed') {
    return { kind: 'not-loaded', reason: loadReason(reply.reason, log) };
  }
  if (late) return { kind: 'timeout', reason: `no answer within ${timeout / 1000} s` };
  const last = loadReason('', log);
  return {
    kind: 'crashed',
    reason: `the process ended with ${end}${last === '' ? '' : `: ${last}`}`,
  };
}

function judge(
  name: string,
  { output, ranOn }: Extract<TrialReply, { readonly type: 'ran' }>,
): ProviderFailure | null {
  if (output.length !== PROBE_OUTPUT.length || PROBE_OUTPUT.some((y, k) => output[k] !== y)) {
    const reason = `1, 2, 3 squared are ${output.join(', ')}`;
    return { kind: 'wrong', reason };
  }
  if (name !== 'cpu' && ranOn === 'CPUExecutionProvider') {
    return { kind: 'fell-back', reason: 'the node ran on the CPU' };
  }
  return null;
}

/** The package that a file belongs to. */
function packageOf(runtime: string): Pick<RuntimeProbe, 'version' | 'folder'> {
  for (let folder = dirname(runtime); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string };
      return { version: version ?? null, folder };
    }
    if (dirname(folder) === folder) return { version: null, folder: null };
  }
}

function aborted(signal: AbortSignal): AbortedError {
  return new AbortedError('profiler/aborted', 'trying providers was stopped', {
    cause: signal.reason,
  });
}

function childFile(): string {
  const beside = new URL('./providerChild.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  return fileURLToPath(
    new URL('../../../dist/devices/providers/providerChild.js', import.meta.url),
  );
}
