import { cellDeterminant, hasCellVector } from './cell.ts';
import { ATOMIC_MASSES, numberOf, symbolOf } from './elements.ts';
import { InvalidArgumentError, InvalidAtomsError } from './errors.ts';
import { validateAtoms, validateNumbers } from './validation.ts';

/** Values that travel with a structure: provenance, labels of other programs. */
export type InfoValue =
  | string
  | number
  | boolean
  | readonly number[]
  | readonly string[]
  | readonly boolean[];

/** Which of the three lattice vectors repeat. */
export type Pbc = readonly [boolean, boolean, boolean];

/**
 * One structure: plain typed arrays, cheap to copy and to move to a worker.
 *
 * | field | shape | unit |
 * |---|---|---|
 * | `numbers` | N | atomic number |
 * | `positions` | 3N, x y z of atom 0, then atom 1 | Angstrom; may lie outside the cell |
 * | `cell` | 9, rows are the lattice vectors; all zero when there is none | Angstrom |
 * | `pbc` | 3 | |
 * | `charge` | total charge | e |
 * | `spin` | number of unpaired electrons | |
 */
export interface Atoms {
  readonly numbers: Int32Array;
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly pbc: Pbc;
  readonly charge?: number;
  readonly spin?: number;
  readonly info?: Readonly<Record<string, InfoValue>>;
}

/** What `createAtoms` takes. Give either `numbers` or `symbols`. */
export interface AtomsInput {
  readonly numbers?: ArrayLike<number>;
  readonly symbols?: readonly string[];
  /** Angstrom; flat (3N) or one row of 3 for each atom. */
  readonly positions: ArrayLike<number> | readonly ArrayLike<number>[];
  /** Angstrom; 9 numbers, 3 rows, or 3 edge lengths of an orthorhombic cell. Default: no cell. */
  readonly cell?: ArrayLike<number> | readonly ArrayLike<number>[];
  /** One flag for all axes or three. Default false, also where a cell is given, as in ASE. */
  readonly pbc?: boolean | Pbc | readonly boolean[];
  readonly charge?: number;
  readonly spin?: number;
  readonly info?: Readonly<Record<string, InfoValue>>;
}

/**
 * Makes a validated structure from plain data, which is copied.
 *
 * A structure with one or two periodic axes may leave the other lattice vectors zero.
 * @throws InvalidAtomsError naming the field, the atom and the coordinate
 */
export function createAtoms(input: AtomsInput): Atoms {
  const pbc = readPbc(input.pbc ?? false);
  const atoms: Atoms = {
    numbers: readNumbers(input),
    positions: flatten(input.positions, 'positions'),
    cell: input.cell === undefined ? new Float64Array(9) : readCell(input.cell),
    pbc,
    ...(input.charge === undefined ? {} : { charge: input.charge }),
    ...(input.spin === undefined ? {} : { spin: input.spin }),
    ...(input.info === undefined ? {} : { info: { ...input.info } }),
  };
  validateAtoms(atoms);
  return atoms;
}

/** The structure alone: without `info`, and sharing its arrays. */
export function bareAtoms({ numbers, positions, cell, pbc, charge, spin }: Atoms): Atoms {
  return {
    numbers,
    positions,
    cell,
    pbc,
    ...(charge === undefined ? {} : { charge }),
    ...(spin === undefined ? {} : { spin }),
  };
}

/** A deep copy that shares no array with the original. */
export function copyAtoms(atoms: Atoms): Atoms {
  return {
    ...atoms,
    numbers: atoms.numbers.slice(),
    positions: atoms.positions.slice(),
    cell: atoms.cell.slice(),
    ...(atoms.info === undefined ? {} : { info: { ...atoms.info } }),
  };
}

/**
 * The same structure with other positions and, if given, another cell.
 *
 * The arrays are taken over, not copied, and everything else is shared with `atoms`.
 * @throws InvalidAtomsError `atoms/length-mismatch`; values are not checked
 */
export function withPositions(atoms: Atoms, positions: Float64Array, cell?: Float64Array): Atoms {
  if (positions.length !== atoms.positions.length) {
    throw new InvalidAtomsError(
      'atoms/length-mismatch',
      `${atoms.numbers.length} atoms need ${atoms.positions.length} coordinates, not ${positions.length}`,
      {
        expected: `${atoms.positions.length} coordinates`,
        found: String(positions.length),
        where: 'positions',
      },
    );
  }
  return { ...atoms, positions, cell: cell ?? atoms.cell };
}

/**
 * Volume of the cell, Angstrom^3.
 * @throws InvalidAtomsError `atoms/zero-volume` where fewer than three vectors are independent
 */
export function volume(atoms: Atoms): number {
  const value = Math.abs(cellDeterminant(atoms.cell));
  if (value > 0) return value;
  throw new InvalidAtomsError(
    'atoms/zero-volume',
    'a structure without a full cell has no volume',
    {
      expected: 'three linearly independent lattice vectors',
      found: `[${Array.from(atoms.cell).join(', ')}]`,
      where: 'cell',
    },
  );
}

/** Atomic masses, amu, N values (IUPAC 2016, as ASE). */
export function masses(atoms: Atoms): Float64Array {
  return Float64Array.from(atoms.numbers, (z) => ATOMIC_MASSES[z]);
}

/** Chemical symbols, N values. */
export function symbols(atoms: Atoms): string[] {
  return Array.from(atoms.numbers, (z) => symbolOf(z));
}

/**
 * Supercell of a x b x c copies; the copies follow each other in blocks of N atoms, c fastest.
 *
 * Total charge and spin are multiplied with the number of copies; `info` is kept.
 * @throws InvalidArgumentError `atoms/invalid-repeat` where a count is not a positive integer, or
 * more than 1 along an axis that has no lattice vector
 */
export function repeatAtoms(atoms: Atoms, counts: readonly [number, number, number]): Atoms {
  for (let k = 0; k < 3; k++) {
    const valid = Number.isInteger(counts[k]) && counts[k] >= 1;
    if (valid && (counts[k] === 1 || hasCellVector(atoms.cell, k))) continue;
    throw new InvalidArgumentError(
      'atoms/invalid-repeat',
      `cannot repeat axis ${'abc'[k]} ${counts[k]} times`,
      {
        expected: 'a positive integer, and a lattice vector to repeat along',
        found: `${counts[k]} with lattice vector [${Array.from(atoms.cell.subarray(3 * k, 3 * k + 3)).join(', ')}]`,
        where: `axis ${'abc'[k]}`,
      },
    );
  }
  const n = atoms.numbers.length;
  const copies = counts[0] * counts[1] * counts[2];
  const numbers = new Int32Array(n * copies);
  const positions = new Float64Array(3 * n * copies);
  let copy = 0;
  for (let a = 0; a < counts[0]; a++) {
    for (let b = 0; b < counts[1]; b++) {
      for (let c = 0; c < counts[2]; c++) {
        numbers.set(atoms.numbers, n * copy);
        for (let axis = 0; axis < 3; axis++) {
          const shift = a * atoms.cell[axis] + b * atoms.cell[3 + axis] + c * atoms.cell[6 + axis];
          for (let i = 0; i < n; i++) {
            positions[3 * (n * copy + i) + axis] = atoms.positions[3 * i + axis] + shift;
          }
        }
        copy++;
      }
    }
  }
  return {
    ...atoms,
    numbers,
    positions,
    cell: atoms.cell.map((value, k) => value * counts[Math.floor(k / 3)]),
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge * copies }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin * copies }),
  };
}

function readNumbers(input: AtomsInput): Int32Array {
  if ((input.numbers === undefined) === (input.symbols === undefined)) {
    throw new InvalidAtomsError('atoms/no-elements', 'give either numbers or symbols', {
      expected: 'one of numbers and symbols',
      found: input.numbers === undefined ? 'neither' : 'both',
    });
  }
  if (input.symbols !== undefined) return Int32Array.from(input.symbols, (s) => numberOf(s));
  const numbers = input.numbers ?? [];
  // Before the conversion, which would turn 1.5 into 1.
  validateNumbers(numbers);
  return Int32Array.from(numbers);
}

function readCell(cell: ArrayLike<number> | readonly ArrayLike<number>[]): Float64Array {
  const flat = flatten(cell, 'cell');
  if (flat.length !== 3) return flat;
  return Float64Array.of(flat[0], 0, 0, 0, flat[1], 0, 0, 0, flat[2]);
}

function readPbc(pbc: boolean | readonly boolean[]): Pbc {
  if (typeof pbc === 'boolean') return [pbc, pbc, pbc];
  if (pbc.length === 3) return [pbc[0], pbc[1], pbc[2]];
  throw new InvalidAtomsError('atoms/invalid-pbc', 'pbc has one flag for each lattice vector', {
    expected: '3 booleans',
    found: `${pbc.length} values`,
    where: 'pbc',
  });
}

function flatten(
  values: ArrayLike<number> | readonly ArrayLike<number>[],
  where: string,
): Float64Array {
  if (values.length === 0 || typeof values[0] === 'number') {
    return Float64Array.from(values as ArrayLike<number>);
  }
  const rows = values as readonly ArrayLike<number>[];
  const out = new Float64Array(3 * rows.length);
  for (const [k, row] of rows.entries()) {
    if (row.length !== 3) {
      throw new InvalidAtomsError(
        'atoms/length-mismatch',
        `${where} row ${k} has no 3 components`,
        {
          expected: '3 components',
          found: String(row.length),
          where: `${where}, row ${k}`,
        },
      );
    }
    for (let axis = 0; axis < 3; axis++) out[3 * k + axis] = row[axis];
  }
  return out;
}
