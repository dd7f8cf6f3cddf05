// Figures of the fused back end: time of a call against others, steps of molecular dynamics, distance from
// the limit of the machine, rounding.
import { accuracy } from './fused/accuracy.mjs';
import { limits } from './fused/limits.mjs';
import { md } from './fused/md.mjs';
import { describeNode } from './fused/node.mjs';
import { stages } from './fused/stages.mjs';
import { speed } from './fused/speed.mjs';
import { trainedStudent } from './fused/trainedStudent.mjs';
import { digits, rounded, table } from './table.mjs';

export const peers = ['reference', 'schnetpack', 'torch'];

/** Seconds of a measurement of a trial. */
const TRIAL_SECONDS = 0.05;

/**
 * @param means.trial short measurements, to see that everything runs
 * @param means.backend, means.ways in the place of the fused ones, for a trial
 */
export async function run({ root, folder, peers: python, trial = false, backend, ways }) {
  const node = describeNode();
  const trained = await trainedStudent({ root, folder, python: python.reference, trial });
  const seconds = trial ? TRIAL_SECONDS : undefined;
  const calls = await speed({ folder, peers: python, node, seconds, backend });
  const dynamics = await md({ folder, trained, node, trial, backend });
  const limit = limits({ node, milliseconds: calls.milliseconds });
  const inside = stages({ node, peak: limit.peak, seconds });
  const exact = accuracy({ trained, node, ways });
  const parts = [calls, dynamics, limit, inside, exact];
  return {
    figures: rounded({
      ...Object.assign({}, ...parts.map((part) => part.figures)),
      md_student_force_mae_mev: trained.forceError,
    }),
    text: textOf({ node, trained, calls, dynamics, limit, inside, exact }),
  };
}

const tableOf = ({ columns, rows }) => table(columns, rows);

function textOf({ node, trained, calls, dynamics, limit, inside, exact }) {
  const { counts, forceError } = trained;
  const relaxed = node.relaxed
    ? `${node.name}: a multiply-add is one instruction.`
    : `${node.name}: WebAssembly has no fused multiply-add.`;
  return `# Figures: the fused back end

How to read them: [fused.md](../fused.md). ${relaxed}

## A call

Energy and forces on one core: milliseconds of a whole call (neighbour list, network, sums; median), and how many times longer others take by medians (by the fastest calls). ONNX Runtime is the other back end of this package, in turn in the same process. schnetpack is 2.1.1 on current torch, its model alone, in a process of its own on the same core before and after; its smaller time counts. Random weights; the structures are water, aspirin and boxes of liquid ammonia, displaced between calls.

${tableOf(calls.calls)}

## Threads, and a large teacher

${tableOf(calls.others)}

Orb-v2's architecture has random weights and runs on ONNX Runtime in this process, on one core as the student.

## A step of molecular dynamics

Velocity Verlet at constant energy, ${dynamics.timestep} fs, aspirin (21 atoms) at 300 K, the size \`ultra-tiny\`: a student of GFN2-xTB, trained on ${digits(counts.train)} frames at 500 K (force error on ${digits(counts.test)} others: ${digits(forceError)} meV/A), so that the molecule stays whole. Medians of a step, and of the model alone on the same structures; the last column is a step with a model that costs nothing.

${tableOf(dynamics.times)}

The long run, on ${node.name}. Memory is sampled after a garbage collection, and its growth over the whole run is the Theil-Sen slope (95 % band) after the first fifth.

${tableOf(dynamics.long)}

## How far from the limit

Additions and multiplications that energy and forces need with tabulated filters, counted from the layers; the share of products with weights, which are per atom (the rest is per pair); and how fast they are done. The limit is what independent multiply-adds in registers reach in WebAssembly on one core of this machine, in GFLOP/s.

${tableOf(limit)}

## Where the time goes

Stages of the kernels, each timed alone, on ${node.name}: share of the time, and share of the peak at which it computes. Products per atom are all that is done between messages, pairs are found among candidates, and forces are summed in float64.

${tableOf(inside)}

## Rounding

Against the same network in float64: largest error of a force component as a part of the largest force component, and error of the energy in meV/atom. Random weights, and the trained student. The column of the table has the largest error of a tabulated filter and of its slope, as parts of the largest ones.

${tableOf(exact)}
`;
}
