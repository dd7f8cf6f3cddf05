import { parseValue, type RawValue, unescape } from './values.ts';
import type { InfoValue } from '../atoms.ts';

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '{': '}', '[': ']' };

/** The comment line could not be read; `message` says which rule it breaks. */
export class CommentSyntaxError extends Error {}

/**
 * Reads the comment line of a frame.
 *
 * A line without any `=` is the free comment of plain XYZ and becomes the key `comment`; a word
 * without a value among others is a flag that is true. Of a key given twice the last one counts.
 * @throws CommentSyntaxError
 */
export function parseComment(line: string): Map<string, InfoValue> {
  const text = line.trim();
  const values = new Map<string, InfoValue>();
  if (text === '') return values;
  if (!text.includes('=')) return values.set('comment', text);
  let at = 0;
  while (at < text.length) {
    const key = readItem(text, at, true);
    if (key.value.text === '') throw new CommentSyntaxError(`a key is missing at column ${at + 1}`);
    at = skipSpace(text, key.end);
    if (text[at] === '=') {
      const value = readItem(text, skipSpace(text, at + 1), false);
      values.set(key.value.text, parseValue(key.value.text, value.value));
      at = skipSpace(text, value.end);
    } else {
      values.set(key.value.text, true);
    }
  }
  return values;
}

interface Item {
  readonly value: RawValue;
  readonly end: number;
}

/** A quoted, bracketed or bare item; a bare key ends at `=`, a bare value at white space. */
function readItem(text: string, start: number, isKey: boolean): Item {
  const opening = text[start] ?? '';
  if (!Object.hasOwn(CLOSING, opening) || (isKey && (opening === '[' || opening === '{'))) {
    let end = start;
    while (end < text.length && !/\s/.test(text[end]) && !(isKey && text[end] === '=')) end++;
    return { value: { text: text.slice(start, end), form: 'bare' }, end };
  }
  const closing = CLOSING[opening];
  const isArray = opening === '[';
  let depth = 1;
  let inString = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (isArray && character === '"') inString = !inString;
    else if (inString) continue;
    else if (character === closing) depth--;
    else if (character === opening) depth++;
    if (depth > 0) continue;
    const inner = text.slice(start + 1, at);
    return {
      value: isArray ? { text: inner, form: 'array' } : { text: unescape(inner), form: 'quoted' },
      end: at + 1,
    };
  }
  throw new CommentSyntaxError(`the ${opening} at column ${start + 1} is never closed`);
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && /\s/.test(text[at])) at++;
  return at;
}
