import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  hotspots,
  type HotspotTable,
  insertTrace,
  type ProfileSystem,
  readTrace,
  type Trace,
  traceOfSpans,
} from '@mlffd/cuda-profiler';
import { type Backend, CALL_SPAN, loadStudent, profileStudent } from '@mlffd/student';

/** Atoms of the structure that is looked at, at most where there is a choice. */
const MOST_ATOMS = 100;

/**
 * Where the time of a call of a student goes, by operator and by block of the network: in calls of their own, as
 * they take longer with the clocks on.
 *
 * @param systems the largest of up to 100 atoms is taken, else the smallest
 */
export async function studentHotspots(
  folder: string,
  systems: readonly ProfileSystem[],
  { backend, signal }: { readonly backend: Backend; readonly signal: AbortSignal },
): Promise<HotspotTable[]> {
  const bySize = systems.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const system = bySize.findLast((one) => sizeOf(one) <= MOST_ATOMS) ?? bySize[0];
  const trace = await traceOf(folder, system, { backend, signal });
  const source = `${system.name}, ${backend}`;
  return (['block', 'operator'] as const).map((by) => ({ source, by, ...hotspots(trace, { by }) }));
}

const sizeOf = ({ atoms }: ProfileSystem): number => atoms.numbers.length;

/** Calls with what ONNX Runtime recorded within them, or with the stages of the kernels. */
async function traceOf(
  folder: string,
  { atoms }: ProfileSystem,
  { backend, signal }: { readonly backend: Backend; readonly signal: AbortSignal },
): Promise<Trace> {
  const traces = mkdtempSync(join(tmpdir(), 'mlffd-profile-'));
  try {
    const student = loadStudent(folder);
    const options = { backend, signal, folder: traces };
    const { spans, files } = await profileStudent(student, atoms, options);
    let trace = traceOfSpans(spans, { run: CALL_SPAN });
    for (const { path, span } of files) {
      const session = await readTrace(path);
      // What cannot be aligned stays one line: the session as a whole.
      trace = insertTrace(trace, session, { outer: span, inner: 'model_run' }) ?? trace;
    }
    return trace;
  } finally {
    rmSync(traces, { recursive: true, force: true });
  }
}
