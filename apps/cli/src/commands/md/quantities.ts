import { BAR, GPA, InvalidArgumentError } from '@mlffd/core';

/** Factors of units that may follow a number, and what a number alone counts in. */
interface Units {
  readonly factors: Readonly<Record<string, number>>;
  /** Absent where a number alone could be taken for something else. */
  readonly bare?: number;
  readonly example: string;
}

const TIMES = { fs: 1, ps: 1e3, ns: 1e6, us: 1e9 } as const;

/** fs. A number alone may be any of fs, ps and ns. */
const LENGTH: Units = { factors: TIMES, example: '100ps' };
/** fs. */
const TIME: Units = { factors: TIMES, bare: 1, example: '100fs' };
/** 1/fs. */
const RATE: Units = { factors: { '/fs': 1, '/ps': 1e-3 }, bare: 1, example: '10/ps or 0.01/fs' };
/** eV/Angstrom^3. */
const PRESSURE: Units = {
  factors: {
    bar: BAR,
    kbar: 1e3 * BAR,
    atm: 1.01325 * BAR,
    Pa: 1e-9 * GPA,
    kPa: 1e-6 * GPA,
    MPa: 1e-3 * GPA,
    GPa: GPA,
  },
  example: '1bar or 0.5GPa',
};
/** Angstrom^3/eV. */
const COMPRESSIBILITY: Units = {
  factors: { '/bar': 1 / BAR, '/GPa': 1 / GPA },
  example: '4.5e-5/bar or 0.01/GPa',
};

/** How long a run is, fs: `100ps`. */
export function lengthOfTime(text: string, option: string): number {
  return above(0, parsed(text, option, LENGTH), { text, option });
}

/** fs: `0.5`, `0.5fs`, `0.1ps`. */
export function time(text: string, option: string): number {
  return above(0, parsed(text, option, TIME), { text, option });
}

/** 1/fs: `0.01`, `10/ps`. */
export function rate(text: string, option: string): number {
  return above(0, parsed(text, option, RATE), { text, option });
}

/** eV/Angstrom^3: `1bar`, `-0.5GPa`; 0 needs no unit. */
export function pressure(text: string, option: string): number {
  return Number(text.trim() || NaN) === 0 ? 0 : parsed(text, option, PRESSURE);
}

/** Angstrom^3/eV: `4.5e-5/bar`. */
export function compressibility(text: string, option: string): number {
  return above(0, parsed(text, option, COMPRESSIBILITY), { text, option });
}

function parsed(text: string, option: string, { factors, bare, example }: Units): number {
  const match = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(\D*?)\s*$/i.exec(text);
  const unit = match?.[2] ?? '';
  const factor = unit === '' ? bare : Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  const value = Number(match?.[1]) * (factor ?? NaN);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('usage/quantity', `${option} takes a number with its unit.`, {
    where: option,
    expected: `a number and one of ${Object.keys(factors).join(', ')}, as ${example}`,
    found: JSON.stringify(text),
  });
}

function above(
  least: number,
  value: number,
  { text, option }: { readonly text: string; readonly option: string },
): number {
  if (value > least) return value;
  throw new InvalidArgumentError('usage/quantity', `${option} takes more than ${String(least)}.`, {
    where: option,
    expected: `more than ${String(least)}`,
    found: JSON.stringify(text),
  });
}
