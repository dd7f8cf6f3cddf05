// Steps of molecular dynamics with a trained student: what they cost beyond the model, and a long run.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { remembered } from '../measured.mjs';
import { digits, duration } from '../table.mjs';

const SCRIPT = join(import.meta.dirname, 'mdRun.mjs');
/** Of the steps and of the calls of the model alone. */
const SECONDS = 5;
const STEPS = 1_000_000;
const TRIAL = { seconds: 0.5, steps: 2000 };
const OVERHEAD_GOAL = 10;
const MB = 2 ** 20;

const overhead = ({ step, call }) => 100 * (step / call - 1);
const keyOf = {
  rss: 'rss_growth_mb',
  heapUsed: 'heap_growth_mb',
  external: 'external_growth_mb',
  arrayBuffers: 'array_buffers_growth_mb',
};

function figuresOf(found) {
  const { step, call, inRun, free, long } = found;
  const figures = {
    md_step_us: step,
    md_call_us: call,
    md_call_in_run_us: inRun,
    md_free_step_us: free,
    md_overhead_percent: overhead(found),
  };
  if (long === undefined) return figures;
  for (const [name, key] of Object.entries(keyOf)) {
    figures[key] = long.memory[name].growth / MB;
  }
  return {
    ...figures,
    md_steps: long.steps,
    md_seconds: long.seconds,
    md_drift: long.drift.slope,
    md_worst_bond: long.worst,
    md_temperature: long.temperature,
  };
}

const band = ({ growth, low, high }) =>
  `${digits(growth / MB, 2)} MB (${digits(low / MB, 2)} to ${digits(high / MB, 2)})`;

function longRows({ steps, seconds, memory, drift, worst, temperature }) {
  return [
    ['steps', digits(steps, 7)],
    ['time', duration(seconds)],
    ['mean temperature', `${digits(temperature)} K`],
    [
      'drift of the energy, meV/atom/ps',
      `${digits(drift.slope, 2)} (${digits(drift.low, 2)} to ${digits(drift.high, 2)})`,
    ],
    ['largest stretch of a bond', `${digits(worst, 2)} Angstrom`],
    ['growth of the resident memory', band(memory.rss)],
    ['growth of the heap', band(memory.heapUsed)],
    ['growth of memory outside the heap', band(memory.external)],
    ['of it array buffers', band(memory.arrayBuffers)],
  ];
}

/**
 * @param options.trained folder of a student and a structure, as `trainedStudent` gives them
 * @param options.node as `describeNode` tells it
 * @param options.trial short measurements
 * @returns flat figures, a table of times and a table of the long run
 */
export async function md({ folder, trained, node, trial = false, backend = 'fused' }) {
  const where = join(folder, 'md');
  mkdirSync(where, { recursive: true });
  const { seconds, steps } = trial ? TRIAL : { seconds: SECONDS, steps: STEPS };
  console.log(`molecular dynamics: ${node.name}`);
  const file = join(where, `${backend}-${steps}.json`);
  const request = { student: trained.folder, start: trained.start, backend, seconds, steps };
  const args = [...node.execArgv, '--expose-gc', SCRIPT];
  const found = await remembered(file, () => ask(process.execPath, args, { request, cores: 1 }));
  return {
    figures: figuresOf(found),
    timestep: found.timestep,
    times: {
      columns: [
        '',
        'step, us',
        'model alone, us',
        'beyond the model',
        'goal',
        'free model, us/step',
      ],
      rows: [
        [
          node.name,
          digits(found.step),
          digits(found.call),
          `${digits(overhead(found), 2)} %`,
          `<= ${OVERHEAD_GOAL} %`,
          digits(found.free),
        ],
      ],
    },
    long: { columns: ['', 'measured'], rows: longRows(found.long) },
  };
}
