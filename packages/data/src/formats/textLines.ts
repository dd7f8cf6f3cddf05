import { formatError, quoted } from './place.ts';
import type { Place } from './place.ts';

/** A word of a line with the column of its first character, from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

const REAL = /^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$/;

/** A finite number as C or Fortran write it (1.0D+03), or undefined. */
export function parseReal(text: string): number | undefined {
  if (!REAL.test(text)) return undefined;
  const value = Number(text.replace(/[dD]/, 'e'));
  return Number.isFinite(value) ? value : undefined;
}

/** The lines of a text, without a byte order mark; any of the three line ends. */
function splitLines(text: string): string[] {
  return text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
}

/** The words of a line. */
export function wordsOf(line: string): Word[] {
  return Array.from(line.matchAll(/\S+/g), (match) => ({
    text: match[0],
    column: match.index + 1,
  }));
}

/** Walks through the lines of a text and makes errors that point into it. */
export class LineReader {
  readonly where: string;
  readonly format: string;
  readonly #lines: readonly string[];
  #next = 0;

  constructor(text: string, where: string, format: string) {
    this.#lines = splitLines(text);
    this.where = where;
    this.format = format;
  }

  /** Number of the line taken last, from 1. */
  get line(): number {
    return this.#next;
  }

  /** The next line, which stays the next one; undefined at the end. */
  peek(): string | undefined {
    return this.#lines.at(this.#next);
  }

  /** @throws FileFormatError `<format>/truncated` at the end of the text */
  take(expected: string): string {
    if (this.#next >= this.#lines.length) {
      throw this.error('truncated', {
        expected,
        found: 'the end of the file',
        hint: 'The file was cut short: copy it again.',
      });
    }
    this.#next++;
    return this.#lines[this.#next - 1];
  }

  /** A place on the line taken last. */
  place(column?: number): Place {
    return { where: this.where, line: this.#next, ...(column === undefined ? {} : { column }) };
  }

  error(
    rule: string,
    complaint: { expected: string; found: string; hint: string; column?: number },
  ): Error {
    const { column, ...rest } = complaint;
    return formatError(`${this.format}/${rule}`, this.place(column), rest);
  }

  /** @throws FileFormatError `<format>/bad-number` unless the word is a finite number */
  real(word: Word): number {
    const value = parseReal(word.text);
    if (value !== undefined) return value;
    throw this.error('bad-number', {
      expected: 'a finite number',
      found: quoted(word.text),
      column: word.column,
      hint: 'Numbers look like 1.5, -2e-3 or 1.0D+03.',
    });
  }
}
