import { InvalidArgumentError } from '@mlffd/core';
import type { JsonValue } from './presets/preset.ts';

const PREFIX = 'ase:';
const CALCULATOR = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const PYTHON_WORDS: Readonly<Record<string, JsonValue>> = { True: true, False: false, None: null };

/** A teacher as a line of text, taken apart. */
export interface ParsedName {
  /** What stands before the `?`: a name, or `ase:module.path:Class`. */
  readonly name: string;
  /** What comes after it; undefined without a `?`. */
  readonly args: Readonly<Record<string, JsonValue>> | undefined;
}

/**
 * Takes `name?key=value&key2=value2` apart.
 *
 * Values are JSON where they can be (`300`, `true`, `[1,2]`, `"1"` for a text), Python's True, False
 * and None, otherwise text; `%26` stands for `&` and so on.
 *
 * @throws InvalidArgumentError `teachers/invalid-arguments`
 */
export function parseName(text: string): ParsedName {
  const split = text.indexOf('?');
  if (split === -1) return { name: text, args: undefined };
  const args: Record<string, JsonValue> = {};
  for (const part of text.slice(split + 1).split('&')) {
    const equals = part.indexOf('=');
    const key = decode(equals === -1 ? '' : part.slice(0, equals), text);
    if (key === '' || Object.hasOwn(args, key)) {
      const message = key === '' ? `cannot read the arguments of ${text}` : `${key} stands twice`;
      throw new InvalidArgumentError('teachers/invalid-arguments', message, {
        expected: 'arguments as in ase:tblite.ase:TBLite?method=GFN2-xTB&accuracy=0.1',
        found: part,
        where: 'teacher',
      });
    }
    args[key] = readValue(decode(part.slice(equals + 1), text));
  }
  return { name: text.slice(0, split), args };
}

/** `module.path:Class` of a name with the prefix `ase:`; undefined for other names. */
export function calculatorOf(name: string): string | undefined {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

/** @throws InvalidArgumentError `teachers/invalid-calculator` unless it is an import path */
export function requireCalculator(calculator: unknown): asserts calculator is string {
  if (typeof calculator === 'string' && CALCULATOR.test(calculator)) return;
  const found = typeof calculator === 'string' ? calculator : JSON.stringify(calculator);
  throw new InvalidArgumentError('teachers/invalid-calculator', 'this names no ASE calculator', {
    expected: 'module.path:Class, as in tblite.ase:TBLite',
    found,
    where: 'teacher, calculator',
  });
}

function readValue(text: string): JsonValue {
  if (Object.hasOwn(PYTHON_WORDS, text)) return PYTHON_WORDS[text];
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function decode(text: string, whole: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      'teachers/invalid-arguments',
      `cannot read the arguments of ${whole}`,
      { expected: '%25 for a percent sign', found: text, where: 'teacher', cause },
    );
  }
}
