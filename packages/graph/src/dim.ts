import { ShapeError } from './errors.ts';

/**
 * Size of an axis: a number, or a symbolic size.
 *
 * A symbolic size is a name (`'N'`) or an integer polynomial of names in canonical form
 * (`'3*N'`, `'E+1'`, `'K*N'`): write it in any order, `canonicalDim` sorts it.
 */
export type Dim = number | string;

/** Coefficient of each monomial; the key is its sorted names joined by `*`, `''` for the constant. */
type Polynomial = Map<string, number>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function accumulate(into: Polynomial, key: string, coefficient: number): void {
  const sum = (into.get(key) ?? 0) + coefficient;
  if (sum === 0) into.delete(key);
  else into.set(key, sum);
}

function badDim(dim: Dim): ShapeError {
  return new ShapeError('graph/bad-dim', `"${dim}" is not a size`, {
    expected: "a non-negative integer, a name, or a sum of products such as '3*N+1'",
    found: JSON.stringify(dim),
  });
}

function parse(dim: Dim): Polynomial {
  const result: Polynomial = new Map();
  if (typeof dim === 'number') {
    if (!Number.isSafeInteger(dim)) throw badDim(dim);
    if (dim !== 0) result.set('', dim);
    return result;
  }
  for (const term of dim.replaceAll(' ', '').replaceAll('-', '+-').split('+')) {
    if (term === '' && dim.trimStart().startsWith('-')) continue;
    let coefficient = 1;
    const names: string[] = [];
    for (const factor of (term.startsWith('-') ? `-1*${term.slice(1)}` : term).split('*')) {
      if (/^-?\d+$/.test(factor)) coefficient *= Number(factor);
      else if (NAME.test(factor)) names.push(factor);
      else throw badDim(dim);
    }
    accumulate(result, names.sort().join('*'), coefficient);
  }
  return result;
}

function format(polynomial: Polynomial): Dim {
  if (polynomial.size === 0) return 0;
  const constant = polynomial.get('');
  if (polynomial.size === 1 && constant !== undefined) return constant;
  const keys = [...polynomial.keys()].filter((key) => key !== '').sort();
  if (constant !== undefined) keys.push('');
  return keys
    .map((key) => {
      const coefficient = polynomial.get(key) ?? 0;
      if (key === '') return String(coefficient);
      if (coefficient === 1) return key;
      return coefficient === -1 ? `-${key}` : `${coefficient}*${key}`;
    })
    .join('+')
    .replaceAll('+-', '-');
}

/** The one way this package writes a size: equal sizes give identical values. */
export function canonicalDim(dim: Dim): Dim {
  if (typeof dim === 'number' ? Number.isSafeInteger(dim) : NAME.test(dim)) return dim;
  return format(parse(dim));
}

/** `a + b` */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = parse(a);
  for (const [key, coefficient] of parse(b)) accumulate(sum, key, coefficient);
  return format(sum);
}

/** `a - b` */
export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

/** `a * b` */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  const product: Polynomial = new Map();
  for (const [keyA, x] of parse(a)) {
    for (const [keyB, y] of parse(b)) {
      const names = [...keyA.split('*'), ...keyB.split('*')].filter((name) => name !== '');
      accumulate(product, names.sort().join('*'), x * y);
    }
  }
  return format(product);
}

/** `a / b` where it is a polynomial again and `b` is a single product, else undefined. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  const divisor = [...parse(b)];
  const [first] = divisor;
  if (divisor.length !== 1) return undefined;
  const [key, coefficient] = first;
  const quotient: Polynomial = new Map();
  for (const [keyA, x] of parse(a)) {
    const names = keyA === '' ? [] : keyA.split('*');
    for (const name of key === '' ? [] : key.split('*')) {
      const at = names.indexOf(name);
      if (at < 0) return undefined;
      names.splice(at, 1);
    }
    if (x % coefficient !== 0) return undefined;
    accumulate(quotient, names.join('*'), x / coefficient);
  }
  return format(quotient);
}

/** Names that occur in a size. */
export function symbolsOf(dim: Dim): string[] {
  if (typeof dim === 'number') return [];
  return [...new Set([...parse(dim).keys()].flatMap((key) => key.split('*')))].filter(
    (name) => name !== '',
  );
}

/** The monomials of a size, for code that has to compute it. */
export function termsOf(dim: Dim): { coefficient: number; names: string[] }[] {
  return [...parse(dim)].map(([key, coefficient]) => ({
    coefficient,
    names: key === '' ? [] : key.split('*'),
  }));
}

/** The number that a size has when its names have the given values. */
export function evaluateDim(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number') return dim;
  let sum = 0;
  for (const { coefficient, names } of termsOf(dim)) {
    let product = coefficient;
    for (const name of names) {
      const size = sizes.get(name);
      if (size === undefined) {
        throw new ShapeError('graph/unbound-dim', `size ${name} has no value`, {
          expected: `an input that has an axis of size ${name}`,
          found: `known sizes: ${[...sizes.keys()].join(', ') || 'none'}`,
        });
      }
      product *= size;
    }
    sum += product;
  }
  return sum;
}
