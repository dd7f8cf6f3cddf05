import { invertCell } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import { cellFromParameters } from './cellParameters.ts';
import type { CellParameters } from './cellParameters.ts';
import { elementOf } from './pdbElement.ts';
import { makeAtoms, quoted } from './place.ts';
import { LineReader, parseReal } from './textLines.ts';

/** Options of `readPdb`. */
export interface ReadPdbOptions {
  /**
   * Which alternate location to take, e.g. `'A'`; atoms without one are always taken. Default: a
   * file with alternate locations is refused.
   */
  readonly altloc?: string;
  /**
   * What to do with CRYST1: `'p1'` (default) refuses any space group but P 1, since the file then
   * holds a part of the cell alone; `'ignore'` reads a molecule without a cell.
   */
  readonly crystal?: 'p1' | 'ignore';
}

/** Records that say nothing about where atoms are; a name outside could be a damaged ATOM. */
const OTHER_RECORDS: ReadonlySet<string> = new Set(
  (
    'ANISOU AUTHOR CAVEAT CISPEP COMPND CONECT DBREF DBREF1 DBREF2 EXPDTA FORMUL FTNOTE HEADER ' +
    'HELIX HET HETNAM HETSYN HYDBND JRNL KEYWDS LINK LINKR MASTER MDLTYP MODRES MTRIX1 MTRIX2 ' +
    'MTRIX3 NUMMDL OBSLTE ORIGX1 ORIGX2 ORIGX3 REMARK REVDAT SEQADV SEQRES SHEET SIGATM SIGUIJ ' +
    'SITE SLTBRG SOURCE SPLIT SPRSDE SSBOND TER TITLE TURN TVECT USER'
  ).split(' '),
);

/**
 * Reads the ATOM and HETATM records of PDB text: one frame per MODEL (or per END, as some
 * trajectories have it), with the cell of CRYST1 where there is one.
 *
 * - Coordinates are the three 8.3 fields of columns 31 to 54, nothing else.
 * - The element is in columns 77 and 78, otherwise it follows from the atom name (columns 13 to
 *   16) where that has one meaning only: see `elementOf`.
 * - Alternate locations and partial occupancies are refused, unless `altloc` says what to take.
 * - CRYST1 1 1 1 90 90 90 means no crystal. Lattice vectors: a along x, b in the xy plane; a
 *   SCALE record that says otherwise is refused.
 * - Charges (columns 79 and 80) are the column `formal_charges`, where there is any. Their sum is
 *   not taken for the total charge, because most files leave out some.
 *
 * Format: wwPDB, Atomic Coordinate Entry Format, version 3.3.
 * @param where name of the source for error messages, usually the path
 * @throws FileFormatError `pdb/...` naming source, line and column
 */
export function readPdb(text: string, where: string, options: ReadPdbOptions = {}): Frame[] {
  const reader = new PdbReader(new LineReader(text, where, 'pdb'), options);
  return reader.read();
}

interface PdbAtom {
  readonly symbol: string;
  readonly charge: number;
  readonly line: number;
}

class PdbReader {
  readonly #lines: LineReader;
  readonly #options: ReadPdbOptions;
  readonly #frames: Frame[] = [];
  #cell: Float64Array | undefined;
  #atoms: PdbAtom[] = [];
  #positions: number[] = [];
  /** Atoms that have alternate locations: true once the wanted one was there. */
  #alternates = new Map<string, boolean>();
  #inModel = false;
  #modelCount = 0;

  constructor(lines: LineReader, options: ReadPdbOptions) {
    this.#lines = lines;
    this.#options = options;
  }

  read(): Frame[] {
    while (this.#lines.peek() !== undefined) this.#record(this.#lines.take('a record'));
    if (this.#inModel) {
      throw this.#lines.error('truncated', {
        expected: 'ENDMDL after the last model',
        found: 'the end of the file',
        hint: 'The file was cut short: copy it again.',
      });
    }
    this.#finish();
    if (this.#frames.length > 0) return this.#frames;
    throw this.#lines.error('empty', {
      expected: 'ATOM or HETATM records',
      found: 'none',
      hint: 'Is this a PDB file?',
    });
  }

  #record(line: string): void {
    const name = line.slice(0, 6).trimEnd();
    if (name === 'ATOM' || name === 'HETATM') this.#atom(line);
    else if (name === 'CRYST1') this.#crystal(line);
    else if (/^SCALE[123]$/.test(name)) this.#scale(line, Number(name[5]) - 1);
    else if (name === 'MODEL') this.#model();
    else if (name === 'ENDMDL') this.#endModel();
    else if (name === 'END') this.#finish();
    else if (line.trim() !== '' && !OTHER_RECORDS.has(name)) {
      throw this.#lines.error('bad-record', {
        expected: 'the name of a PDB record in columns 1 to 6',
        found: quoted(line.slice(0, 6)),
        column: 1,
        hint: 'Records begin in the first column, in upper case.',
      });
    }
  }

  #model(): void {
    if (this.#inModel || this.#atoms.length > 0) {
      throw this.#lines.error('bad-model', {
        expected: this.#inModel ? 'ENDMDL before the next MODEL' : 'all atoms within models',
        found: 'MODEL',
        column: 1,
        hint: 'Each model is between MODEL and ENDMDL.',
      });
    }
    this.#inModel = true;
    this.#modelCount++;
  }

  #endModel(): void {
    if (!this.#inModel || this.#atoms.length === 0) {
      throw this.#lines.error('bad-model', {
        expected: 'MODEL and atoms before ENDMDL',
        found: this.#inModel ? 'a model without atoms' : 'no MODEL',
        column: 1,
        hint: 'Each model is between MODEL and ENDMDL.',
      });
    }
    this.#inModel = false;
    this.#finish();
  }

  #atom(line: string): void {
    if (this.#modelCount > 0 && !this.#inModel) {
      throw this.#lines.error('bad-model', {
        expected: 'atoms between MODEL and ENDMDL',
        found: 'an atom outside of models',
        column: 1,
        hint: 'Was MODEL or ENDMDL lost?',
      });
    }
    if (line.includes('\t')) {
      throw this.#lines.error('tab', {
        expected: 'blanks',
        found: 'a tab',
        column: line.indexOf('\t') + 1,
        hint: 'The columns of PDB are counted: replace tabs by blanks.',
      });
    }
    if (line.slice(80).trim() !== '') {
      throw this.#lines.error('long-row', {
        expected: '80 columns at most',
        found: quoted(line.slice(80).trim()),
        column: 81,
        hint: 'Are the columns of this row shifted?',
      });
    }
    const position = [30, 38, 46].map((start) => this.#coordinate(line, start));
    if (!this.#isWanted(line)) return;
    const charge = this.#charge(line);
    this.#atoms.push({ symbol: elementOf(line, this.#lines), charge, line: this.#lines.line });
    this.#positions.push(...position);
  }

  #coordinate(line: string, start: number): number {
    const field = line.slice(start, start + 8);
    if (/^ *-?\d+\.\d{3}$/.test(field) && field.length === 8) return Number(field);
    throw this.#lines.error('bad-coordinate', {
      expected: 'a coordinate of 8 columns with 3 decimals',
      found: quoted(field),
      column: start + 1,
      hint: 'x, y, z are in columns 31-38, 39-46, 47-54. Larger boxes need another format (extended XYZ, CIF).',
    });
  }

  /** False for alternate locations other than the one that was asked for. */
  #isWanted(line: string): boolean {
    const altloc = line[16];
    if (altloc === ' ') {
      this.#checkOccupancy(line);
      return true;
    }
    if (this.#options.altloc === undefined) {
      throw this.#lines.error('alternate-location', {
        expected: 'one location for each atom',
        found: `alternate location ${quoted(altloc)}`,
        column: 17,
        hint: "Choose one with the option altloc, e.g. 'A'.",
      });
    }
    const wanted = altloc === this.#options.altloc;
    // Atom name, chain, number and insertion code; the residue may differ between alternates.
    const key = line.slice(12, 16) + line.slice(21, 27);
    this.#alternates.set(key, wanted || (this.#alternates.get(key) ?? false));
    return wanted;
  }

  #checkOccupancy(line: string): void {
    const field = line.slice(54, 60).trim();
    const occupancy = field === '' ? 1 : parseReal(field);
    // 0 is what modelling programs write for atoms that experiment did not see.
    if (occupancy === 0 || occupancy === 1) return;
    throw this.#lines.error('partial-occupancy', {
      expected: 'an occupancy of 1.00, 0.00 or blank',
      found: quoted(field),
      column: 55,
      hint: 'A potential needs whole atoms: decide which of the partial ones are there.',
    });
  }

  #charge(line: string): number {
    const field = line.slice(78, 80).trim();
    if (field === '') return 0;
    const match = /^(\d)([+-])$/.exec(field) ?? /^()([+-])$/.exec(field);
    const other = /^([+-])(\d)$/.exec(field);
    if (match !== null) return Number(`${match[2]}${match[1] === '' ? '1' : match[1]}`);
    if (other !== null) return Number(`${other[1]}${other[2]}`);
    if (field === '0') return 0;
    throw this.#lines.error('bad-charge', {
      expected: "a charge such as '2+' or '1-', or blanks",
      found: quoted(field),
      column: 79,
      hint: 'Are the columns of this row shifted?',
    });
  }

  #crystal(line: string): void {
    const fields = CRYSTAL_FIELDS.map(([start, end]) => {
      // Right-justified with all decimals: else the row is shifted, and digits may be lost.
      const field = line.slice(start, end);
      if (isFixed(field, end - start)) return Number(field);
      throw this.#lines.error('bad-number', {
        expected: `a number that ends in column ${end}`,
        found: quoted(field),
        column: start + 1,
        hint: 'Lengths have 9 columns and 3 decimals, angles 7 columns and 2 decimals.',
      });
    });
    const [a, b, c, alpha, beta, gamma] = fields;
    const isUnit = a === 1 && b === 1 && c === 1 && alpha === 90 && beta === 90 && gamma === 90;
    if (isUnit || this.#options.crystal === 'ignore') {
      this.#cell = undefined;
      return;
    }
    const group = line.slice(55, 66).trim();
    if (group !== '' && group.replaceAll(' ', '') !== 'P1') {
      throw this.#lines.error('space-group', {
        expected: 'the space group P 1, all atoms of the cell',
        found: quoted(group),
        column: 56,
        hint: "The atoms are one part of the cell: build the whole cell first, or read the molecule alone with the option crystal: 'ignore'.",
      });
    }
    const parameters: CellParameters = [a, b, c, alpha, beta, gamma];
    this.#cell = cellFromParameters(parameters, 'pdb', this.#lines.place(7));
  }

  /** Fractional coordinates are SCALE times Cartesian ones; that must be the cell of CRYST1. */
  #scale(line: string, row: number): void {
    if (this.#cell === undefined) return;
    const inverse = invertCell(this.#cell);
    const size = Math.max(...inverse.map(Math.abs));
    for (let a = 0; a < 3; a++) {
      const start = 10 + 10 * a;
      const value = this.#real(line, start, start + 10);
      if (Math.abs(value - inverse[3 * a + row]) <= SCALE_TOLERANCE * size) continue;
      throw this.#lines.error('other-orientation', {
        expected: `${inverse[3 * a + row].toFixed(6)}, as a lies along x and b in the xy plane`,
        found: String(value),
        column: start + 1,
        hint: 'The coordinates are in another orientation than CRYST1: convert the file to CIF or extended XYZ.',
      });
    }
  }

  #real(line: string, start: number, end: number): number {
    const field = line.slice(start, end).trim();
    const value = parseReal(field);
    if (value !== undefined) return value;
    throw this.#lines.error('bad-number', {
      expected: `a number in columns ${start + 1} to ${end}`,
      found: quoted(field),
      column: start + 1,
      hint: 'The columns of PDB are counted.',
    });
  }

  #finish(): void {
    if (this.#inModel) {
      throw this.#lines.error('bad-model', {
        expected: 'ENDMDL before END',
        found: 'END',
        column: 1,
        hint: 'The file was cut short, or ENDMDL is missing.',
      });
    }
    for (const [key, found] of this.#alternates) {
      if (found) continue;
      throw this.#lines.error('alternate-location', {
        expected: `location ${quoted(this.#options.altloc ?? '')} of atom ${quoted(key.slice(0, 4).trim())} in residue ${quoted(key.slice(4).trim())}`,
        found: 'other locations alone',
        hint: 'Choose a location that every such atom has, or edit the file.',
      });
    }
    const atoms = this.#atoms;
    if (atoms.length === 0) return;
    const first = atoms[0].line;
    const frame: Frame = {
      atoms: makeAtoms(
        'pdb',
        {
          symbols: atoms.map(({ symbol }) => symbol),
          positions: this.#positions,
          ...(this.#cell === undefined ? {} : { cell: this.#cell, pbc: true }),
        },
        (atom) => ({
          where: this.#lines.where,
          line: atom === undefined ? first : atoms[atom].line,
        }),
      ),
      results: {},
      arrays: atoms.some(({ charge }) => charge !== 0)
        ? {
            formal_charges: {
              kind: 'integer',
              columns: 1,
              values: Float64Array.from(atoms, ({ charge }) => charge),
            },
          }
        : {},
    };
    this.#frames.push(frame);
    this.#atoms = [];
    this.#positions = [];
    this.#alternates = new Map();
  }
}

/** Columns of the lengths and angles of CRYST1, from 0. */
const CRYSTAL_FIELDS = [
  [6, 15],
  [15, 24],
  [24, 33],
  [33, 40],
  [40, 47],
  [47, 54],
] as const;

// Lengths have 3 decimals and angles 2, relative to the largest component.
const SCALE_TOLERANCE = 2e-3;

/** A number of 9 columns and 3 decimals, or 7 and 2. */
function isFixed(field: string, width: number): boolean {
  return field.length === width && (width === 9 ? /^ *\d+\.\d{3}$/ : /^ *\d+\.\d{2}$/).test(field);
}
