import type { FrameArray } from './frame.ts';

/** One entry of `Properties=`: name, type and number of columns. */
export interface PropertyColumns {
  readonly name: string;
  readonly kind: FrameArray['kind'];
  readonly columns: number;
}

/** Columns of a file that says nothing: plain XYZ. */
export const PLAIN_COLUMNS: readonly PropertyColumns[] = [
  { name: 'species', kind: 'string', columns: 1 },
  { name: 'pos', kind: 'real', columns: 3 },
];

const KINDS: Readonly<Record<string, FrameArray['kind']>> = {
  S: 'string',
  I: 'integer',
  R: 'real',
  L: 'logical',
};

/** Reads `species:S:1:pos:R:3`; a string says which rule it breaks. */
export function parseProperties(text: string): readonly PropertyColumns[] | string {
  const fields = text.split(':');
  if (fields.length % 3 !== 0) return 'triplets name:type:count';
  const properties: PropertyColumns[] = [];
  for (let k = 0; k < fields.length; k += 3) {
    const [name, type, count] = fields.slice(k, k + 3);
    if (name === '') return 'a name for every column';
    if (!Object.hasOwn(KINDS, type)) return `a type S, I, R or L for ${name}, not '${type}'`;
    if (!/^[1-9]\d*$/.test(count)) return `a number of columns for ${name}, not '${count}'`;
    if (properties.some((other) => other.name === name)) return `the column ${name} only once`;
    properties.push({ name, kind: KINDS[type], columns: Number(count) });
  }
  return properties;
}

/** Writes `species:S:1:pos:R:3`. */
export function formatProperties(properties: readonly PropertyColumns[]): string {
  return properties
    .map(({ name, kind, columns }) => `${name}:${kind[0].toUpperCase()}:${columns}`)
    .join(':');
}
