import { formatError, quoted } from './place.ts';
import type { Place } from './place.ts';

/** A value of a CIF file; `quoted` ones are text even where they look like a number. */
export interface CifValue {
  readonly text: string;
  readonly quoted: boolean;
  readonly place: Place;
}

export type CifToken =
  | { readonly kind: 'data'; readonly name: string; readonly place: Place }
  | { readonly kind: 'loop'; readonly place: Place }
  | { readonly kind: 'tag'; readonly name: string; readonly place: Place }
  | { readonly kind: 'value'; readonly value: CifValue; readonly place: Place };

const RESERVED = /^(save_|global_|stop_)/i;

/**
 * Tokens of CIF 1.1 text: quoted strings, text blocks between semicolons, comments.
 *
 * Tags come in lower case with `.` as `_`, so that DDLm names (`_cell.length_a`) are the same.
 * Syntax: Hall, Allen, Brown, Acta Cryst. A47, 655 (1991), and the CIF 1.1 specification.
 * @throws FileFormatError `cif/unclosed-quote`, `cif/unclosed-text`, `cif/unsupported`
 */
export function* cifTokens(text: string, where: string): Generator<CifToken, void, undefined> {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  if (lines[0].startsWith('#\\#CIF_2')) {
    throw formatError(
      'cif/unsupported',
      { where, line: 1, column: 1 },
      { expected: 'CIF 1.1', found: 'CIF 2.0', hint: 'Save it as CIF 1.1.' },
    );
  }
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    if (line.startsWith(';')) {
      let end = n + 1;
      while (end < lines.length && !lines[end].startsWith(';')) end++;
      const place = { where, line: n + 1, column: 1 };
      if (end === lines.length) {
        throw formatError('cif/unclosed-text', place, {
          expected: 'a line that begins with ; to end the text',
          found: 'the end of the file',
          hint: 'The file was cut short, or a semicolon is missing.',
        });
      }
      const content = [line.slice(1), ...lines.slice(n + 1, end)].join('\n');
      yield { kind: 'value', place, value: { text: content, quoted: true, place } };
      // What follows the closing semicolon is read as the rest of a line.
      yield* lineTokens(lines[end], 1, { where, line: end + 1 });
      n = end;
    } else {
      yield* lineTokens(line, 0, { where, line: n + 1 });
    }
  }
}

function* lineTokens(
  line: string,
  start: number,
  at: { readonly where: string; readonly line: number },
): Generator<CifToken, void, undefined> {
  let k = start;
  for (;;) {
    while (k < line.length && isBlank(line[k])) k++;
    if (k >= line.length || line[k] === '#') return;
    const place = { ...at, column: k + 1 };
    const quote = line[k];
    if (quote === "'" || quote === '"') {
      const end = closingQuote(line, k);
      if (end === -1) {
        throw formatError('cif/unclosed-quote', place, {
          expected: `a closing ${quote} on the same line`,
          found: quoted(line.slice(k)),
          hint: 'Text of several lines stands between lines that begin with ;.',
        });
      }
      const text = line.slice(k + 1, end);
      yield { kind: 'value', place, value: { text, quoted: true, place } };
      k = end + 1;
    } else {
      let end = k;
      while (end < line.length && !isBlank(line[end])) end++;
      yield wordToken(line.slice(k, end), place);
      k = end;
    }
  }
}

/** A quote closes only before a blank: 'Fe's site' is one string. */
function closingQuote(line: string, open: number): number {
  for (let k = open + 1; k < line.length; k++) {
    if (line[k] === line[open] && (k + 1 === line.length || isBlank(line[k + 1]))) return k;
  }
  return -1;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

function wordToken(word: string, place: Place): CifToken {
  if (word.startsWith('_')) {
    return { kind: 'tag', name: word.toLowerCase().replaceAll('.', '_'), place };
  }
  if (/^data_/i.test(word)) return { kind: 'data', name: word.slice(5), place };
  if (/^loop_$/i.test(word)) return { kind: 'loop', place };
  if (RESERVED.test(word)) {
    throw formatError('cif/unsupported', place, {
      expected: 'data blocks of tags and loops',
      found: quoted(word),
      hint: 'Save frames and nested loops belong to dictionaries; save one structure per data block.',
    });
  }
  return { kind: 'value', place, value: { text: word, quoted: false, place } };
}
