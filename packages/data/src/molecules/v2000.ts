import { checkBonds } from './ctab.ts';
import type { Ctab, CtabAtom, CtabBond, MolfileLines } from './ctab.ts';

/** Charges by the code in an atom line; 4 is a doublet radical. */
const CHARGES = [0, 3, 2, 1, 0, -1, -2, -3];
/** Wedges of V3000 by the stereo code of a bond line. */
const WEDGES: Readonly<Record<number, number>> = { 0: 0, 1: 1, 3: 2, 4: 2, 6: 3 };
const INDEX = [1, 999] as const;

type MutableAtom = { -readonly [K in keyof CtabAtom]: CtabAtom[K] };

/**
 * Reads atoms, bonds and properties of a V2000 connection table.
 *
 * BIOVIA, CTfile Formats (2020), chapter 4.
 * @param counts the counts line, already taken from `lines`
 * @throws FileFormatError
 */
export function readV2000(lines: MolfileLines, counts: string): Pick<Ctab, 'atoms' | 'bonds'> {
  const atomCount = lines.integer(counts.slice(0, 3), 'the number of atoms', INDEX);
  const bondCount = lines.integer(counts.slice(3, 6), 'the number of bonds', [0, 999]);
  const lists = counts.slice(6, 9).trim();
  if (lists !== '' && Number(lists) !== 0) throw lines.error('no atom lists', counts);
  const atoms = Array.from({ length: atomCount }, () =>
    readAtom(lines, lines.take(`${atomCount} atom lines`)),
  );
  const bonds = Array.from({ length: bondCount }, () =>
    readBond(lines, lines.take(`${bondCount} bond lines`), atomCount),
  );
  checkBonds({ bonds }, lines);
  readProperties(lines, atoms);
  return { atoms, bonds };
}

function readAtom(lines: MolfileLines, line: string): MutableAtom {
  if (line.length < 32) throw lines.error('an atom line: x, y, z, element', line);
  const field = (from: number, what: string, range: readonly [number, number]): number => {
    const text = line.slice(from, from + 3);
    return text.trim() === '' ? 0 : lines.integer(text, what, range);
  };
  const code = field(36, 'the charge code', [0, 7]);
  const valence = field(48, 'the valence', [0, 15]);
  const shift = line.slice(34, 36).trim();
  if (shift !== '' && Number(shift) !== 0) {
    throw lines.error('no mass difference: it depends on a table of years past', line);
  }
  return {
    ...lines.element(line.slice(31, 34)),
    position: [
      lines.coordinate(line.slice(0, 10)),
      lines.coordinate(line.slice(10, 20)),
      lines.coordinate(line.slice(20, 30)),
    ],
    charge: CHARGES[code],
    radical: code === 4 ? 2 : 0,
    valence: valence === 15 ? -1 : valence,
  };
}

function readBond(lines: MolfileLines, line: string, atomCount: number): CtabBond {
  const range = [1, atomCount] as const;
  const stereo = line.slice(9, 12).trim();
  const code = stereo === '' ? 0 : lines.integer(stereo, 'the bond stereo', [0, 6]);
  if (!(code in WEDGES)) throw lines.error('a bond stereo of 0, 1, 3, 4 or 6', line);
  return {
    from: lines.integer(line.slice(0, 3), 'an atom of the bond', range) - 1,
    to: lines.integer(line.slice(3, 6), 'an atom of the bond', range) - 1,
    order: lines.integer(line.slice(6, 9), 'the bond type', [1, 4]),
    stereo: WEDGES[code],
  };
}

/** Properties that change what the molecule is; the first of CHG and RAD voids the atom lines. */
function readProperties(lines: MolfileLines, atoms: MutableAtom[]): void {
  let voided = false;
  for (;;) {
    const line = lines.take('the line M  END');
    if (/^M {2}END\s*$/.test(line)) return;
    const tag = line.slice(0, 6);
    if (tag === 'M  CHG' || tag === 'M  RAD' || tag === 'M  ISO') {
      if (!voided && tag !== 'M  ISO') {
        for (const atom of atoms) Object.assign(atom, { charge: 0, radical: 0 });
        voided = true;
      }
      for (const [index, value] of readPairs(lines, line, tag)) {
        if (index >= atoms.length) throw lines.error(`atoms up to ${atoms.length}`, line);
        if (tag === 'M  CHG') atoms[index].charge = value;
        else if (tag === 'M  RAD') atoms[index].radical = value;
        else atoms[index].mass = value;
      }
    } else if (/^[AG] {2}/.test(line)) {
      lines.take('the text of the property above');
    } else if (/^M {2}(ALS|RGP|LOG|APO|LIN|SUB|RBC|UNS|\$3D)/.test(line)) {
      throw lines.error('a molecule: this property belongs to queries', line);
    } else if (!/^(M {2}[A-Z]{3}|V {2}\s*\d)/.test(line) && line.trim() !== '') {
      throw lines.error('a property line, or M  END', line);
    }
  }
}

const VALUES: Readonly<Record<string, readonly [number, number]>> = {
  'M  CHG': [-15, 15],
  'M  RAD': [0, 3],
  'M  ISO': [1, 400],
};

function readPairs(lines: MolfileLines, line: string, tag: string): [number, number][] {
  const words = line.slice(6).trim().split(/\s+/);
  const count = lines.integer(words[0], 'the number of entries', [1, 8]);
  if (words.length !== 1 + 2 * count) throw lines.error(`${count} entries`, line);
  return Array.from({ length: count }, (_, k) => [
    lines.integer(words[1 + 2 * k], 'an atom', INDEX) - 1,
    lines.integer(words[2 + 2 * k], 'a value', VALUES[tag]),
  ]);
}
