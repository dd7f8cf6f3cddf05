import { InvalidArgumentError } from './errors.ts';

/**
 * JSON with sorted keys and no spaces: equal values give equal text, whatever the order in which
 * their keys were set. Typed arrays are written as arrays, `undefined` fields are left out.
 * @throws InvalidArgumentError `json/not-serializable` for what JSON cannot hold: NaN, infinities,
 * functions, bigints, cycles
 */
export function stableStringify(value: unknown): string {
  return write(value, '$', []);
}

function write(value: unknown, where: string, parents: readonly unknown[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object' || value instanceof DataView) throw notSerializable(value, where);
  if (parents.includes(value)) throw notSerializable('a cycle', where);
  const path = [...parents, value];
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return write((value as { toJSON: () => unknown }).toJSON(), where, path);
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>, (item, k) =>
      write(item, `${where}[${k}]`, path),
    );
    return `[${items.join(',')}]`;
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${write(field, `${where}.${key}`, path)}`);
  return `{${fields.join(',')}}`;
}

function notSerializable(value: unknown, where: string): InvalidArgumentError {
  const found = typeof value === 'function' ? 'a function' : String(value);
  return new InvalidArgumentError('json/not-serializable', `JSON cannot hold ${found}`, {
    expected: 'finite numbers, strings, booleans, null, arrays and plain objects',
    found,
    where,
  });
}
