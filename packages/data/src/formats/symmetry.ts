import { formatError, quoted } from './place.ts';
import type { CifValue } from './cifTokens.ts';
import type { Place } from './place.ts';

/** x' = rotation x + translation, in fractional coordinates. */
export interface SymmetryOperation {
  /** 3 x 3, row by row: whole numbers of determinant 1 or -1. */
  readonly rotation: readonly number[];
  /** In [0, 1). */
  readonly translation: readonly number[];
}

/** Translations of space groups in their standard settings are multiples of 1/24. */
const DENOMINATOR = 24;
/** 0.333 and 0.6667 mean thirds. */
const ROUNDED = 1e-3;
/** Largest order of a space group in a conventional cell. */
const MAX_OPERATIONS = 192;
// Digits of a translation that tell operations apart.
const DIGITS = 3;

/**
 * Reads an operation such as `-x+1/2, y, 1/4+z` (International Tables A, section 1.4).
 * @throws FileFormatError `cif/bad-symmetry`
 */
export function parseOperation(value: CifValue): SymmetryOperation {
  const parts = value.text.toLowerCase().replaceAll(/\s/g, '').split(',');
  const rows = parts.map((part) => parseComponent(part));
  const rotation: number[] = [];
  const translation: number[] = [];
  for (const row of rows) {
    if (row === undefined) break;
    rotation.push(row[0], row[1], row[2]);
    translation.push(row[3]);
  }
  if (parts.length === 3 && translation.length === 3 && Math.abs(determinant(rotation)) === 1) {
    return { rotation, translation };
  }
  throw formatError('cif/bad-symmetry', value.place, {
    expected: "a symmetry operation such as '-x+1/2, y, -z'",
    found: quoted(value.text),
    hint: 'Three expressions of x, y, z and fractions, between commas.',
  });
}

/** Factors of x, y, z and the translation, or undefined for what is no such expression. */
function parseComponent(text: string): [number, number, number, number] | undefined {
  const out: [number, number, number, number] = [0, 0, 0, 0];
  const terms = text.match(/[+-]?[^+-]+/g);
  if (terms?.join('') !== text) return undefined;
  for (const [k, term] of terms.entries()) {
    const match = /^([+-]?)(?:([xyz])|(\d+(?:\.\d*)?|\.\d+)(?:\/(\d+))?)$/.exec(term);
    if (match === null || (k > 0 && match[1] === '')) return undefined;
    const sign = match[1] === '-' ? -1 : 1;
    if (match.at(2) !== undefined) out['xyz'.indexOf(match[2])] += sign;
    else out[3] += (sign * Number(match[3])) / Number(match.at(4) ?? 1);
  }
  if (!Number.isFinite(out[3])) return undefined;
  out[3] = fold(snap(out[3]));
  return out;
}

function snap(value: number): number {
  const near = Math.round(value * DENOMINATOR) / DENOMINATOR;
  return Math.abs(value - near) < ROUNDED ? near : value;
}

/** Into [0, 1). */
export function fold(value: number): number {
  const folded = value - Math.floor(value);
  return folded < 1 ? folded : 0;
}

function determinant(m: readonly number[]): number {
  return (
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6])
  );
}

/**
 * Checks that operations are a group, which shows missing and misspelt ones, and that they leave
 * the metric of the cell as it is.
 * @param cell lattice vectors as rows, Angstrom
 * @throws FileFormatError `cif/bad-symmetry`
 */
export function checkGroup(
  operations: readonly SymmetryOperation[],
  cell: Float64Array,
  place: Place,
): void {
  const known = new Set(operations.map((operation) => keyOf(operation)));
  if (known.size > MAX_OPERATIONS) {
    throw formatError('cif/bad-symmetry', place, {
      expected: `${MAX_OPERATIONS} symmetry operations at most`,
      found: String(known.size),
      hint: 'Give the operations of the conventional cell.',
    });
  }
  for (const [k, a] of operations.entries()) {
    if (!operations.every((b) => known.has(keyOf(product(a, b))))) {
      throw formatError('cif/bad-symmetry', place, {
        expected: 'all operations of a space group',
        found: `${operations.length} that are no group (see operation ${k + 1})`,
        hint: 'Operations are missing or misspelt: export the file again.',
      });
    }
    if (!keepsMetric(a.rotation, cell)) {
      throw formatError('cif/bad-symmetry', place, {
        expected: 'operations that fit the cell',
        found: `operation ${k + 1}, which changes lengths or angles`,
        hint: 'Compare the lengths and angles of the cell with its space group.',
      });
    }
  }
}

/** First b, then a. */
function product(a: SymmetryOperation, b: SymmetryOperation): SymmetryOperation {
  const rotation = new Array<number>(9).fill(0);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++)
        rotation[3 * i + j] += a.rotation[3 * i + k] * b.rotation[3 * k + j];
    }
  }
  return { rotation, translation: apply(a, b.translation).map((x) => fold(x)) };
}

/** The image of a point, fractional coordinates, not folded. */
export function apply(
  { rotation, translation }: SymmetryOperation,
  point: ArrayLike<number>,
): number[] {
  return [0, 1, 2].map(
    (i) =>
      rotation[3 * i] * point[0] +
      rotation[3 * i + 1] * point[1] +
      rotation[3 * i + 2] * point[2] +
      translation[i],
  );
}

function keyOf({ rotation, translation }: SymmetryOperation): string {
  const places = translation.map((x) => Math.round(fold(snap(x)) * 10 ** DIGITS) % 10 ** DIGITS);
  // -0 and 0 are the same text.
  return [...rotation, ...places].join(' ');
}

// Measured lengths and angles deviate a little from the ideal metric.
const METRIC_TOLERANCE = 0.02;

function keepsMetric(rotation: readonly number[], cell: Float64Array): boolean {
  const metric = (i: number, j: number): number =>
    [0, 1, 2].reduce((sum, a) => sum + cell[3 * i + a] * cell[3 * j + a], 0);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let image = 0;
      for (let k = 0; k < 3; k++) {
        for (let l = 0; l < 3; l++)
          image += rotation[3 * k + i] * metric(k, l) * rotation[3 * l + j];
      }
      const size = Math.sqrt(metric(i, i) * metric(j, j));
      if (!(Math.abs(image - metric(i, j)) <= METRIC_TOLERANCE * size)) return false;
    }
  }
  return true;
}
