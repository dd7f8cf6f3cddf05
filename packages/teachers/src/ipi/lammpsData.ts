import { type Atoms, ATOMIC_MASSES, InvalidArgumentError, symbolOf } from '@mlffd/core';
import type { WireStructure } from '@mlffd/core/ipi';
import { toCellFrame } from './cellFrame.ts';

/** How LAMMPS keeps atoms: `charge` for potentials with charges, such as ReaxFF. */
type LammpsAtomStyle = 'atomic' | 'charge';

export interface LammpsDataOptions {
  /** Atomic numbers of type 1, 2, ...; default those of the structure, in ascending order. */
  readonly elements?: readonly number[] | undefined;
  /** Default `atomic`. With `charge`, the charge of the structure is spread over its atoms. */
  readonly style?: LammpsAtomStyle;
}

/** Elements of a structure as LAMMPS types count them. */
export function lammpsTypes(numbers: Int32Array, elements?: readonly number[]): readonly number[] {
  if (elements !== undefined) return elements;
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * A structure as `read_data` of LAMMPS reads it, units `metal` or `real`: box, masses, atoms in their
 * order.
 *
 * The box has tilt factors even where they are zero: without them LAMMPS makes an orthogonal box, and
 * `fix ipi` then drops the tilt of later cells without a word. A cell in another frame is turned into
 * that of LAMMPS, together with the atoms.
 *
 * @throws InvalidArgumentError `teachers/lammps-data` without a full cell, or for an element that is
 * not among `elements`
 */
export function lammpsData(atoms: Atoms, options: LammpsDataOptions = {}): string {
  const types = lammpsTypes(atoms.numbers, options.elements);
  const { cell, positions } = toCellFrame(atoms, atoms.pbc).structure;
  requireBox(cell);
  const count = atoms.numbers.length;
  const rows = Array.from(atoms.numbers, (number, k) =>
    [
      k + 1,
      typeOf(number, types, k),
      ...(options.style === 'charge' ? [(atoms.charge ?? 0) / count] : []),
      ...positions.subarray(3 * k, 3 * k + 3),
    ].join(' '),
  );
  return [
    `# ${types.map((number) => symbolOf(number)).join(' ')}`,
    '',
    `${count} atoms`,
    `${types.length} atom types`,
    '',
    `0 ${cell[0]} xlo xhi`,
    `0 ${cell[4]} ylo yhi`,
    `0 ${cell[8]} zlo zhi`,
    `${cell[3]} ${cell[6]} ${cell[7]} xy xz yz`,
    '',
    'Masses',
    '',
    ...types.map((number, k) => `${k + 1} ${ATOMIC_MASSES[number]} # ${symbolOf(number)}`),
    '',
    `Atoms # ${options.style ?? 'atomic'}`,
    '',
    ...rows,
    '',
  ].join('\n');
}

function typeOf(number: number, types: readonly number[], atom: number): number {
  const index = types.indexOf(number);
  if (index >= 0) return index + 1;
  throw new InvalidArgumentError(
    'teachers/lammps-data',
    `${symbolOf(number)} has no LAMMPS type (atom ${atom})`,
    {
      expected: `elements among ${types.map((z) => symbolOf(z)).join(' ')}`,
      found: symbolOf(number),
      where: `atom ${atom}`,
      hint: 'Add it to `elements`.',
    },
  );
}

function requireBox(cell: WireStructure['cell']): void {
  const isBox =
    cell[0] > 0 && cell[4] > 0 && cell[8] > 0 && cell[1] === 0 && cell[2] === 0 && cell[5] === 0;
  if (isBox) return;
  throw new InvalidArgumentError('teachers/lammps-data', 'LAMMPS needs a box', {
    expected: 'a cell with three independent lattice vectors',
    found: `[${cell.join(', ')}]`,
    hint: 'Set `vacuum` (Angstrom) longer than the reach of the potential.',
  });
}
