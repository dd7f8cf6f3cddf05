import type { Hash } from 'node:crypto';
import type { Atoms } from '@mlffd/core';
import type { Sets, Warn } from './dataChecks.ts';
import { LabelError } from './errors.ts';
import type { SharedColumns } from './sharedSet.ts';

/** Which of the two a student depends on. */
export interface ElectronOptions {
  readonly charge?: boolean | undefined;
  readonly spin?: boolean | undefined;
}

const PROPERTIES = ['charge', 'spin'] as const;

const COLUMNS = { charge: 'charges', spin: 'spins' } as const;
const TEXTS = { charge: 'charge', spin: 'number of unpaired electrons' } as const;

/**
 * Checks what a student is to be trained on: labels of a real molecule belong to whole electrons.
 *
 * @throws LabelError naming the structure
 */
export function checkElectrons(atoms: Atoms, index: number, options: ElectronOptions = {}): void {
  for (const property of PROPERTIES) {
    const { [property]: value = 0 } = atoms;
    const valid = Number.isInteger(value) && (property === 'charge' || value >= 0);
    if (options[property] !== true || valid) continue;
    const expected =
      property === 'charge'
        ? 'a total charge that is a whole number of e'
        : 'a number of unpaired electrons, 0, 1, 2 ...';
    throw new LabelError(
      `train/${property}`,
      `structure ${index}: expected ${expected}, found ${value}`,
      {
        expected,
        found: String(value),
        where: `structure ${index}, ${property}`,
        hint: `Correct it or remove the structure, or train without model.${property}.`,
      },
    );
  }
}

/** Adds to the hash of a dataset what training depends on; nothing without the options. */
export function hashElectrons(hash: Hash, atoms: Atoms, options: ElectronOptions = {}): void {
  for (const property of PROPERTIES) {
    if (options[property] === true) hash.update(`${property} ${atoms[property] ?? 0}`);
  }
}

/**
 * Warns where the option and the data do not fit: keys of the source files that were not recognised
 * would make every system neutral without a word, and different charges without the option are
 * different energies for the same input.
 */
export function checkElectronsVary(sets: Sets, options: ElectronOptions, warn: Warn): void {
  for (const property of PROPERTIES) {
    const train = valuesOf(sets.train.columns, property);
    if (options[property] === true) {
      if (train.some((value) => value !== 0)) continue;
      warn(
        `${property}-missing`,
        `model.${property} is on, but no training structure has a ${TEXTS[property]} other than 0, so that nothing is learnt of it: check the key "${property}" in the source files`,
      );
      continue;
    }
    const all = new Set([...train, ...valuesOf(sets.validation.columns, property)]);
    if (all.size < 2) continue;
    const values = [...all].sort((a, b) => a - b).join(', ');
    warn(
      `${property}-ignored`,
      `structures differ in their ${TEXTS[property]} (${values}), of which the student knows nothing: set model.${property} to true, or train on one of these`,
    );
  }
}

/** Different values of a set. */
function valuesOf(columns: SharedColumns, property: (typeof PROPERTIES)[number]): number[] {
  return [...new Set(columns[COLUMNS[property]])];
}
