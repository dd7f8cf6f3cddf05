import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BAR, cellDeterminant, fileSystemError, pressureOf } from '@mlffd/core';
import type { MdFrame } from '@mlffd/md';
import { ownFile } from './folder.ts';
import { StepLog } from './stepLog.ts';

/** Columns of `energies.csv`, units in their names. */
const COLUMNS = [
  'step',
  'time_fs',
  'potential_eV',
  'kinetic_eV',
  'total_eV',
  'conserved_eV',
  'temperature_K',
] as const;

/** Columns more under a barostat. */
const CELL_COLUMNS = ['volume_A3', 'pressure_bar'] as const;

type Column = (typeof COLUMNS)[number] | (typeof CELL_COLUMNS)[number];

/** Values of the columns that there are. */
export type Energies = Readonly<
  Record<(typeof COLUMNS)[number], number[]> & Partial<Record<Column, number[]>>
>;

/** `energies.csv` of a run; `lastStep` where it goes on. */
export function energyLog(
  folder: string,
  { hasCell, lastStep }: { readonly hasCell: boolean; readonly lastStep: number | undefined },
): StepLog {
  return new StepLog(ownFile(folder, 'energies'), {
    header: [...COLUMNS, ...(hasCell ? CELL_COLUMNS : [])].join(','),
    stepOf: (line) => (/^\d+,/.test(line) ? Number.parseInt(line, 10) : undefined),
    lastStep,
  });
}

/** Numbers are written so that every bit comes back. */
export function energyLine(frame: MdFrame, hasCell: boolean): string {
  const { step, time, energy, kinetic, total, conserved, temperature, stress, atoms } = frame;
  const values = [step, time, energy, kinetic, total, conserved, temperature];
  if (hasCell && stress !== undefined) {
    const volume = Math.abs(cellDeterminant(atoms.cell));
    // Virial of the calculator and the ideal gas part of the atoms' motion.
    const pressure = pressureOf(stress) + (2 * kinetic) / (3 * volume);
    values.push(volume, pressure / BAR);
  }
  return values.join(',');
}

/**
 * Reads `energies.csv` back.
 *
 * @throws FileSystemError
 */
export async function readEnergies(folder: string): Promise<Energies> {
  const path = ownFile(folder, 'energies');
  const columns: number[][] = [];
  let names: readonly string[] | undefined;
  try {
    for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
      const cells = line.split(',');
      if (names === undefined) {
        names = cells;
        columns.push(...cells.map(() => []));
      } else if (cells.length === names.length) {
        for (const [k, cell] of cells.entries()) columns[k].push(Number(cell));
      }
    }
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
  const found = Object.fromEntries((names ?? []).map((name, k) => [name, columns[k]]));
  const empty = Object.fromEntries(COLUMNS.map((name) => [name, []]));
  return { ...empty, ...found } as Energies;
}
