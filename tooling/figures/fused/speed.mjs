// The benchmark of the fused back end.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fusedBench from '../../../packages/student/bench/fused.bench.mjs';
import { measured } from '../measured.mjs';
import { digits } from '../table.mjs';

export const SIZES = ['32x2', '64x2', '128x3', 'ultra-tiny', 'tiny'];
export const ATOMS = ['3', '21', '100', '500'];
/** Against schnetpack, in the order of `ATOMS`. */
const GOALS = { '32x2': [100, 25, 20, 20], '64x2': [40, 11, 13, 13], '128x3': [9, 5, 9, 9] };
const THREADS_GOAL = 1.7;
const ORB_GOAL = 100;

const keyOf = (name) => name.replaceAll('-', '_');
const times = (value, least) => `${digits(value)}x (${digits(least)}x)`;

/** A ratio by medians and, in brackets, by the fastest calls; a dash where it was not measured. */
const ratio = (values, name) =>
  values[name] === undefined ? '-' : times(values[name], values[`${name}/min`]);

function figuresOf(values) {
  const figures = { relaxed_simd: values['fused/relaxed-simd'] === 1 };
  const take = (key, name) => {
    if (values[name] !== undefined) figures[keyOf(key)] = values[name];
  };
  for (const size of SIZES) {
    for (const atoms of ATOMS) {
      const name = `fused/${size}/${atoms}`;
      take(`fused_ms_${size}_${atoms}`, name);
      take(`onnx_ms_${size}_${atoms}`, `${name}/onnx-ms`);
      take(`schnetpack_ms_${size}_${atoms}`, `${name}/schnetpack-ms`);
      take(`vs_onnx_${size}_${atoms}`, `${name}/vs-onnx`);
      take(`vs_schnetpack_${size}_${atoms}`, `${name}/vs-schnetpack`);
    }
    take(`vs_1_thread_${size}_500`, `fused/${size}/500/2-threads/vs-1-thread`);
  }
  take('vs_orb_tiny_22', 'fused/tiny/22/vs-orb');
  return figures;
}

/** Every size and structure. */
function callTable(values, { relaxed }) {
  return {
    columns: [
      ...['size', 'atoms', 'ONNX Runtime, ms', 'schnetpack, ms', 'goal'],
      ...[`${relaxed ? 'relaxed SIMD' : 'SIMD'}, ms`, 'vs ONNX Runtime', 'vs schnetpack'],
    ],
    rows: SIZES.flatMap((size) =>
      ATOMS.map((atoms, k) => {
        const name = `fused/${size}/${atoms}`;
        const peer = values[`${name}/schnetpack-ms`];
        return [
          ...[size, atoms, digits(values[`${name}/onnx-ms`])],
          peer === undefined ? '-' : digits(peer),
          GOALS[size] === undefined ? '' : `>= ${GOALS[size][k]}x`,
          digits(values[name]),
          ratio(values, `${name}/vs-onnx`),
          ratio(values, `${name}/vs-schnetpack`),
        ];
      }),
    ),
  };
}

function otherTable(values, node) {
  const row = (what, goal, name) => [what, goal, ratio(values, name)];
  const orb = values['fused/tiny/22/orb-ms'];
  return {
    columns: ['', 'goal', node.name],
    rows: [
      ...SIZES.map((size) =>
        row(
          `${size}, 500 atoms, 2 threads against 1`,
          `>= ${THREADS_GOAL}x`,
          `fused/${size}/500/2-threads/vs-1-thread`,
        ),
      ),
      row(
        `\`tiny\`, 22 atoms, against Orb-v2's architecture${orb === undefined ? '' : ` (${digits(orb)} ms)`}`,
        `>= ${ORB_GOAL}x`,
        'fused/tiny/22/vs-orb',
      ),
    ],
  };
}

/**
 * @param options.node as `describeNode` tells it
 * @param options.peers interpreters of the environments `schnetpack` and `torch`, where there are
 * @param options.seconds of each measurement and `options.backend`, for a trial
 * @returns flat figures, two tables, and milliseconds of a call by size and atoms
 */
export async function speed({ folder, peers, node, seconds, backend }) {
  const where = join(folder, 'speed');
  mkdirSync(where, { recursive: true });
  const trial = {
    ...(seconds === undefined ? {} : { seconds }),
    ...(backend === undefined ? {} : { backend }),
  };
  console.log(`speed: ${node.name}`);
  const { execArgv } = node;
  const values = await measured(join(where, 'bench.json'), fusedBench, {
    peers,
    execArgv,
    ...trial,
  });
  return {
    figures: figuresOf(values),
    calls: callTable(values, node),
    others: otherTable(values, node),
    milliseconds: (size, atoms) => values[`fused/${size}/${atoms}`],
  };
}
