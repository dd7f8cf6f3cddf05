import { KJ_PER_MOL } from '@mlffd/core';
import type { FieldName, H5mdLayout } from './layout.ts';

/** One element of the file: a group with `value`, `step` and `time`. */
export interface H5mdColumn {
  readonly field: FieldName;
  readonly group: string;
  /** Shape of one frame. */
  readonly shape: readonly number[];
  readonly unit?: string;
  /** What a value is multiplied with to be in `unit`. */
  readonly factor: number;
}

export const PARTICLES = 'particles/all';
/** Where step and time are; all other elements link to them. */
export const STEP = 'particles/all/position/step';
export const TIME = 'particles/all/position/time';
export const OWN_GROUP = 'parameters/mlffd';
export const TIME_UNIT = 'fs';

/**
 * Elements of a file. Units are words that MDAnalysis knows, which has no eV/Angstrom: forces are in
 * kJ/mol/Angstrom, and come back within two roundings.
 */
export function h5mdColumns(layout: H5mdLayout): readonly H5mdColumn[] {
  const n = layout.numbers.length;
  const observable = (field: FieldName, name: string, unit: string): H5mdColumn => ({
    field,
    group: `observables/${name}`,
    shape: [],
    unit,
    factor: 1,
  });
  return [
    {
      field: 'positions',
      group: `${PARTICLES}/position`,
      shape: [n, 3],
      unit: 'Angstrom',
      factor: 1,
    },
    {
      field: 'velocities',
      group: `${PARTICLES}/velocity`,
      shape: [n, 3],
      unit: 'Angstrom fs-1',
      factor: 1,
    },
    {
      field: 'forces',
      group: `${PARTICLES}/force`,
      shape: [n, 3],
      unit: 'kJ mol-1 Angstrom-1',
      factor: 1 / KJ_PER_MOL,
    },
    ...(layout.hasCell
      ? [
          {
            field: 'cell',
            group: `${PARTICLES}/box/edges`,
            shape: [3, 3],
            unit: 'Angstrom',
            factor: 1,
          } as const,
        ]
      : []),
    ...(layout.hasEnergies
      ? [
          {
            field: 'energies',
            group: `${PARTICLES}/potential_energy`,
            shape: [n],
            unit: 'eV',
            factor: 1,
          } as const,
        ]
      : []),
    observable('energy', 'potential_energy', 'eV'),
    observable('kinetic', 'kinetic_energy', 'eV'),
    observable('conserved', 'conserved_energy', 'eV'),
    observable('temperature', 'temperature', 'K'),
    ...(layout.hasStress
      ? [{ ...observable('stress', 'stress', 'eV Angstrom-3'), shape: [6] }]
      : []),
  ];
}

/** Bytes of one chunk of a dataset; HDF5's cache holds 1 MiB. */
const CHUNK_BYTES = 2 ** 16;
const CHUNK_FRAMES = 1024;

/** Shape of a chunk of a dataset whose frames have this shape. */
export function chunkShape(shape: readonly number[]): number[] {
  const frame = 8 * shape.reduce((product, size) => product * size, 1);
  if (frame <= CHUNK_BYTES) {
    return [Math.max(1, Math.min(CHUNK_FRAMES, Math.floor(CHUNK_BYTES / frame))), ...shape];
  }
  const [n, ...rest] = shape;
  const atom = 8 * rest.reduce((product, size) => product * size, 1);
  return [1, Math.min(n, Math.floor(CHUNK_BYTES / atom)), ...rest];
}
