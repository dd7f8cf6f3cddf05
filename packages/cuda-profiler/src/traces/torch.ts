import type { RawEvent, RawTrace } from './rawEvent.ts';
import { type Place, placesOf, scopeField } from './scopes.ts';
import { sortTrace, type Trace, type TraceEvent, type TracePhase } from './trace.ts';
import { TrackTable } from './trackTable.ts';

/** Categories of old versions by their names of today. */
const RENAMED: Readonly<Record<string, string>> = {
  Operator: 'cpu_op',
  Kernel: 'kernel',
  Memcpy: 'gpu_memcpy',
  Memset: 'gpu_memset',
  Runtime: 'cuda_runtime',
};
const DEVICE = new Set(['kernel', 'gpu_memcpy', 'gpu_memset']);
const LAUNCH = new Set(['cuda_runtime', 'cuda_driver']);
const OPERATOR = 'cpu_op';
const ANNOTATION = 'user_annotation';
/** Spans of the whole profile, waiting of streams, and copies of annotations: no work of their own. */
const NO_WORK = new Set(['Trace', 'cuda_sync', 'gpu_user_annotation']);
/** Annotation of one step of the profiler's schedule. */
const STEP = 'ProfilerStep';
const MODULE = 'nn.Module: ';
const WRITERS = new Set([...DEVICE, ...LAUNCH, OPERATOR, ...Object.keys(RENAMED)]);

/** Whether torch.profiler (Kineto) wrote it. */
export function isTorchTrace({ events, values }: RawTrace): boolean {
  if (values.has('schemaVersion')) return true;
  return events.some(({ category }) => category !== 'Kernel' && WRITERS.has(category));
}

interface Item {
  readonly entry: RawEvent;
  readonly category: string;
  readonly track: number;
  readonly start: number;
  readonly duration: number;
}

/**
 * The trace of torch.profiler.
 *
 * Annotations (`record_function`, steps) are phases; they and modules, where the profiler was told to
 * record them, are the scopes of the operators in them. Kernels belong to the operator in which they
 * were launched: by correlation with the launch, else by the external id.
 */
export function torchTrace({ events: entries, truncated, ignored }: RawTrace): Trace {
  const table = new TrackTable(entries);
  const items: Item[] = [];
  for (const entry of entries) {
    if (entry.ph !== 'X' || NO_WORK.has(entry.category)) continue;
    const category = RENAMED[entry.category] ?? entry.category;
    const kind = DEVICE.has(category) ? 'gpu' : 'cpu';
    const track = table.of(entry.process, entry.thread, kind);
    items.push({ entry, category, track, start: entry.start, duration: entry.duration });
  }
  const places = placesOf(items, scopePart);
  const links = new Links(items, places);
  const events: TraceEvent[] = [];
  const phases: TracePhase[] = [];
  for (const item of items) {
    const { entry, category, track, start, duration } = item;
    const { name, args } = entry;
    if (category === ANNOTATION) phases.push({ name, track, start, duration });
    else {
      const event = { name, category, track, start, duration, args };
      events.push({ ...event, ...meaning(item, places, links) });
    }
  }
  const { tracks } = table;
  const steps = phases.some(({ name }) => name.startsWith(`${STEP}#`));
  return sortTrace({
    ...{ source: 'torch', tracks, events, phases, truncated, ignored },
    ...(steps ? { run: STEP } : {}),
  });
}

type Places = ReadonlyMap<Item, Place<Item>>;

function scopePart({ entry: { name }, category }: Item): string | undefined {
  if (name.startsWith(MODULE)) return name.slice(MODULE.length);
  return category === ANNOTATION && !name.startsWith(`${STEP}#`) ? name : undefined;
}

type Meaning = Pick<TraceEvent, 'operator' | 'scope' | 'launch'>;

function meaning(item: Item, places: Places, links: Links): Meaning {
  const path = places.get(item)?.path ?? [];
  const { entry, category } = item;
  if (category === OPERATOR) return { operator: entry.name, ...scopeField(path) };
  if (!DEVICE.has(category)) return scopeField(path);
  const launch = links.launchOf(item);
  const operator = links.operatorOf(item);
  return {
    operator: operator?.entry.name ?? entry.name,
    ...scopeField(places.get(launch ?? operator ?? item)?.path ?? []),
    ...(launch === undefined ? {} : { launch: launch.start }),
  };
}

/** Finds what launched a kernel. */
class Links {
  readonly #launches = new Map<unknown, Item>();
  readonly #operators = new Map<unknown, Item>();
  readonly #places: Places;

  constructor(items: readonly Item[], places: Places) {
    this.#places = places;
    for (const item of items) {
      const { args } = item.entry;
      if (LAUNCH.has(item.category)) this.#launches.set(args.correlation, item);
      else if (item.category === OPERATOR) this.#operators.set(externalId(item), item);
    }
    this.#launches.delete(undefined);
    this.#operators.delete(undefined);
  }

  launchOf(item: Item): Item | undefined {
    return this.#launches.get(item.entry.args.correlation);
  }

  operatorOf(item: Item): Item | undefined {
    const launch = this.launchOf(item);
    let around = launch === undefined ? undefined : this.#places.get(launch)?.parent;
    while (around !== undefined && around.category !== OPERATOR) {
      around = this.#places.get(around)?.parent;
    }
    return around ?? this.#operators.get(externalId(item));
  }
}

/** Two spellings were in use. */
function externalId({ entry: { args } }: Item): unknown {
  return args['External id'] ?? args['external id'];
}
