import { checkBonds } from './ctab.ts';
import type { Ctab, CtabAtom, CtabBond, MolfileLines } from './ctab.ts';

const MAX_ATOMS = 100_000;

/**
 * Reads atoms and bonds of a V3000 connection table.
 *
 * BIOVIA, CTfile Formats (2020), chapter 5. Substance groups, collections and 3-D features are
 * passed over.
 * @throws FileFormatError
 */
export function readV3000(lines: MolfileLines): Pick<Ctab, 'atoms' | 'bonds'> {
  expectLine(lines, 'BEGIN CTAB');
  const counts = takeWords(lines, 'the line COUNTS');
  if (counts[0] !== 'COUNTS') throw lines.error('the line COUNTS', counts.join(' '));
  const atomCount = lines.integer(counts[1] ?? '', 'the number of atoms', [1, MAX_ATOMS]);
  const bondCount = lines.integer(counts[2] ?? '', 'the number of bonds', [0, MAX_ATOMS]);
  expectLine(lines, 'BEGIN ATOM');
  const places = new Map<number, number>();
  const atoms: CtabAtom[] = [];
  for (let k = 0; k < atomCount; k++) {
    const words = takeWords(lines, `${atomCount} atom lines`);
    const index = lines.integer(words[0] ?? '', 'the number of the atom', [1, 999_999_999]);
    if (places.has(index)) throw lines.error('each atom number once', words.join(' '));
    places.set(index, k);
    atoms.push(readAtom(lines, words));
  }
  expectLine(lines, 'END ATOM');
  const bonds = bondCount === 0 ? [] : readBonds(lines, bondCount, places);
  checkBonds({ bonds }, lines);
  skipToEnd(lines, bondCount === 0);
  return { atoms, bonds };
}

function readAtom(lines: MolfileLines, words: readonly string[]): CtabAtom {
  if (words.length < 6)
    throw lines.error('an atom: number, element, x, y, z, map', words.join(' '));
  const options = keywords(lines, words.slice(6));
  const option = (key: string, what: string, range: readonly [number, number]): number => {
    const text = options.get(key);
    return text === undefined ? 0 : lines.integer(text, what, range);
  };
  const element = lines.element(words[1]);
  return {
    number: element.number,
    mass: option('MASS', 'the mass number', [1, 400]) || element.mass,
    position: [lines.coordinate(words[2]), lines.coordinate(words[3]), lines.coordinate(words[4])],
    charge: option('CHG', 'the charge', [-15, 15]),
    radical: option('RAD', 'the radical', [0, 3]),
    valence: option('VAL', 'the valence', [-1, 14]),
  };
}

function readBonds(
  lines: MolfileLines,
  count: number,
  places: ReadonlyMap<number, number>,
): CtabBond[] {
  expectLine(lines, 'BEGIN BOND');
  const bonds = Array.from({ length: count }, () => {
    const words = takeWords(lines, `${count} bond lines`);
    const [from, to] = [2, 3].map((k) => places.get(Number(words[k])));
    if (from === undefined || to === undefined) {
      throw lines.error('a bond between atoms that are there', words.join(' '));
    }
    const stereo = keywords(lines, words.slice(4)).get('CFG') ?? '0';
    return {
      from,
      to,
      order: lines.integer(words[1], 'the bond type', [1, 4]),
      stereo: lines.integer(stereo, 'the bond configuration', [0, 3]),
    };
  });
  expectLine(lines, 'END BOND');
  return bonds;
}

function skipToEnd(lines: MolfileLines, mayHaveBondBlock: boolean): void {
  for (;;) {
    const words = takeWords(lines, 'the line M  V30 END CTAB');
    const text = words.join(' ');
    if (text === 'END CTAB') break;
    if (/^BEGIN (ATOM|CTAB)/.test(text) || (text === 'BEGIN BOND' && !mayHaveBondBlock)) {
      throw lines.error('each block once', text);
    }
    if (text === 'BEGIN BOND') expectLine(lines, 'END BOND');
  }
  const end = lines.take('the line M  END');
  if (!/^M {2}END\s*$/.test(end)) throw lines.error('the line M  END', end);
}

function expectLine(lines: MolfileLines, text: string): void {
  const found = takeWords(lines, `the line M  V30 ${text}`).join(' ');
  if (found !== text && !(text === 'BEGIN CTAB' && found.startsWith(`${text} `))) {
    throw lines.error(`the line M  V30 ${text}`, found);
  }
}

/** Words of the next line, where a hyphen at the end goes on in the line after; lists are one word. */
function takeWords(lines: MolfileLines, expected: string): string[] {
  let text = '';
  for (;;) {
    const line = lines.take(expected);
    if (!line.startsWith('M  V30 ')) throw lines.error(expected, line);
    const part = line.slice(7).trimEnd();
    if (!part.endsWith('-')) return (text + part).match(/[^\s(]*\([^)]*\)|\S+/g) ?? [];
    text += part.slice(0, -1);
  }
}

function keywords(lines: MolfileLines, words: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1 || values.has(word.slice(0, at))) throw lines.error('keywords such as CHG=1', word);
    values.set(word.slice(0, at), word.slice(at + 1));
  }
  return values;
}
