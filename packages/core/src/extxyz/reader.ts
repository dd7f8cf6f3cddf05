import { FileFormatError, isMlffdError } from '../errors.ts';
import { assembleFrame, FrameError } from './assemble.ts';
import { CommentSyntaxError, parseComment } from './comment.ts';
import { parseProperties, PLAIN_COLUMNS, type PropertyColumns } from './properties.ts';
import { TableError, TableReader } from './table.ts';
import type { InfoValue } from '../atoms.ts';
import type { Frame, FrameArray } from './frame.ts';

export interface ReadExtxyzOptions {
  /** Name of the source for error messages, usually the path. */
  readonly where?: string;
}

/**
 * Reads all frames of extended XYZ (or plain XYZ) text.
 * @throws FileFormatError `extxyz/...` naming source, line and the rule broken
 */
export function readExtxyz(text: string, options: ReadExtxyzOptions = {}): Frame[] {
  const parser = new FrameParser(text, { where: options.where ?? 'extended XYZ', line: 1 });
  const frames: Frame[] = [];
  for (let frame = parser.next(); frame !== undefined; frame = parser.next()) frames.push(frame);
  if (frames.length === 0) throw emptyFile(options.where ?? 'extended XYZ');
  return frames;
}

export function emptyFile(where: string): FileFormatError {
  return new FileFormatError('extxyz/empty', `${where} holds no frame`, {
    expected: 'the number of atoms on the first line',
    found: 'nothing',
    where,
    hint: 'Check that whatever wrote the file came to its end.',
  });
}

/** Where a piece of text comes from. */
export interface Source {
  readonly where: string;
  /** Line number of the first character, from 1. */
  readonly line: number;
}

/** Reads one frame after another. */
export class FrameParser {
  readonly #text: string;
  readonly #where: string;
  #at = 0;
  #line: number;

  constructor(text: string, { where, line }: Source) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
    this.#where = where;
    this.#line = line;
  }

  /** The next frame, or undefined when nothing but blank lines is left. */
  next(): Frame | undefined {
    const text = this.#text;
    if (this.#restIsBlank()) return undefined;
    const first = this.#line;
    const count = this.#readCount(this.#takeLine(), first);
    // A row has two characters at least; a wild count must not be given memory.
    if (2 * count > text.length - this.#at) {
      throw this.#error('extxyz/truncated', first + 1, {
        expected: `a comment line and ${count} atoms`,
        found: 'the end of the file',
        ...(HINTS['extxyz/truncated'] === undefined ? {} : { hint: HINTS['extxyz/truncated'] }),
      });
    }
    const info = this.#readComment(this.#takeLine(), first + 1);
    const properties = this.#readProperties(info, first + 1);
    const arrays = this.#readTable(count, properties);
    try {
      return assembleFrame(info, arrays);
    } catch (error) {
      throw this.#explain(error, first);
    }
  }

  #restIsBlank(): boolean {
    const text = this.#text;
    for (let at = this.#at; at < text.length; at++) if (text.charCodeAt(at) > 32) return false;
    return true;
  }

  #takeLine(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const stop = end === -1 ? this.#text.length : end;
    const line = this.#text.slice(this.#at, stop);
    this.#at = stop + 1;
    this.#line++;
    return line;
  }

  #readCount(line: string, at: number): number {
    const text = line.trim();
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count > 0) return count;
    throw this.#error('extxyz/bad-count', at, {
      expected: 'the number of atoms, 1 or more, alone on a line',
      found: text === '' ? 'a blank line' : `'${text.slice(0, 60)}'`,
      hint: 'Every frame is a count, a comment line and as many rows; no blank line between frames.',
    });
  }

  #readComment(line: string, at: number): Map<string, InfoValue> {
    try {
      return parseComment(line);
    } catch (error) {
      if (!(error instanceof CommentSyntaxError)) throw error;
      throw this.#error('extxyz/bad-comment', at, {
        expected: 'key=value pairs, text with spaces in quotes',
        found: error.message,
      });
    }
  }

  #readProperties(info: Map<string, InfoValue>, at: number): readonly PropertyColumns[] {
    const text = info.get('Properties');
    if (text === undefined) return PLAIN_COLUMNS;
    info.delete('Properties');
    const properties = parseProperties(String(text));
    if (typeof properties !== 'string') return properties;
    throw this.#error('extxyz/bad-properties', at, {
      expected: `Properties with ${properties}`,
      found: `'${String(text)}'`,
    });
  }

  #readTable(count: number, properties: readonly PropertyColumns[]): Map<string, FrameArray> {
    const first = this.#line;
    const reader = new TableReader(this.#text, this.#at);
    try {
      const columns = reader.read(count, properties);
      this.#at = reader.position;
      this.#line += count;
      return new Map(columns.map((column, k) => [properties[k].name, column]));
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      const { code, row, expected, found } = error;
      const hint = HINTS[code];
      throw this.#error(code, first + row, {
        expected,
        found: `${found} for atom ${row}`,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }

  /** Gives errors of the content (elements, cell, labels) their place in the file. */
  #explain(error: unknown, first: number): unknown {
    if (error instanceof FrameError) {
      const { code, expected, found } = error;
      return this.#error(code, first + 1, { expected, found });
    }
    if (!isMlffdError(error)) return error;
    const atom = /atom (\d+)/.exec(error.where ?? '');
    const line = atom === null ? first + 1 : first + 2 + Number(atom[1]);
    return this.#error(error.code.replace('atoms/', 'extxyz/'), line, {
      expected: error.expected ?? 'a valid structure',
      found: error.found ?? error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }

  #error(
    code: string,
    line: number,
    details: { expected: string; found: string; hint?: string; cause?: unknown },
  ): FileFormatError {
    const where = `${this.#where}:${line}`;
    return new FileFormatError(
      code,
      `${where}: expected ${details.expected}, found ${details.found}`,
      { ...details, where },
    );
  }
}

const HINTS: Readonly<Partial<Record<string, string>>> = {
  'extxyz/truncated': 'The file was cut short, or the count of its last frame is wrong.',
  'extxyz/wrong-column-count': 'Compare the row with Properties= on the comment line of its frame.',
  'extxyz/bad-value': 'Numbers look like 1.5, -2e-3 or 1.0D+03, logical values are T and F.',
};
