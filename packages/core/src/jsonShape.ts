/** What a JSON value has to look like: exactly these fields, no more. */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | { readonly kind: 'nullable'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  /** Any keys, all values alike. */
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  | { readonly kind: 'fields'; readonly of: Readonly<Record<string, Shape>> };

export const nullable = (of: Shape): Shape => ({ kind: 'nullable', of });
export const list = (of: Shape): Shape => ({ kind: 'list', of });
export const map = (of: Shape): Shape => ({ kind: 'map', of });
export const either = (...of: Shape[]): Shape => ({ kind: 'either', of });
export const fields = (of: Readonly<Record<string, Shape>>): Shape => ({ kind: 'fields', of });

/** Where and how a value differs from its shape. */
export interface Mismatch {
  readonly where: string;
  readonly expected: string;
  readonly found: string;
}

/** The first difference; undefined where the value has the shape. */
export function mismatch(value: unknown, shape: Shape, where: string): Mismatch | undefined {
  if (typeof shape === 'string') {
    return typeof value === shape ? undefined : wrong(value, shape, where);
  }
  switch (shape.kind) {
    case 'nullable':
      return value === null ? undefined : mismatch(value, shape.of, where);
    case 'either': {
      const fits = shape.of.some((one) => mismatch(value, one, where) === undefined);
      return fits ? undefined : wrong(value, shape.of.map(nameOf).join(' or '), where);
    }
    case 'list':
      if (!Array.isArray(value)) return wrong(value, 'a list', where);
      return first(value.entries(), (item, k) => mismatch(item, shape.of, `${where}[${k}]`));
    case 'map':
      if (!isObject(value)) return wrong(value, 'an object', where);
      return first(Object.entries(value), (item, key) =>
        mismatch(item, shape.of, `${where}.${key}`),
      );
    case 'fields':
      return fieldMismatch(value, shape.of, where);
  }
}

function fieldMismatch(
  value: unknown,
  of: Readonly<Record<string, Shape>>,
  where: string,
): Mismatch | undefined {
  if (!isObject(value)) return wrong(value, 'an object', where);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(of, key));
  if (unknown !== undefined) {
    return { where: `${where}.${unknown}`, expected: 'no such field', found: unknown };
  }
  return first(Object.entries(of), (shape, key) => mismatch(value[key], shape, `${where}.${key}`));
}

function first<K, V>(
  entries: Iterable<readonly [K, V]>,
  check: (value: V, key: K) => Mismatch | undefined,
): Mismatch | undefined {
  for (const [key, value] of entries) {
    const found = check(value, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(shape: Shape): string {
  return typeof shape === 'string' ? shape : `a ${shape.kind}`;
}

function wrong(value: unknown, expected: string, where: string): Mismatch {
  const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return { where, expected, found };
}
