// Figures of the profiler: what it costs, what it finds, and profiles of students and teachers.
import { join } from 'node:path';
import { hotspotFigures } from './profiler/hotspots.mjs';
import { leaks } from './profiler/leaks.mjs';
import { remembered } from './measured.mjs';
import { overhead } from './profiler/overhead.mjs';
import { profiles } from './profiler/profiles.mjs';
import { baselineTable, teacherBaselines } from './profiler/teachers.mjs';
import { digits, rounded, table } from './table.mjs';

export const peers = ['reference', 'torch', 'jax', 'mace'];

/** @param means.trial short runs, to see that everything runs */
export async function run({ root, folder, peers, trial = false }) {
  const cost = await overhead();
  const found = await leaks({ folder, trial });
  const measured = await profiles({ folder, python: peers.reference, trial });
  // Those of this machine are kept in the repository, to compare with.
  const kept = trial ? join(folder, 'baselines') : join(root, 'docs', 'figures', 'baselines');
  const baselines = await remembered(join(folder, 'baselines.json'), () =>
    teacherBaselines({ root, folder: kept, peers, trial, log: console.log }),
  );
  const hot = await hotspotFigures({ folder, trial });
  const parts = [cost, found, measured, hot];
  return {
    figures: rounded(Object.assign({}, ...parts.map((part) => part.figures))),
    text: textOf({ cost, found, measured, baselines, hot }),
  };
}

const tableOf = ({ columns, rows }) => table(columns, rows);

function textOf({ cost, found, measured, baselines, hot }) {
  return `# Figures: the profiler

## What taking the times costs

Microseconds per call, of a calculator that does nothing: with the recorder less without, medians of 20 measurements. A recorded call leaves ${digits(cost.figures.wrapper_bytes_per_call)} bytes to the garbage collector.

${tableOf(cost.table)}

## Leaks

Runs of ${digits(found.calls)} calls with 22 atoms, each in a process of its own, memory sampled 100 times. \`forced\` is \`node --expose-gc\`; \`provoked\` is plain Node, where large buffers that are dropped at once make V8 collect. The slope has a band of 99.9 %, and a leak is one that is wholly above zero and goes on: memory that only fluctuates is called a leak in at most 0.2 % of the runs (0.05 % for each of four tracks). Of ${found.figures.leak_runs} runs that keep 1 kB per call, ${found.figures.leak_runs_found} were called leaks; of ${found.figures.clean_runs} clean ones, ${found.figures.false_leaks}, of which ${found.figures.clean_runs_blind} fluctuated too much to show 1 kB per call in the heap. The same runs, looked at after every 50 calls from ${digits(found.figures.leak_first_look_calls)} on as if they had ended there: ${found.figures.false_leak_looks} of ${digits(found.figures.clean_looks, 5)} looks at clean runs saw a leak, and a leak counts as found from where every longer look sees it. Ranges are over the runs of a row.

${tableOf(found.table)}

## Profiles

Energy and forces of water at four sizes, one thread; students have random weights; \`gfn2-xtb\` has open clusters, and none of 500 atoms, where one call takes over a minute. Calls until 2,000 or 10 s; those of the warm-up, which is found, do not count. Garbage collector: pauses within calls as part of their time. Memory is watched in a run of its own where at least 100 calls fit into 10 s.

${tableOf(measured.calls)}

Time of a call by the number of edges (both directions within the cutoff of the calculator) or, where it has no cutoff, of atoms: fixed part and part of each, with bands of 95 %.

${tableOf(measured.laws)}

## Baselines of teachers

\`npm run baselines\` measures these and keeps their profiles ([here](baselines) those of this machine), which \`mlffd profile TEACHER --compare FOLDER\` finds again. Median times of energy and forces on one thread, with the number of atoms; sizes stop where a call may take ten seconds. Times do not depend on weights, so that teachers whose weights are not to be had here have random ones.

${tableOf(baselineTable(baselines))}

## Hotspots

Self times of the operators of ONNX Runtime with its own lines between them (profiling on, one thread), and of the stages of the kernels, summed up and against the program's clock around the same session or call. Times with profiling are longer than without.

${tableOf(hot.sums)}

${tableOf(hot.blocks)}
`;
}
