// Figures of molecular dynamics: drift at constant energy, students in other programs, validation.
import { join } from 'node:path';
import { conserved, conservedFigures, conservedTable } from './md/conserved.mjs';
import { dropInFigures, dropIns, dropInTable } from './md/dropIns.mjs';
import { validated, validationFigures, validationTable } from './md/presets.mjs';
import { studentsOf } from './md/students.mjs';
import { SYSTEMS } from './md/systems.mjs';
import { compared, variantFigures, variantTable } from './md/variant.mjs';
import { digits, rounded, table } from './table.mjs';

export const peers = ['reference'];

const plain = ({ numbers, positions, cell, pbc }) => ({
  numbers: [...numbers],
  positions: [...positions],
  cell: [...cell],
  pbc: [...pbc],
});

/** @param means.trial fewer epochs, short runs: to see that everything works */
export async function run({ root, folder, peers: { reference: python }, trial = false }) {
  const results = [];
  for (const system of SYSTEMS) {
    const where = join(folder, system.key);
    const { data, students } = await studentsOf(system, { root, folder, python, trial });
    const student = students[system.preset].folder;
    const start = plain(await system.start(data));
    const found = await conserved({ system, student, start, folder: where, trial });
    const engines = await dropIns({ root, system, student, found, folder: where, python });
    const means = { root, system, students, start, found, folder: where, python, trial };
    const presets = system.presets === undefined ? undefined : await validated(means);
    const variant =
      system.variant === undefined ? undefined : await compared(means, system.variant);
    results.push({ system, students, found, engines, presets, variant });
  }
  const figures = Object.assign(
    {},
    ...results.map(({ system, found }) => conservedFigures(system.key, found)),
    dropInFigures(results),
    validationFigures(presetsOf(results)),
    ...results.flatMap(({ variant }) => (variant === undefined ? [] : [variantFigures(variant)])),
  );
  figures.rss_growth_mb = Math.max(...SYSTEMS.map(({ key }) => figures[`rss_growth_mb_${key}`]));
  return { figures: rounded(figures), text: textOf(results) };
}

const presetsOf = (results) => results.find(({ presets }) => presets !== undefined).presets;

/** The comparison of students with and without something, and the system that it was made with. */
const variantOf = (results, key) => results.find(({ variant }) => variant?.key === key);

const tableOf = ({ columns, rows }) => table(columns, rows);

function textOf(results) {
  const forceErrors = results
    .map(({ system, students }) => {
      const { force_mae_meV_A: error, force_r2: r2 } = students[system.preset].results;
      return `${system.title} ${digits(error)} (R2 ${r2.toFixed(4)})`;
    })
    .join(', ');
  const softened = variantOf(results, 'softening');
  return `# Figures: molecular dynamics

Students of this project, each trained on a few hundred frames of its teacher's dynamics by \`mlffd data build\` and \`mlffd train\` (recipes and configurations in tooling/figures/md). Errors of forces on frames held out at random, meV/A: ${forceErrors}. CHGNet was made for crystals: it keeps water molecules whole and mixes them, and more is not claimed of this water.

## Constant energy

Velocity Verlet at ${digits(results[0].found.timestep)} fs for ${digits(results[0].found.picoseconds)} ps, one core, after a relaxation and a bath. The drift is the slope of the total energy with a band that holds for correlated energies; the fluctuation is about that line. Memory is sampled after a garbage collection, and its growth over the run is the Theil-Sen slope after the first fifth. Time of a step is a median of pieces of dynamics without frames.

${tableOf(conservedTable(results))}

## Softened lengths of vectors

The size \`${softened.system.preset}\` of ${softened.system.title} once more, from the same frames, with the smallest length of a vector feature that schnetpack has: where vectors pass zero the energy then has a kink ([why](../../packages/student/README.md#smooth-energies-normsoftening)).

${tableOf(variantTable(softened.variant))}

## The same steps in ASE

A hundred steps of ASE's \`VelocityVerlet\` from where the runs above begin, with the [Python package](../engines.md) on ONNX Runtime, and with \`mlffd serve\` behind ASE's \`SocketIOCalculator\`: how far the farthest force and position of any step are from ours. The network runs in float32; its back ends differ by rounding. Times are medians of a step on one core.

${tableOf(dropInTable(results))}

## Validation of three sizes

\`mlffd validate\` on ${presetsOf(results).length} sizes of students of ${results[0].system.teacherName} for ${results[0].system.title}, same data, same epochs. Goals and what each use requires are in [@mlffd/md](../../packages/md#validation).

${tableOf(validationTable(presetsOf(results)))}
`;
}
