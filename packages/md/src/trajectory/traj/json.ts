/** JSON as Python's `json` writes it: NaN and Infinity are words of their own. */

/** A float64 that Python reads back as a float with the same bits. */
export function formatFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'Infinity';
  if (value === -Infinity) return '-Infinity';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

export function formatFloats(values: ArrayLike<number>): string {
  return `[${Array.from(values, formatFloat).join(', ')}]`;
}

/** Any plain value; whole numbers stay whole. */
export function formatValue(value: unknown): string {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? String(value)
      : formatFloat(value);
  }
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${formatValue(entry)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

// A text, or a word that only Python knows.
const TEXT_OR_WORD = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** Reads such JSON; NaN becomes null. */
export function parseJson(text: string): unknown {
  if (!text.includes('NaN') && !text.includes('Infinity')) return JSON.parse(text);
  return JSON.parse(
    text.replace(TEXT_OR_WORD, (found) =>
      found.startsWith('"')
        ? found
        : found.endsWith('NaN')
          ? 'null'
          : found.replace('Infinity', '1e999'),
    ),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
