import { randomUUID } from 'node:crypto';
import { masses as standardMasses, type InfoValue, type Pbc } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import { sameValues } from '../sameValues.ts';
import { frameRefusal } from '../refusal.ts';

/** What all frames of an H5MD file share; written into the file and into its journal. */
export interface H5mdLayout {
  /** Which journal belongs to which file. */
  readonly id: string;
  readonly numbers: readonly number[];
  /** amu. */
  readonly masses: readonly number[];
  readonly pbc: Pbc;
  readonly hasCell: boolean;
  readonly hasStress: boolean;
  readonly hasEnergies: boolean;
  readonly charge?: number;
  readonly spin?: number;
  /** Notes of the first frame. */
  readonly info?: Readonly<Record<string, InfoValue>>;
}

/** Values of a frame, one after the other, as the journal holds them. */
export interface RecordField {
  readonly name: FieldName;
  readonly length: number;
}

export type FieldName =
  | 'step'
  | 'time'
  | 'temperature'
  | 'kinetic'
  | 'conserved'
  | 'energy'
  | 'stress'
  | 'cell'
  | 'positions'
  | 'velocities'
  | 'forces'
  | 'energies';

export function layoutOf(frame: MdFrame, masses: Float64Array | undefined): H5mdLayout {
  const { atoms } = frame;
  return {
    id: randomUUID(),
    numbers: Array.from(atoms.numbers),
    masses: Array.from(masses ?? standardMasses(atoms)),
    pbc: atoms.pbc,
    hasCell: atoms.cell.some((value) => value !== 0),
    hasStress: frame.stress !== undefined,
    hasEnergies: frame.energies !== undefined,
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin }),
    ...(atoms.info === undefined ? {} : { info: atoms.info }),
  };
}

/** Fields of a record, in their order. */
export function recordFields(layout: H5mdLayout): readonly RecordField[] {
  const n = layout.numbers.length;
  const scalars = ['step', 'time', 'temperature', 'kinetic', 'conserved', 'energy'] as const;
  return [
    ...scalars.map((name) => ({ name, length: 1 })),
    ...(layout.hasStress ? [{ name: 'stress', length: 6 } as const] : []),
    ...(layout.hasCell ? [{ name: 'cell', length: 9 } as const] : []),
    { name: 'positions', length: 3 * n },
    { name: 'velocities', length: 3 * n },
    { name: 'forces', length: 3 * n },
    ...(layout.hasEnergies ? [{ name: 'energies', length: n } as const] : []),
  ];
}

/** Copies a frame into a record; what it lacks becomes NaN. */
export function fillRecord(
  record: Float64Array,
  fields: readonly RecordField[],
  frame: MdFrame,
): void {
  let at = 0;
  for (const { name, length } of fields) {
    const value = name === 'positions' || name === 'cell' ? frame.atoms[name] : frame[name];
    if (typeof value === 'number') record[at] = value;
    else if (value === undefined) record.fill(NaN, at, at + length);
    else record.set(value, at);
    at += length;
  }
}

/**
 * Throws where a frame is not like the first one.
 *
 * @throws InvalidArgumentError `md/frame-mismatch`
 */
export function checkFrame(path: string, layout: H5mdLayout, frame: MdFrame): void {
  const { numbers, pbc, cell } = frame.atoms;
  const refuse = (expected: string, found: string): never => {
    throw frameRefusal(path, frame, `${expected} in every frame`, found);
  };
  if (!sameValues(numbers, layout.numbers)) refuse('the same atoms', 'other atoms');
  if (pbc.some((flag, k) => flag !== layout.pbc[k])) {
    refuse(`pbc ${String(layout.pbc)}`, `pbc ${String(pbc)}`);
  }
  if (!layout.hasCell && cell.some((value) => value !== 0)) refuse('no cell', 'a cell');
  if (!layout.hasStress && frame.stress !== undefined) refuse('no stress', 'a stress');
  if (!layout.hasEnergies && frame.energies !== undefined) {
    refuse('no energies of atoms', 'energies of atoms');
  }
}
