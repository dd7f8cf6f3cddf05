import { isSymbol } from '@mlffd/core';
import { quoted } from './place.ts';
import { wordsOf } from './textLines.ts';
import type { LineReader, Word } from './textLines.ts';

/** Atoms of one species, which follow each other. */
export interface Species {
  readonly symbol: string;
  readonly count: number;
}

/**
 * Reads the line of symbols (absent in VASP 4) and the line of counts.
 * @throws FileFormatError `poscar/no-symbols`, `poscar/unknown-element`, `poscar/bad-counts` ...
 */
export function readSpecies(lines: LineReader, given: readonly string[] | undefined): Species[] {
  let words = takeWords(lines, 'the symbols of the species');
  let symbols = given;
  if (words.length > 0 && !/^\d/.test(words[0].text)) {
    symbols = words.map((word) => readSymbol(lines, word));
    if (given !== undefined && given.join(' ') !== symbols.join(' ')) {
      throw lines.error('other-symbols', {
        expected: `the symbols ${given.join(' ')} that were asked for`,
        found: symbols.join(' '),
        hint: 'Leave out the option symbols: the file names its species.',
      });
    }
    words = takeWords(lines, 'the counts of the species');
  }
  const counts = words.map((word) => readCount(lines, word));
  if (symbols === undefined) {
    throw lines.error('no-symbols', {
      expected: 'a line of chemical symbols above the counts (VASP 5)',
      found: 'counts alone (VASP 4)',
      hint: 'Insert a line such as "Na Cl" above the counts, or give the option symbols.',
    });
  }
  const unknown = symbols.find((symbol) => !isSymbol(symbol));
  if (counts.length !== symbols.length || counts.length === 0 || unknown !== undefined) {
    throw lines.error('bad-counts', {
      expected: `a count for each of ${symbols.join(' ')}`,
      found: unknown === undefined ? `${counts.length} counts` : `no element ${quoted(unknown)}`,
      hint: 'Symbols and counts stand below each other, one of each for a species.',
    });
  }
  return symbols.map((symbol, k) => ({ symbol, count: counts[k] }));
}

function takeWords(lines: LineReader, expected: string): Word[] {
  const words = wordsOf(lines.take(expected));
  const end = words.findIndex(({ text }) => /^[!#]/.test(text));
  return end === -1 ? words : words.slice(0, end);
}

/** `Na`, and the names of potentials that newer versions write: `Na_pv`, `Na_pv/6a2f546d`. */
function readSymbol(lines: LineReader, { text, column }: Word): string {
  const symbol = text.split(/[/_]/)[0];
  if (isSymbol(symbol)) return symbol;
  throw lines.error('unknown-element', {
    expected: 'a chemical symbol such as Na',
    found: quoted(text),
    column,
    hint: 'The sixth line names the species, the seventh counts their atoms.',
  });
}

function readCount(lines: LineReader, { text, column }: Word): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw lines.error('bad-count', {
    expected: 'a number of atoms, 1 or more',
    found: quoted(text),
    column,
    hint: 'Remove species that have no atoms.',
  });
}
