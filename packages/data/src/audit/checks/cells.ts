import { cellDeterminant, periodicCell } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { emptyLayers } from '../emptySpace.ts';
import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { allFinite, isPlausible } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Relative volume below which lattice vectors span nothing. */
const FLAT = 1e-8;
/** Atoms fill a cell whose empty layers are thinner than this along all axes, Angstrom. */
const FILLED = 3.5;
/** Fewer atoms say nothing about how a cell is filled. */
const FEW = 4;

/** Cells that contradict the flags of periodicity or the labels. */
export function cells(table: SourceTable): AuditCheck {
  const flat = new Concerned(table);
  const impossible = new Concerned(table);
  const lost = new Concerned(table);
  const stressed = new Concerned(table);
  const left = new Concerned(table);
  return {
    see({ index, structure: { atoms, stress } }) {
      const { cell, pbc } = atoms;
      if (!allFinite(cell) || !allFinite(atoms.positions)) return;
      const spans = spansVolume(atoms);
      if (!spans) flat.add(index);
      else if (!isPlausible(atoms)) impossible.add(index);
      if (stress !== undefined && !(spans && pbc.every(Boolean))) stressed.add(index);
      if (spans && pbc.every(Boolean) && cellDeterminant(cell) < 0) left.add(index);
      if (!pbc.includes(true) && isFilled(atoms)) lost.add(index);
    },
    findings: () => [
      ...flat.finding({
        check: 'zero-volume',
        severity: 'error',
        message: `the lattice vectors of the periodic axes span no volume in ${flat.count} structures`,
        fix: 'Give the lattice vectors, or set pbc to false.',
      }),
      ...impossible.finding({
        check: 'impossible-geometry',
        severity: 'error',
        message: `${impossible.count} structures have atoms beyond 1e6 A, or more atoms in a cell than matter can hold`,
        fix: 'Look at the units: cells in nm or Bohr, fractional coordinates read as Angstrom or the other way round.',
      }),
      ...stressed.finding({
        check: 'stress-without-volume',
        severity: 'error',
        message: `${stressed.count} structures have a stress but are not periodic along three axes`,
        fix: 'Leave the stress out, or set pbc if the structures are bulk.',
      }),
      ...lost.finding({
        check: 'lost-periodicity',
        severity: 'warning',
        message: `${lost.count} structures fill a cell (no empty layer of ${FILLED} A), but their pbc is false`,
        fix: 'Set pbc to true if this is bulk: without it, surfaces are taken for what was labelled as bulk. Remove the cell if these are molecules.',
      }),
      ...left.finding({
        check: 'left-handed-cell',
        severity: 'info',
        message: `${left.count} structures have left-handed lattice vectors, which some programs refuse`,
        fix: 'Nothing for training here; exchange two lattice vectors before exporting to LAMMPS.',
      }),
    ],
  };
}

function spansVolume({ cell, pbc }: Atoms): boolean {
  const axes = [0, 1, 2];
  const complete = periodicCell(cell, [pbc[0], pbc[1], pbc[2]]);
  const lengths = axes.map((k) =>
    Math.hypot(complete[3 * k], complete[3 * k + 1], complete[3 * k + 2]),
  );
  const product = lengths.reduce((a, b) => a * b, 1);
  return product > 0 && Math.abs(cellDeterminant(complete)) > FLAT * product;
}

function isFilled(atoms: Atoms): boolean {
  if (atoms.numbers.length < FEW) return false;
  return emptyLayers(atoms).every((layer) => layer > 0 && layer < FILLED);
}
