import { createAtoms, symbolOf, UnsupportedElementError } from '@mlffd/core';
import type { Atoms, InfoValue } from '@mlffd/core';
import { Molecule } from 'openchemlib';

/** Value of openchemlib for an atom with one unpaired electron. */
const DOUBLET = 32;
/** Value of openchemlib for an atom with two unpaired electrons. */
const TRIPLET = 48;

/** Elements whose covalent compounds the rules for conformers know. */
const COVALENT = new Set([1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 33, 34, 35, 53]);
/** Elements that are placed as ions without bonds. */
const IONS = new Set([3, 11, 12, 19, 20, 30]);

/**
 * Refuses molecules that no rule can give a geometry.
 *
 * @throws UnsupportedElementError `data/unsupported-element`
 */
export function checkElements(molecule: Molecule, where: string): void {
  molecule.ensureHelperArrays(Molecule.cHelperNeighbours);
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    const z = molecule.getAtomicNo(i);
    if (COVALENT.has(z)) continue;
    if (IONS.has(z) && molecule.getAllConnAtomsPlusMetalBonds(i) === 0) continue;
    const label = z >= 1 && z <= 118 ? symbolOf(z) : molecule.getAtomLabel(i);
    throw new UnsupportedElementError(
      'data/unsupported-element',
      `no conformer can be made of a molecule with ${label}`,
      {
        expected: 'H B C N O F Si P S Cl As Se Br I, and Li Na K Mg Ca Zn as ions without bonds',
        found: label,
        where,
        hint: 'Give such a structure with its coordinates, as a 3-D molfile or extended XYZ.',
      },
    );
  }
}

/** Sum of the formal charges, e. */
function totalCharge(molecule: Molecule): number {
  let charge = 0;
  for (let i = 0; i < molecule.getAllAtoms(); i++) charge += molecule.getAtomCharge(i);
  return charge;
}

/**
 * Number of unpaired electrons of a molecule whose hydrogens are all explicit: those that the
 * radicals state, and one more where the parity of the number of electrons asks for it.
 *
 * @param radicals number of electrons that are stated to be unpaired
 */
export function unpairedElectrons(
  numbers: Iterable<number>,
  charge: number,
  radicals: number,
): number {
  let electrons = -charge;
  for (const z of numbers) electrons += z;
  return (electrons - radicals) % 2 === 0 ? radicals : radicals + 1;
}

function radicalElectrons(molecule: Molecule): number {
  let count = 0;
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    const radical = molecule.getAtomRadical(i);
    count += radical === TRIPLET ? 2 : radical === DOUBLET ? 1 : 0;
  }
  return count;
}

/** Coordinates of all atoms, Angstrom, 3N values. */
export function positionsOf(molecule: Molecule): Float64Array {
  const positions = new Float64Array(3 * molecule.getAllAtoms());
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    positions[3 * i] = molecule.getAtomX(i);
    positions[3 * i + 1] = molecule.getAtomY(i);
    positions[3 * i + 2] = molecule.getAtomZ(i);
  }
  return positions;
}

/** Writes coordinates, Angstrom, into a molecule. */
export function placeAtoms(molecule: Molecule, positions: Float64Array): void {
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    molecule.setAtomX(i, positions[3 * i]);
    molecule.setAtomY(i, positions[3 * i + 1]);
    molecule.setAtomZ(i, positions[3 * i + 2]);
  }
}

/** The atoms of a molecule whose hydrogens are all explicit. */
export function atomsOf(
  molecule: Molecule,
  positions: Float64Array,
  info: Readonly<Record<string, InfoValue>>,
): Atoms {
  const numbers = Array.from({ length: molecule.getAllAtoms() }, (_, i) => molecule.getAtomicNo(i));
  const charge = totalCharge(molecule);
  const spin = unpairedElectrons(numbers, charge, radicalElectrons(molecule));
  return createAtoms({ numbers, positions, charge, spin, info });
}

/** Typical length of a bond to hydrogen, Angstrom (CRC Handbook, gas phase, rounded). */
const TO_HYDROGEN: Readonly<Record<number, number>> = {
  1: 0.74,
  5: 1.19,
  6: 1.09,
  7: 1.01,
  8: 0.96,
  9: 0.92,
  14: 1.48,
  15: 1.42,
  16: 1.34,
  17: 1.27,
  33: 1.52,
  34: 1.46,
  35: 1.41,
  53: 1.61,
};

/** Length of a bond between hydrogen and an element, Angstrom; undefined for metals. */
export function hydrogenBondLength(number: number): number | undefined {
  return TO_HYDROGEN[number];
}
