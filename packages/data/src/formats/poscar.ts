import { cellDeterminant, isSymbol, transformRows } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import { makeAtoms, quoted } from './place.ts';
import { checkTail } from './poscarTail.ts';
import { readSpecies } from './poscarSpecies.ts';
import { LineReader, wordsOf } from './textLines.ts';
import type { Word } from './textLines.ts';

/** Options of `readPoscar`. */
export interface ReadPoscarOptions {
  /**
   * Symbols of the species, in the order of their counts, for files of VASP 4, which name none.
   * They must agree with the file where it names them.
   */
  readonly symbols?: readonly string[];
}

/**
 * Reads a POSCAR or CONTCAR file of VASP 5 and 6, periodic along all axes.
 *
 * One scale factor (a negative one is minus the volume, Angstrom^3) or three; direct or Cartesian
 * positions. Flags of selective dynamics are the column `move_mask`, the title is
 * `atoms.info.comment`. Velocities and the predictor-corrector block that may follow the positions
 * are not read: they are no property of a structure to label.
 * See the POSCAR page of the VASP manual for the format.
 *
 * @param where name of the source for error messages, usually the path
 * @throws FileFormatError `poscar/...` naming source, line and column
 */
export function readPoscar(text: string, where: string, options: ReadPoscarOptions = {}): Frame {
  const lines = new LineReader(text, where, 'poscar');
  const title = lines.take('a title on the first line').trim();
  const factors = readFactors(lines);
  const { cell, scale } = readCell(lines, factors);
  const species = readSpecies(lines, options.symbols);
  const selective = /^\s*s/i.test(lines.peek() ?? '');
  if (selective) lines.take('Selective dynamics');
  const cartesian = readMode(lines);
  const first = lines.line + 1;
  const count = species.reduce((sum, { count: n }) => sum + n, 0);
  const numbers: string[] = [];
  const coordinates: number[] = [];
  const flags: boolean[] = [];
  for (const { symbol, count: n } of species) {
    for (let i = 0; i < n; i++) {
      const row = lines.take(`the position of atom ${numbers.length} of ${count}`);
      readRow({ lines, words: wordsOf(row), symbol, selective }, coordinates, flags);
      numbers.push(symbol);
    }
  }
  checkTail(lines, count);
  const values = Float64Array.from(coordinates);
  const positions = cartesian
    ? values.map((x, k) => x * scale[k % 3])
    : transformRows(values, cell);
  const atoms = makeAtoms(
    'poscar',
    {
      symbols: numbers,
      positions,
      cell,
      pbc: true,
      ...(title === '' ? {} : { info: { comment: title } }),
    },
    (atom) => ({ where, line: atom === undefined ? 3 : first + atom }),
  );
  return {
    atoms,
    results: {},
    arrays: selective ? { move_mask: { kind: 'logical', columns: 3, values: flags } } : {},
  };
}

function readFactors(lines: LineReader): number[] {
  const words = withoutComment(lines, wordsOf(lines.take('the scale factor')), 3);
  const factors = words.map((word) => lines.real(word));
  const valid =
    (factors.length === 1 && factors[0] !== 0) ||
    (factors.length === 3 && factors.every((factor) => factor > 0));
  if (valid) return factors;
  throw lines.error('bad-scale', {
    expected: 'one scale factor that is not 0, or three positive ones',
    found: factors.length === 0 ? 'none' : factors.join(' '),
    hint: 'The second line is 1.0 where the lattice vectors are in Angstrom.',
  });
}

interface ScaledCell {
  /** Lattice vectors as rows, Angstrom. */
  readonly cell: Float64Array;
  /** Factors of x, y, z. */
  readonly scale: readonly number[];
}

function readCell(lines: LineReader, factors: readonly number[]): ScaledCell {
  const raw = new Float64Array(9);
  for (let k = 0; k < 3; k++) {
    const words = withoutComment(lines, wordsOf(lines.take(`lattice vector ${k + 1} of 3`)), 3);
    if (words.length !== 3) {
      throw lines.error('bad-lattice', {
        expected: `3 components of lattice vector ${k + 1}`,
        found: `${words.length} numbers`,
        hint: 'Lines 3 to 5 are the lattice vectors.',
      });
    }
    for (const [a, word] of words.entries()) raw[3 * k + a] = lines.real(word);
  }
  const volume = Math.abs(cellDeterminant(raw));
  const scale =
    factors.length === 3
      ? factors
      : factors[0] > 0
        ? [factors[0], factors[0], factors[0]]
        : Array.from({ length: 3 }, () => Math.cbrt(-factors[0] / volume));
  const cell = raw.map((x, k) => x * scale[k % 3]);
  if (volume > 0 && cell.every((x) => Number.isFinite(x))) return { cell, scale };
  throw lines.error('zero-volume', {
    expected: 'lattice vectors that span a finite volume',
    found: `[${Array.from(raw).join(', ')}]`,
    hint: 'Look at the three lines of the lattice.',
  });
}

/** The words in front of a comment; more than `most` numbers are no comment. */
function withoutComment(lines: LineReader, words: readonly Word[], most: number): Word[] {
  const end = words.findIndex(({ text }) => /^[!#]/.test(text));
  const kept = end === -1 ? [...words] : words.slice(0, end);
  if (kept.length <= most) return kept;
  throw lines.error('extra-text', {
    expected: `${most} numbers at most`,
    found: quoted(kept[most].text),
    column: kept[most].column,
    hint: 'A comment begins with ! or #.',
  });
}

/** True for Cartesian positions. */
function readMode(lines: LineReader): boolean {
  const line = lines.take('Direct or Cartesian');
  const mode = /^\s*([cCkKdD])/.exec(line);
  if (mode !== null) return /[ck]/i.test(mode[1]);
  throw lines.error('bad-mode', {
    expected: 'Direct or Cartesian',
    found: line.trim() === '' ? 'a blank line' : quoted(line.trim()),
    hint: 'The line says in which coordinates the positions below are.',
  });
}

interface Row {
  readonly lines: LineReader;
  readonly words: readonly Word[];
  readonly symbol: string;
  readonly selective: boolean;
}

function readRow(row: Row, coordinates: number[], flags: boolean[]): void {
  const { lines, words, symbol, selective } = row;
  const needed = selective ? 6 : 3;
  if (words.length < needed) {
    throw lines.error('bad-row', {
      expected: selective ? '3 coordinates and 3 flags T or F' : '3 coordinates',
      found: words.length === 0 ? 'a blank line' : `${words.length} words`,
      hint: 'The counts of the species must add up to the number of rows.',
    });
  }
  for (const word of words.slice(0, 3)) coordinates.push(lines.real(word));
  for (const word of words.slice(3, needed)) flags.push(readFlag(lines, word));
  if (words.length === needed) return;
  checkLabel(lines, words[needed], symbol);
}

function readFlag(lines: LineReader, word: Word): boolean {
  const flag = /^\.?([TF])(RUE\.?|ALSE\.?)?$/i.exec(word.text);
  if (flag !== null) return flag[1].toUpperCase() === 'T';
  throw lines.error('bad-flag', {
    expected: 'T or F',
    found: quoted(word.text),
    column: word.column,
    hint: 'Selective dynamics asks for three flags after each position.',
  });
}

/** Behind a position there may be a comment or the element; another element is a contradiction. */
function checkLabel(lines: LineReader, word: Word, symbol: string): void {
  if (/^[!#]/.test(word.text)) return;
  const letters = /^[A-Za-z]+/.exec(word.text)?.[0];
  if (letters === symbol) return;
  throw lines.error(letters !== undefined && isSymbol(letters) ? 'wrong-element' : 'extra-text', {
    expected: `${symbol} or a comment after the position`,
    found: quoted(word.text),
    column: word.column,
    hint: 'The species and their counts must be in the order of the rows; a comment begins with !.',
  });
}
