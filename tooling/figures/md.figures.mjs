// Figures of molecular dynamics: drift at constant energy, students in other programs, validation.
import { join } from 'node:path';
import { conserved, conservedFigures, conservedTable } from './md/conserved.mjs';
import { dropInFigures, dropIns, dropInTable } from './md/dropIns.mjs';
import { studentsOf } from './md/students.mjs';
import { SYSTEMS } from './md/systems.mjs';
import { rounded, table } from './table.mjs';

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
    results.push({ system, students, found, engines });
  }
  const figures = Object.assign(
    {},
    ...results.map(({ system, found }) => conservedFigures(system.key, found)),
    dropInFigures(results),
  );
  figures.rss_growth_mb = Math.max(...SYSTEMS.map(({ key }) => figures[`rss_growth_mb_${key}`]));
  return { figures: rounded(figures), text: textOf(results) };
}

const tableOf = ({ columns, rows }) => table(columns, rows);

function textOf(results) {
  return `# Figures: molecular dynamics

${tableOf(conservedTable(results))}

${tableOf(dropInTable(results))}
`;
}
