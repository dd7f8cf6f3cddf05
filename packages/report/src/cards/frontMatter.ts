import { cleanText } from '../escape.ts';

/** What front matter can hold. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/**
 * YAML front matter of a card, between its two rules. Strings are written as JSON strings, which
 * YAML reads as they are: no colon, hash or tag in a name can change the structure.
 */
export function frontMatter(values: Readonly<Record<string, YamlValue | undefined>>): string {
  return `---\n${mapLines(values, 0).join('\n')}\n---`;
}

function mapLines(values: object, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const lines: string[] = [];
  for (const [key, value] of Object.entries(values) as [string, YamlValue | undefined][]) {
    if (value === undefined || isEmpty(value)) continue;
    const name = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(cleanText(key));
    if (isScalar(value)) lines.push(`${indent}${name}: ${scalar(value)}`);
    else lines.push(`${indent}${name}:`, ...nestedLines(value, depth + 1));
  }
  return lines;
}

function nestedLines(value: object, depth: number): string[] {
  if (!Array.isArray(value)) return mapLines(value, depth);
  const indent = '  '.repeat(depth);
  return (value as readonly YamlValue[]).flatMap((entry) => {
    if (isScalar(entry)) return [`${indent}- ${scalar(entry)}`];
    const lines = nestedLines(entry, depth + 1);
    const [first = ''] = lines;
    // The dash takes the place of the entry's own indent.
    return [`${indent}- ${first.trimStart()}`, ...lines.slice(1)];
  });
}

function isScalar(value: YamlValue): value is string | number | boolean {
  return typeof value !== 'object';
}

function isEmpty(value: YamlValue): boolean {
  return typeof value === 'object' && Object.values(value).every((entry) => entry === undefined);
}

function scalar(value: string | number | boolean): string {
  if (typeof value === 'string') return JSON.stringify(cleanText(value));
  // YAML has words of its own for these.
  if (Number.isNaN(value)) return '.nan';
  if (value === Infinity) return '.inf';
  if (value === -Infinity) return '-.inf';
  return String(value);
}
