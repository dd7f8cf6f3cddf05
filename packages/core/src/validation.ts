import { hasCellVector, hasPeriodicVolume } from './cell.ts';
import { CHEMICAL_SYMBOLS, isAtomicNumber, MAX_ATOMIC_NUMBER } from './elements.ts';
import { InvalidAtomsError } from './errors.ts';
import type { Atoms, Pbc } from './atoms.ts';

const COORDINATES = 'xyz';
const VECTORS = 'abc';

/**
 * Checks everything that a calculator may take for granted about a structure.
 *
 * At least one atom, 3 finite coordinates each, known elements, a finite cell whose periodic
 * vectors are linearly independent, finite charge, non-negative integer spin.
 * @throws InvalidAtomsError naming the atom and the coordinate
 */
export function validateAtoms(atoms: Atoms): void {
  validateNumbers(atoms.numbers);
  validatePositions(atoms.positions, atoms.numbers);
  validateCell(atoms.cell, atoms.pbc);
  validateCharge(atoms.charge, atoms.spin);
}

/** @throws InvalidAtomsError for an empty list and for anything but 1..118 */
export function validateNumbers(numbers: ArrayLike<number>): void {
  if (numbers.length === 0) {
    throw new InvalidAtomsError('atoms/empty', 'a structure needs at least one atom', {
      expected: 'one or more atoms',
      found: 'none',
    });
  }
  for (let i = 0; i < numbers.length; i++) {
    if (isAtomicNumber(numbers[i])) continue;
    throw new InvalidAtomsError(
      'atoms/unknown-element',
      `atom ${i} has the atomic number ${numbers[i]}`,
      {
        expected: `an integer from 1 to ${MAX_ATOMIC_NUMBER}`,
        found: `${numbers[i]} for atom ${i}`,
        where: `atom ${i}`,
        hint: 'Remove dummy atoms.',
      },
    );
  }
}

function validatePositions(positions: ArrayLike<number>, numbers: ArrayLike<number>): void {
  const expected = 3 * numbers.length;
  if (positions.length !== expected) {
    throw new InvalidAtomsError(
      'atoms/length-mismatch',
      `${numbers.length} atoms need ${expected} coordinates, not ${positions.length}`,
      { expected: `${expected} coordinates`, found: String(positions.length), where: 'positions' },
    );
  }
  for (let k = 0; k < expected; k++) {
    // x - x is NaN for NaN and for both infinities.
    if (positions[k] - positions[k] === 0) continue;
    const atom = Math.floor(k / 3);
    const axis = COORDINATES[k % 3];
    const symbol = CHEMICAL_SYMBOLS[numbers[atom]];
    throw new InvalidAtomsError(
      'atoms/non-finite-position',
      `the ${axis} coordinate of atom ${atom} (${symbol}) is ${positions[k]}`,
      {
        expected: 'a finite coordinate in Angstrom',
        found: `${positions[k]} for atom ${atom}, ${axis}`,
        where: `atom ${atom}, ${axis}`,
        hint: 'In molecular dynamics this follows a blow-up: look at the frames before, or take a smaller time step.',
      },
    );
  }
}

function validateCell(cell: ArrayLike<number>, pbc: readonly boolean[]): void {
  if (cell.length !== 9) {
    throw new InvalidAtomsError('atoms/invalid-cell', 'a cell has 3 x 3 components', {
      expected: '9 numbers',
      found: `${cell.length} numbers`,
      where: 'cell',
    });
  }
  for (let k = 0; k < 9; k++) {
    if (Number.isFinite(cell[k])) continue;
    const name = `${VECTORS[Math.floor(k / 3)]}${COORDINATES[k % 3]}`;
    throw new InvalidAtomsError('atoms/invalid-cell', `cell component ${name} is ${cell[k]}`, {
      expected: 'finite lattice vectors in Angstrom',
      found: `${cell[k]} for ${name}`,
      where: `cell, ${name}`,
    });
  }
  if (pbc.length !== 3) {
    throw new InvalidAtomsError('atoms/invalid-pbc', 'pbc has one flag for each lattice vector', {
      expected: '3 booleans',
      found: `${pbc.length} values`,
      where: 'pbc',
    });
  }
  for (let k = 0; k < 3; k++) {
    if (!pbc[k] || hasCellVector(cell, k)) continue;
    throw new InvalidAtomsError(
      'atoms/missing-cell-vector',
      `axis ${VECTORS[k]} is periodic but its lattice vector is zero`,
      {
        expected: `a lattice vector ${VECTORS[k]}`,
        found: '[0, 0, 0]',
        where: `cell, ${VECTORS[k]}`,
        hint: 'Give the cell, or set pbc to false.',
      },
    );
  }
  const flags: Pbc = [pbc[0], pbc[1], pbc[2]];
  if (flags.includes(true) && !hasPeriodicVolume(cell, flags)) {
    throw new InvalidAtomsError(
      'atoms/zero-volume',
      'the lattice vectors of the periodic axes are linearly dependent',
      {
        expected: 'linearly independent lattice vectors',
        found: `[${Array.from(cell).join(', ')}]`,
        where: 'cell',
        hint: 'Give vectors that span a volume, or set pbc to false.',
      },
    );
  }
}

function validateCharge(charge: number | undefined, spin: number | undefined): void {
  if (charge !== undefined && !Number.isFinite(charge)) {
    throw new InvalidAtomsError('atoms/invalid-charge', `the total charge is ${charge}`, {
      expected: 'a finite charge in e',
      found: String(charge),
      where: 'charge',
    });
  }
  if (spin !== undefined && !(Number.isInteger(spin) && spin >= 0)) {
    throw new InvalidAtomsError(
      'atoms/invalid-spin',
      `the number of unpaired electrons is ${spin}`,
      {
        expected: 'an integer, 0 or more',
        found: String(spin),
        where: 'spin',
      },
    );
  }
}
