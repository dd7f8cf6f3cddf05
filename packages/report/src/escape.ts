// What neither XML 1.0 nor HTML may contain: control characters other than tab and line breaks,
// code points that are no characters, and halves of surrogate pairs.
const FORBIDDEN = new RegExp(
  '[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F' +
    '\\p{Noncharacter_Code_Point}\\p{Surrogate}]',
  'gu',
);

/** Text without the characters that XML and HTML forbid; each becomes U+FFFD. */
export function cleanText(text: string): string {
  return text.replace(FORBIDDEN, '\uFFFD');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for HTML and XML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/**
 * JSON that can stand inside `<script type="application/json">`: no `<`, so neither `</script>`
 * nor `<!--` can occur. Typed arrays become arrays, maps become objects, sets become arrays, big
 * integers become strings; NaN and infinities become `null`, as in `JSON.stringify`.
 */
export function jsonForHtml(value: unknown): string {
  const text = JSON.stringify(
    value,
    function (this: Record<string, unknown>, key, entry: unknown) {
      // Vega-Lite gives Set a `toJSON` that writes a text, so the value itself is looked at.
      return this[key] instanceof Set ? [...(this[key] as Set<unknown>)] : plain(entry);
    },
    1,
  ) as string | undefined;
  return (text ?? 'null')
    .replace(/[<>&\u2028\u2029]/g, escapeUnits)
    .replace(FORBIDDEN, escapeUnits);
}

function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, k) => {
    const unit = text.charCodeAt(k).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>, (entry) =>
      typeof entry === 'bigint' ? entry.toString() : entry,
    );
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, entry]) => [String(key), entry as unknown]));
  }
  return value;
}
