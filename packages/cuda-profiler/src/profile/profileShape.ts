import { LATENCY_SHAPE, MACHINE_SHAPE, shapes } from '@mlffd/core';

const { either, fields, list, map, nullable } = shapes;
const n = 'number';

const TRACKS = ['rss', 'native', 'heapUsed', 'external', 'arrayBuffers'] as const;
const ofTracks = (shape: shapes.Shape): shapes.Shape =>
  fields(Object.fromEntries(TRACKS.map((name) => [name, shape])));

const GROWTH = fields({
  slope: n,
  low: n,
  high: n,
  grows: 'boolean',
  total: n,
  correlation: n,
  warmup: n,
});

const MEMORY = fields({
  leaks: 'boolean',
  where: list('string'),
  growth: ofTracks(GROWTH),
  resolution: ofTracks(n),
  confidence: n,
  calls: n,
  samples: n,
  collection: 'string',
  series: fields({
    calls: list(n),
    rss: list(n),
    heapUsed: list(n),
    external: list(n),
    arrayBuffers: list(n),
  }),
});

const SYSTEM = fields({
  name: 'string',
  calculator: 'string',
  atoms: n,
  edges: nullable(n),
  properties: list('string'),
  hash: 'string',
  calls: n,
  lost: n,
  firstCall: nullable(n),
  warmup: fields({ calls: n, settled: 'boolean' }),
  latency: LATENCY_SHAPE,
  drift: nullable(fields({ slope: n, low: n, high: n, confidence: n, drifts: 'boolean' })),
  pauses: fields({
    count: n,
    total: n,
    longest: n,
    kinds: map(n),
    share: n,
    spans: n,
    slowSpans: n,
  }),
  blocks: list(n),
  phases: list(fields({ name: 'string', calls: n, duration: n, busy: n, p50: nullable(n) })),
  course: list(n),
  peaks: map(n),
  energy: nullable(
    fields({
      power: n,
      idlePower: nullable(n),
      perCall: n,
      abovePerCall: nullable(n),
      readings: n,
      seconds: n,
      reliable: 'boolean',
    }),
  ),
  allocation: nullable(fields({ heap: n, external: n })),
  memory: nullable(MEMORY),
});

const BANDED = fields({ value: n, low: n, high: n });

/** Shape of a `ProfileRecord`. */
export const PROFILE_SHAPE: shapes.Shape = fields({
  format: 'string',
  schema: n,
  date: 'string',
  machine: MACHINE_SHAPE,
  subject: fields({ name: 'string', hash: 'string', details: map(either('string', n)) }),
  overhead: fields({ synchronous: n, promised: n }),
  systems: list(SYSTEM),
  law: nullable(
    fields({
      variable: 'string',
      fixed: BANDED,
      each: BANDED,
      exponent: BANDED,
      error: nullable(n),
      confidence: n,
      sizes: n,
    }),
  ),
});
