import { parseLogical, parseNumber } from './values.ts';
import type { FrameArray } from './frame.ts';
import type { PropertyColumns } from './properties.ts';

const NEWLINE = 10;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** The powers of ten that a double holds exactly. */
const EXACT_POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** Digits that always fit below 2^53. */
const EXACT_DIGITS = 15;

/** What is wrong in a table, and in which of its rows. */
export class TableError extends Error {
  readonly code: string;
  readonly row: number;
  readonly expected: string;
  readonly found: string;

  constructor(
    code: string,
    { row, expected, found }: { row: number; expected: string; found: string },
  ) {
    super(`${expected} expected, found ${found}`);
    this.code = code;
    this.row = row;
    this.expected = expected;
    this.found = found;
  }
}

type MutableColumn =
  | { kind: 'real'; columns: number; values: Float64Array }
  | { kind: 'integer'; columns: number; values: Float64Array }
  | { kind: 'logical'; columns: number; values: boolean[] }
  | { kind: 'string'; columns: number; values: string[] };

/**
 * Reads the rows of a frame, character by character: splitting lines into words would cost more
 * than everything else together.
 */
export class TableReader {
  readonly #text: string;
  readonly #length: number;
  /** Next character to read. */
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#length = text.length;
    this.#at = start;
  }

  /** Where the next line starts. */
  get position(): number {
    return this.#at;
  }

  /** @throws TableError */
  read(rows: number, properties: readonly PropertyColumns[]): FrameArray[] {
    const columns = properties.map(({ kind, columns: width }): MutableColumn => {
      if (kind === 'logical') return { kind, columns: width, values: [] };
      if (kind === 'string') return { kind, columns: width, values: [] };
      return { kind, columns: width, values: new Float64Array(rows * width) };
    });
    const total = columns.reduce((sum, column) => sum + column.columns, 0);
    for (let row = 0; row < rows; row++) {
      if (this.#at >= this.#text.length) {
        throw new TableError('extxyz/truncated', {
          row,
          expected: `${rows} atoms`,
          found: `the end of the file after ${row}`,
        });
      }
      let field = 0;
      for (const column of columns) {
        for (let k = 0; k < column.columns; k++, field++) {
          if (!this.#skipBlanks()) throw wrongCount(row, total, field);
          this.#store(column, row, row * column.columns + k);
        }
      }
      if (this.#skipBlanks()) {
        for (; this.#skipBlanks(); field++) this.#field();
        throw wrongCount(row, total, field);
      }
      this.#at++;
    }
    return columns;
  }

  #store(column: MutableColumn, row: number, index: number): void {
    if (column.kind === 'real') {
      column.values[index] = this.#real(row);
      return;
    }
    const field = this.#field();
    if (column.kind === 'string') {
      column.values.push(field);
    } else if (column.kind === 'logical') {
      const value = parseLogical(field);
      if (value === undefined) throw badField(row, 'T or F', field);
      column.values.push(value);
    } else {
      const value = /^[+-]?\d+$/.test(field) ? Number(field) : NaN;
      if (!Number.isSafeInteger(value)) throw badField(row, 'an integer', field);
      column.values[index] = value;
    }
  }

  /** Moves to the start of the next field of the line; false at its end. */
  #skipBlanks(): boolean {
    let at = this.#at;
    let code = this.#code(at);
    while (isBlank(code)) code = this.#code(++at);
    this.#at = at;
    return code !== NEWLINE;
  }

  /** Takes the field that starts here. */
  #field(): string {
    const start = this.#at;
    let at = start;
    let code = this.#code(at);
    while (code !== NEWLINE && !isBlank(code)) code = this.#code(++at);
    this.#at = at;
    return this.#text.slice(start, at);
  }

  /**
   * Takes the field that starts here as a number. Up to 15 digits and a small power of ten are
   * exact doubles, whose quotient is correctly rounded (Clinger 1990); else the slow way.
   */
  #real(row: number): number {
    const start = this.#at;
    let at = start;
    let code = this.#code(at);
    const isNegative = code === MINUS;
    if (isNegative || code === PLUS) code = this.#code(++at);
    let mantissa = 0;
    let figures = 0;
    let significant = 0;
    let decimals = 0;
    let seenPoint = 0;
    for (; ; code = this.#code(++at)) {
      if (code >= ZERO && code <= NINE) {
        mantissa = 10 * mantissa + (code - ZERO);
        figures++;
        if (mantissa > 0) significant++;
        decimals += seenPoint;
      } else if (code === POINT && seenPoint === 0) {
        seenPoint = 1;
      } else {
        break;
      }
    }
    if (figures > 0 && (isBlank(code) || code === NEWLINE)) {
      this.#at = at;
      if (significant > EXACT_DIGITS || decimals >= EXACT_POWERS.length) {
        return Number(this.#text.slice(start, at));
      }
      const value = mantissa / EXACT_POWERS[decimals];
      return isNegative ? -value : value;
    }
    const field = this.#field();
    const value = parseNumber(field);
    if (value === undefined) throw badField(row, 'a number', field);
    return value;
  }

  /** Character at a place; the end of the text ends the line. */
  #code(at: number): number {
    // Never past the end, where charCodeAt gives NaN and would turn all this into float arithmetic.
    return at < this.#length ? this.#text.charCodeAt(at) : NEWLINE;
  }
}

function badField(row: number, expected: string, field: string): TableError {
  return new TableError('extxyz/bad-value', { row, expected, found: `'${field}'` });
}

function wrongCount(row: number, expected: number, found: number): TableError {
  return new TableError('extxyz/wrong-column-count', {
    row,
    expected: `${expected} columns`,
    found: String(found),
  });
}

/** Space, tab or carriage return. */
function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}
