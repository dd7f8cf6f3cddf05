// A training step, and energy and forces, against schnetpack in one run, on one core and on two.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as inferenceBench from '../../../packages/student/bench/inference.bench.mjs';
import * as stepBench from '../../../packages/train/bench/step.bench.mjs';
import { measured } from '../measured.mjs';
import { digits } from '../table.mjs';

const SIZES = ['32x2', '64x2', '128x3'];
const ATOMS = ['3', '21', '100', '500'];
/** The ending of a key, and how the two benchmarks call it. */
const CORES = [
  { suffix: '', step: '', inference: '', threads: 1 },
  { suffix: '_2cores', step: '/2-workers', inference: '/2-threads', threads: 2 },
];

const pair = (ours, ratio) => `${digits(ours)} (${digits(ratio, 2)}x)`;

/**
 * @param options.peers interpreter of the environment `schnetpack`
 * @param options.seconds least time per measurement, for a trial
 * @returns flat figures and two tables: our milliseconds, and how many times longer schnetpack takes
 */
export async function speed({ folder, peers, seconds }) {
  const where = join(folder, 'speed');
  mkdirSync(where, { recursive: true });
  const options = { peers, ...(seconds === undefined ? {} : { seconds }) };
  console.log('training steps');
  const steps = await measured(join(where, 'step.json'), stepBench, options);
  const calls = [];
  for (const { threads } of CORES) {
    console.log(`energy and forces, ${threads} thread${threads === 1 ? '' : 's'}`);
    const file = join(where, `inference-${threads}.json`);
    calls.push(await measured(file, inferenceBench, { ...options, threads }));
  }
  const figures = {};
  const stepRows = [];
  const inferenceRows = [];
  for (const size of SIZES) {
    const cells = CORES.map(({ suffix, step }) => {
      const ratio = steps[`step/${size}${step}/vs-schnetpack`];
      figures[`step_vs_schnetpack_${size}${suffix}`] = ratio;
      figures[`step_ms_${size}${suffix}`] = steps[`step/${size}${step}/ms`];
      return pair(steps[`step/${size}${step}/ms`], ratio);
    });
    stepRows.push([size, ...cells]);
    CORES.forEach(({ suffix, inference, threads }, k) => {
      const row = ATOMS.map((atoms) => {
        const name = `onnx${inference}/${size}/${atoms}`;
        const ratio = calls[k][`${name}/vs-schnetpack`];
        figures[`inference_vs_schnetpack_${size}_${atoms}${suffix}`] = ratio;
        figures[`inference_ms_${size}_${atoms}${suffix}`] = calls[k][name];
        return pair(calls[k][name], ratio);
      });
      inferenceRows.push([size, String(threads), ...row]);
    });
  }
  return {
    figures,
    steps: { columns: ['size', '1 core, ms', '2 cores, ms'], rows: stepRows },
    inference: {
      columns: ['size', 'cores', ...ATOMS.map((atoms) => `${atoms} atoms, ms`)],
      rows: inferenceRows,
    },
  };
}
