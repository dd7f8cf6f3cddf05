import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROBE_INPUT, probeModel } from './probeModel.ts';

/** The part of onnxruntime-node that is used. */
interface Runtime {
  readonly listSupportedBackends: () => readonly BackendFact[];
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
  readonly InferenceSession: {
    readonly create: (model: Uint8Array, options: object) => Promise<Session>;
  };
}

interface Session {
  readonly run: (
    feeds: object,
  ) => Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
  readonly endProfiling: () => void;
  readonly release: () => Promise<void>;
}

/** A provider that the runtime was compiled for, and whether its library comes with the package. */
interface BackendFact {
  readonly name: string;
  readonly bundled: boolean;
}

/** What the child tells. */
export type TrialReply =
  | { readonly type: 'backends'; readonly backends: readonly BackendFact[] }
  | {
      readonly type: 'ran';
      readonly output: readonly number[];
      /** ONNX Runtime's name of the provider that ran the node. */
      readonly ranOn: string | null;
      /** ms of loading the provider, of making the session, and of the first run. */
      readonly milliseconds: number;
    }
  | { readonly type: 'failed'; readonly reason: string };

function loadRuntime(path: string): Runtime {
  return createRequire(import.meta.url)(path) as Runtime;
}

/** The providers of the runtime at a path. */
export function listBackends(path: string): TrialReply {
  return { type: 'backends', backends: loadRuntime(path).listSupportedBackends() };
}

/**
 * Runs one node on one provider, and asks the profile where it really ran.
 *
 * @param folder an empty one for the profile
 */
export async function tryProvider(
  path: string,
  provider: string,
  folder: string,
): Promise<TrialReply> {
  const { InferenceSession, Tensor } = loadRuntime(path);
  const start = performance.now();
  const session = await InferenceSession.create(probeModel(), {
    executionProviders: [provider],
    // Else the node might be folded away before it is placed.
    graphOptimizationLevel: 'disabled',
    enableProfiling: true,
    profileFilePrefix: join(folder, 'trial'),
  });
  const x = new Tensor('float32', Float32Array.from(PROBE_INPUT), [PROBE_INPUT.length]);
  const { y } = await session.run({ x });
  const milliseconds = performance.now() - start;
  session.endProfiling();
  await session.release();
  return { type: 'ran', output: [...y.data], ranOn: placeOf(folder), milliseconds };
}

/** Without a provider of its own a node runs on the CPU, silently. */
function placeOf(folder: string): string | null {
  const [file] = readdirSync(folder);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly {
    readonly cat?: string;
    readonly args?: { readonly op_name?: string; readonly provider?: string };
  }[];
  const node = events.find(({ cat, args }) => cat === 'Node' && args?.op_name === 'Mul');
  return node?.args?.provider ?? null;
}
