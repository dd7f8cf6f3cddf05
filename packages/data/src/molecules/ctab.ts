import { FileFormatError, isSymbol, numberOf } from '@mlffd/core';

/** An atom of a connection table. */
export interface CtabAtom {
  readonly number: number;
  /** Angstrom in a 3-D file; of no meaning in a 2-D one. */
  readonly position: readonly [number, number, number];
  /** Formal charge, e. */
  readonly charge: number;
  /** 0 none, 1 singlet, 2 doublet, 3 triplet. */
  readonly radical: number;
  /** Mass number; 0 for the natural mixture. */
  readonly mass: number;
  /** Stated number of bonds; 0 where the usual valence counts, -1 for none. */
  readonly valence: number;
}

/** A bond between atoms counted from 0; order 4 is aromatic, `stereo` is that of V3000 (CFG). */
export interface CtabBond {
  readonly from: number;
  readonly to: number;
  readonly order: number;
  readonly stereo: number;
}

/** A molfile as it is written. */
export interface Ctab {
  readonly title: string;
  /** What the second line says, where it says it. */
  readonly dimension: '2D' | '3D' | undefined;
  readonly atoms: readonly CtabAtom[];
  readonly bonds: readonly CtabBond[];
}

/** Lines of one molfile, with their place in the file for messages. */
export class MolfileLines {
  readonly #lines: readonly string[];
  readonly #where: string;
  readonly #first: number;
  #next = 0;

  /** @param first number of the first line in its file, from 1 */
  constructor(lines: readonly string[], where: string, first: number) {
    this.#lines = lines;
    this.#where = where;
    this.#first = first;
  }

  /**
   * The next line.
   * @throws FileFormatError `molfile/truncated`
   */
  take(expected: string): string {
    if (this.#next < this.#lines.length) return this.#lines[this.#next++];
    throw new FileFormatError('molfile/truncated', `${this.#place()}: the file ends too early`, {
      expected,
      found: 'end of the molfile',
      where: this.#place(),
      hint: 'Fetch or write the file again: it is cut off.',
    });
  }

  /** True when only blank lines are left. */
  atEnd(): boolean {
    return this.#lines.slice(this.#next).every((line) => line.trim() === '');
  }

  /** An error at the line taken last. */
  error(expected: string, found: string): FileFormatError {
    const where = this.#place();
    return new FileFormatError('molfile/malformed', `${where}: expected ${expected}`, {
      expected,
      found: JSON.stringify(found.slice(0, 120)),
      where,
      hint: 'Correct that line, or write the file again with another program.',
    });
  }

  /** An integer within bounds. */
  integer(text: string, what: string, [low, high]: readonly [number, number]): number {
    const value = /^[+-]?\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= low && value <= high) return value;
    throw this.error(`${what}, an integer from ${low} to ${high}`, text);
  }

  /** A coordinate; nothing beyond a micrometre is one. */
  coordinate(text: string): number {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text.trim())
      ? Number(text)
      : NaN;
    if (Math.abs(value) < 1e4) return value;
    throw this.error('a coordinate in Angstrom', text);
  }

  /** An element, and its mass number where the symbol is D or T. */
  element(text: string): Pick<CtabAtom, 'number' | 'mass'> {
    const symbol = text.trim();
    if (symbol === 'D') return { number: 1, mass: 2 };
    if (symbol === 'T') return { number: 1, mass: 3 };
    if (isSymbol(symbol)) return { number: numberOf(symbol), mass: 0 };
    throw this.error('a chemical element: queries, R groups and dummies are no atoms', symbol);
  }

  /** The place of the line taken last: `water.sdf:12`. */
  #place(): string {
    return `${this.#where}:${this.#first + Math.max(this.#next - 1, 0)}`;
  }
}

/** Refuses a bond that cannot be: to itself, or a second one. */
export function checkBonds(ctab: Pick<Ctab, 'bonds'>, lines: MolfileLines): void {
  const seen = new Set<string>();
  for (const { from, to } of ctab.bonds) {
    const pair = `${Math.min(from, to) + 1} ${Math.max(from, to) + 1}`;
    if (from === to || seen.has(pair)) {
      throw lines.error('one bond at most between two different atoms', pair);
    }
    seen.add(pair);
  }
}
