import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { validateTable, type Cell, type Column, type Table } from '../html/table.ts';
import { statusWord } from '../html/status.ts';

/** One line of text for Markdown: no line breaks, no raw HTML; Markdown in it stays. */
export function markdownLine(text: string): string {
  return cleanText(text)
    .replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')
    .replaceAll('<', '&lt;')
    .trim();
}

/**
 * A GitHub-flavoured Markdown table, its columns padded so that it also reads as plain text.
 * Numbers are written in ASCII (`-1.2e-5`), as cards are copied into code.
 *
 * @throws ReportDataError when a row does not fit the columns
 */
export function markdownTable(table: Pick<Table, 'columns' | 'rows'>): string {
  validateTable({ caption: 'Markdown', ...table });
  const { columns, rows } = table;
  const head = columns.map((column) =>
    cell(column.unit === undefined ? column.label : `${column.label} (${column.unit})`),
  );
  const body = rows.map((row) =>
    row.map((entry, k) => cell(entryText(entry, columns[k] ?? { label: '' }))),
  );
  const right = columns.map((column, k) => {
    if (column.align !== undefined) return column.align === 'right';
    return rows.some((row) => typeof plainValue(row[k] ?? null) === 'number');
  });
  const widths = head.map((text, k) =>
    Math.max(4, length(text), ...body.map((row) => length(row[k] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, k) => pad(text, widths[k] ?? 0, right[k] ?? false)).join(' | ')} |`;
  const rule = widths.map((width, k) =>
    right[k] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

function plainValue(entry: Cell): string | number | boolean | null {
  return typeof entry === 'object' && entry !== null ? entry.value : entry;
}

function entryText(entry: Cell, column: Column): string {
  const value = plainValue(entry);
  const text = valueText(value, column);
  if (typeof entry !== 'object' || entry === null) return text;
  const strong = entry.strong === true ? `**${text}**` : text;
  const mark = entry.status === undefined ? '' : `${statusWord(entry.status)}: `;
  return `${mark}${strong}${entry.note === undefined ? '' : ` ${entry.note}`}`;
}

function valueText(value: string | number | boolean | null, column: Column): string {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  const { format = {} } = column;
  return typeof format === 'function'
    ? format(value)
    : formatNumber(value, { ascii: true, ...format });
}

function cell(text: string): string {
  return markdownLine(text).replaceAll('|', '\\|');
}

function length(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return right ? space + text : text + space;
}

/** A bulleted list. */
export function markdownList(items: readonly string[]): string {
  return items.map((item) => `- ${markdownLine(item)}`).join('\n');
}

/** A fenced block; the fence is longer than any run of back ticks inside. */
export function markdownCode(language: string, code: string): string {
  const runs = code.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}${language}\n${cleanText(code).trimEnd()}\n${fence}`;
}

/** A heading of level two with its paragraphs, or nothing where there are none. */
export function markdownSection(title: string, ...parts: readonly (string | undefined)[]): string {
  const present = parts.filter((part) => part !== undefined && part.trim() !== '');
  return present.length === 0 ? '' : [`## ${title}`, ...present].join('\n\n');
}
