import type { InfoValue } from '../atoms.ts';

const INTEGER = /^[+-]?\d+$/;
const REAL = /^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$/;
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['T', true],
  ['True', true],
  ['true', true],
  ['TRUE', true],
  ['F', false],
  ['False', false],
  ['false', false],
  ['FALSE', false],
]);

/** A number as extended XYZ may write it (also Fortran's 1.0D+03), or undefined. */
export function parseNumber(text: string): number | undefined {
  if (INTEGER.test(text)) return Number(text);
  if (REAL.test(text)) return Number(text.replace(/[dD]/, 'e'));
  const special = NOT_FINITE.exec(text);
  if (special === null) return undefined;
  if (special.at(2) !== undefined) return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** A logical value as extended XYZ may write it, or undefined. */
export function parseLogical(text: string): boolean | undefined {
  return BOOLEANS.get(text);
}

/** A value of the comment line: its text, and how it was delimited. */
export interface RawValue {
  readonly text: string;
  readonly form: 'bare' | 'quoted' | 'array';
}

/**
 * The typed value of a key, with ASE's order: number, logical, string.
 *
 * Several numbers or logicals in quotes are an array, a single one is a scalar. `_JSON` values are
 * decoded where an `InfoValue` can hold them, and kept as text where not.
 */
export function parseValue(key: string, { text, form }: RawValue): InfoValue {
  if (key === 'uid') return text;
  if (text.startsWith('_JSON ')) return parseJson(text);
  if (form === 'array') return parseBracketed(text);
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const numbers = parseAll(tokens, parseNumber);
  if (numbers !== undefined) return numbers.length === 1 ? numbers[0] : numbers;
  const logicals = parseAll(tokens, parseLogical);
  if (logicals !== undefined) return logicals.length === 1 ? logicals[0] : logicals;
  return text;
}

/** All tokens parsed, or undefined if one of them is something else or there are none. */
function parseAll<T>(
  tokens: readonly string[],
  parse: (text: string) => T | undefined,
): T[] | undefined {
  if (tokens.length === 0) return undefined;
  const values: T[] = [];
  for (const token of tokens) {
    const value = parse(token);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** `[1, 2]`, `[[1, 0], [0, 1]]` (flattened), `["a", "b"]`, and ASE's `[1 2]`. */
function parseBracketed(text: string): InfoValue {
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[^\s,[\]]+/g) ?? [];
  const numbers = parseAll(tokens, parseNumber);
  if (numbers !== undefined) return numbers;
  const logicals = parseAll(tokens, parseLogical);
  if (logicals !== undefined) return logicals;
  return tokens.map((token) => (token.startsWith('"') ? unescape(token.slice(1, -1)) : token));
}

function parseJson(text: string): InfoValue {
  let value: unknown;
  try {
    value = JSON.parse(text.slice('_JSON '.length));
  } catch {
    return text;
  }
  return isInfoValue(value) ? value : text;
}

function isInfoValue(value: unknown): value is InfoValue {
  const scalar = (x: unknown): boolean =>
    typeof x === 'string' || typeof x === 'number' || typeof x === 'boolean';
  if (!Array.isArray(value)) return scalar(value);
  const kind = typeof value[0];
  return value.every((x) => scalar(x) && typeof x === kind);
}

/** Resolves backslash escapes: `\n` is a line break, any other character is itself. */
export function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

/** The shortest text that reads back as the same number, -0 included. */
export function formatNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * Text of a value for the comment line, such that `parseValue` gives it back: plain where that
 * works, otherwise ASE's `_JSON` (also for line breaks, which ASE reads nowhere else). Undefined where neither does (an array of one NaN).
 */
export function formatValue(key: string, value: InfoValue): string | undefined {
  const plain = plainText(value);
  const read = /[\r\n]/.test(plain) ? undefined : parseValue(key, { text: plain, form: 'quoted' });
  if (isSame(read, value)) return quote(plain);
  const json = `_JSON ${jsonText(value)}`;
  return isSame(parseValue(key, { text: json, form: 'quoted' }), value) ? quote(json) : undefined;
}

function plainText(value: InfoValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return value.map((item: string | number | boolean) => plainText(item)).join(' ');
}

/** `JSON.stringify` forgets the sign of zero, which `JSON.parse` knows. */
function jsonText(value: InfoValue): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object') return JSON.stringify(value);
  return `[${value.map((item: string | number | boolean) => jsonText(item)).join(',')}]`;
}

/** In quotes with escapes, unless a bare word will do. */
export function quote(text: string): string {
  if (/^[^\s"'{}[\]=\\,]+$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function isSame(a: InfoValue | undefined, b: InfoValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  return a.length === b.length && a.every((item, k) => Object.is(item, b[k]));
}
