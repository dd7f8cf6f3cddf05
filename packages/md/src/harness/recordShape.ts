import { LATENCY_SHAPE, MACHINE_SHAPE, shapes } from '@mlffd/core';

const { either, fields, list, map, nullable } = shapes;

const n = 'number';

const PHASE = fields({ share: n, latency: nullable(LATENCY_SHAPE) });

const LATENCY = fields({
  basis: 'string',
  steps: n,
  step: LATENCY_SHAPE,
  phases: fields({ integrator: PHASE, model: PHASE, output: PHASE, driver: PHASE }),
  pauses: fields({
    count: n,
    total: n,
    longest: n,
    kinds: map(n),
    share: n,
    steps: n,
    slowSteps: n,
  }),
  blocks: list(n),
  measuring: n,
});

const GROWTH = fields({ slope: n, low: n, high: n, grows: 'boolean' });

/** Shape of a `HarnessRecord`. */
export const RECORD_SHAPE: shapes.Shape = fields({
  schema: n,
  key: 'string',
  date: 'string',
  machine: MACHINE_SHAPE,
  subject: fields({ name: 'string', hash: 'string', details: map(either('string', n)) }),
  system: fields({
    name: 'string',
    atoms: n,
    formula: 'string',
    periodic: 'boolean',
    density: nullable(n),
    source: 'string',
    hash: 'string',
  }),
  settings: fields({
    timestep: n,
    picoseconds: n,
    temperature: n,
    equilibration: n,
    warmup: n,
    bondLimit: n,
    seed: n,
  }),
  relaxation: nullable(fields({ steps: n, converged: 'boolean', maxForce: n })),
  stability: fields({
    picoseconds: n,
    censored: 'boolean',
    reason: nullable('string'),
    message: nullable('string'),
    bonds: n,
    during: nullable('string'),
  }),
  energy: nullable(
    fields({
      slope: n,
      low: n,
      high: n,
      rms: n,
      driftOverFluctuation: n,
      times: list(n),
      values: list(n),
    }),
  ),
  temperature: nullable(
    fields({ mean: n, low: n, high: n, deviation: n, canonicalDeviation: n, values: list(n) }),
  ),
  latency: nullable(LATENCY),
  nsPerDay: nullable(n),
  list: nullable(fields({ cutoff: n, skin: n, rebuilds: n, latency: LATENCY_SHAPE })),
  memory: nullable(
    fields({
      growth: fields({ rss: GROWTH, heapUsed: GROWTH, external: GROWTH }),
      difference: fields({ rss: n, heapUsed: n, external: n }),
      peak: n,
    }),
  ),
  forces: nullable(
    fields({
      teacher: 'string',
      frames: n,
      forceMae: n,
      forceRmse: n,
      forceMax: n,
      energyMae: n,
      times: list(n),
      rmse: list(n),
    }),
  ),
});
