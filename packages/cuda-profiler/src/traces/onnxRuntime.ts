import type { RawEvent, RawTrace } from './rawEvent.ts';
import { sortTrace, type Trace, type TraceEvent } from './trace.ts';
import { TrackTable } from './trackTable.ts';

const CATEGORIES = new Set(['Session', 'Node']);
/** Of the category of what runs on a device. */
const KERNEL = 'Kernel';
const SUFFIX = '_kernel_time';
/** The event of one call of `run`. */
const RUN = 'model_run';

/** Whether ONNX Runtime wrote it. */
export function isOnnxRuntimeTrace({ events }: RawTrace): boolean {
  return events.some(({ category }) => CATEGORIES.has(category));
}

/**
 * The trace of a profile of ONNX Runtime (format of 1.30): one file for each session, whole
 * microseconds since the session began to load.
 *
 * Names of nodes are paths, whose folders are the scope: `interaction0/grad/MatMul_12`.
 */
export function onnxRuntimeTrace({ events: entries, truncated, ignored }: RawTrace): Trace {
  const table = new TrackTable(entries);
  const events: TraceEvent[] = [];
  for (const entry of entries) {
    if (entry.ph !== 'X') continue;
    const { category, start, duration, args } = entry;
    const device = category === KERNEL;
    const track = device
      ? table.of('device', `stream ${streamOf(args)}`, 'gpu')
      : table.of(entry.process, entry.thread);
    const name = nodeName(entry.name);
    const operator = operatorOf(entry, name);
    events.push({
      ...{ name, category, track, start, duration, args },
      ...(operator === undefined ? {} : { operator }),
      ...(operator === undefined ? {} : scopeOf(nodeOf(entry, name))),
    });
  }
  const { tracks } = table;
  return sortTrace({
    ...{ source: 'onnxruntime', run: RUN, tracks, events, phases: [], truncated, ignored },
  });
}

function streamOf({ stream }: RawEvent['args']): string {
  return typeof stream === 'string' || typeof stream === 'number' ? String(stream) : '0';
}

function nodeName(name: string): string {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
}

/** Type of the node; kernels of a device have that of the node that launched them, where it is told. */
function operatorOf({ category, args }: RawEvent, name: string): string | undefined {
  if (typeof args.op_name === 'string' && args.op_name !== '') return args.op_name;
  return category === KERNEL || category === 'Node' ? name : undefined;
}

function nodeOf({ category, args }: RawEvent, name: string): string {
  if (category !== KERNEL) return name;
  return typeof args.parent_name === 'string' ? nodeName(args.parent_name) : '';
}

/** Folders of the name of a node; exporters of PyTorch begin names with a slash. */
function scopeOf(node: string): { scope?: string } {
  const scope = node.split('/').slice(0, -1).filter(Boolean).join('/');
  return scope === '' ? {} : { scope };
}
