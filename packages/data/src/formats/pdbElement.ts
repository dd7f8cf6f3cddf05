import { isSymbol } from '@mlffd/core';
import { quoted } from './place.ts';
import type { LineReader } from './textLines.ts';

/**
 * The element of an ATOM or HETATM record.
 *
 * 1. Columns 77 and 78, in any case, where they are not blank.
 * 2. Otherwise the atom name (columns 13 to 16), without digits in front:
 *    - a name that is also the name of the residue is an ion: `CA` in residue `CA` is calcium;
 *    - a name that begins in column 14 (or has a digit in column 13) is an element of one letter:
 *      ` CA ` is carbon;
 *    - four characters that begin with H are hydrogen: `HG11`;
 *    - any other name counts by its first one or two letters where only one of them is an element
 *      (`ZN`, `MG1`), and is refused where both are (`CL1`, `CD`).
 * @throws FileFormatError `pdb/unknown-element`, `pdb/ambiguous-element`
 */
export function elementOf(line: string, lines: LineReader): string {
  const field = line.slice(76, 78);
  if (field.trim() !== '') {
    const symbol = spelled(field.trim());
    // A letter in column 76 belongs to a row that is shifted by one.
    const shifted = /^[A-Za-z] ?$/.test(field) && /[A-Za-z]/.test(line[75]);
    if (isSymbol(symbol) && !shifted) return symbol;
    throw lines.error('unknown-element', {
      expected: 'a chemical symbol, right-justified in columns 77 and 78',
      found: quoted(line.slice(75, 78)),
      column: 77,
      hint: 'Deuterium is H, dummy atoms have no place.',
    });
  }
  return fromName(line, lines);
}

function fromName(line: string, lines: LineReader): string {
  const field = line.slice(12, 16);
  const letters = /^\d*([A-Za-z]+)/.exec(field.trim())?.[1] ?? '';
  const one = spelled(letters.slice(0, 1));
  const two = spelled(letters.slice(0, 2));
  const isIon = field.trim().toUpperCase() === line.slice(17, 20).trim().toUpperCase();
  if (isIon && isSymbol(spelled(letters))) return spelled(letters);
  const candidates = /^[ \d][A-Za-z]/.test(field) || /^[Hh]\S{3}$/.test(field) ? [one] : [one, two];
  const found = [...new Set(candidates)].filter((symbol) => isSymbol(symbol));
  if (found.length === 1) return found[0];
  throw lines.error(found.length === 0 ? 'unknown-element' : 'ambiguous-element', {
    expected: 'the chemical symbol in columns 77 and 78',
    found: `blanks, and the name ${quoted(field)}${found.length === 0 ? '' : `, which may be ${found.join(' or ')}`}`,
    column: 13,
    hint: 'Write the file with the element column, as most programs can.',
  });
}

function spelled(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
}
