import { InvalidArgumentError, InvalidAtomsError, symbolOf, validateAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';

/** Options of `writePoscar`. */
export interface WritePoscarOptions {
  /** First line. Default: `atoms.info.comment`, otherwise the symbols. */
  readonly title?: string;
}

/**
 * Text of a POSCAR file of VASP 5, Cartesian, such that `readPoscar` gives back the same structure
 * bit for bit.
 *
 * The order of the atoms is kept, so that an element that occurs in several runs is named several
 * times.
 * @throws InvalidAtomsError for an invalid structure or one that is not periodic along all axes
 * @throws InvalidArgumentError for a title of more than one line
 */
export function writePoscar(atoms: Atoms, options: WritePoscarOptions = {}): string {
  validateAtoms(atoms);
  if (atoms.pbc.includes(false)) {
    throw new InvalidAtomsError('poscar/not-periodic', 'POSCAR has no non-periodic structures', {
      expected: 'pbc true along all axes',
      found: `pbc ${atoms.pbc.join(' ')}`,
      where: 'pbc',
      hint: 'Put the molecule or slab into a box with vacuum and make all axes periodic.',
    });
  }
  const runs = runsOf(atoms.numbers);
  const symbols = runs.map(({ number }) => symbolOf(number)).join(' ');
  const comment = atoms.info?.comment;
  const title = options.title ?? (typeof comment === 'string' ? comment : symbols);
  if (/[\r\n]/.test(title)) {
    throw new InvalidArgumentError('poscar/bad-title', 'the title of a POSCAR file is one line', {
      expected: 'a text without line breaks',
      found: JSON.stringify(title),
      where: 'title',
    });
  }
  return [
    title,
    '1.0',
    ...rowsOf(atoms.cell),
    symbols,
    runs.map(({ count }) => count).join(' '),
    'Cartesian',
    ...rowsOf(atoms.positions),
    '',
  ].join('\n');
}

function runsOf(numbers: Int32Array): { number: number; count: number }[] {
  const runs: { number: number; count: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.number === number) last.count++;
    else runs.push({ number, count: 1 });
  }
  return runs;
}

function rowsOf(values: Float64Array): string[] {
  return Array.from({ length: values.length / 3 }, (_, k) =>
    Array.from(values.subarray(3 * k, 3 * k + 3), (x) =>
      Object.is(x, -0) ? '-0' : String(x),
    ).join(' '),
  );
}
