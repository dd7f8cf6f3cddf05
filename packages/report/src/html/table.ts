import { ReportDataError } from '../errors.ts';
import { escapeHtml } from '../escape.ts';
import { formatNumber, type NumberFormat } from '../format.ts';
import { inlineHtml } from './richText.ts';
import { statusIcon, statusWord, type Status } from './status.ts';

/** A column of a table. */
export interface Column {
  readonly label: string;
  /** Unit of the numbers below, shown under the label. */
  readonly unit?: string;
  /** Default `right` for columns of numbers, else `left`. */
  readonly align?: 'left' | 'right' | 'center';
  /** How numbers of this column are written, default three significant digits. */
  readonly format?: NumberFormat | ((value: number) => string);
}

/** A cell with more than a value. */
export interface RichCell {
  readonly value: string | number | boolean | null;
  /** A mark before the value. */
  readonly status?: Status;
  /** Written in bold, for the best value of a column. */
  readonly strong?: boolean;
  /** A quiet remark after the value. */
  readonly note?: string;
}

/** A cell of a table; `null` is shown as a dash. */
export type Cell = string | number | boolean | null | RichCell;

/** A table of a report. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Remark under the table. */
  readonly note?: string;
}

function rich(cell: Cell): RichCell {
  return typeof cell === 'object' && cell !== null ? cell : { value: cell };
}

/** Text of a value as a column writes it; not escaped. */
function cellText(value: RichCell['value'], column: Column): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  const { format = {} } = column;
  return typeof format === 'function' ? format(value) : formatNumber(value, format);
}

/**
 * Refuses a table whose rows do not fit its columns.
 *
 * @throws ReportDataError naming the row
 */
export function validateTable(table: Table): void {
  table.rows.forEach((row, k) => {
    if (row.length === table.columns.length) return;
    throw new ReportDataError(`Row ${k + 1} of the table "${table.caption}" has another length.`, {
      expected: `${table.columns.length} cells`,
      found: `${row.length} cells`,
      where: `table "${table.caption}", row ${k + 1}`,
      hint: 'Give one cell per column, null where there is no value.',
    });
  });
}

function alignments(table: Table): string[] {
  return table.columns.map((column, k) => {
    if (column.align !== undefined) return column.align;
    const values = table.rows.map((row) => rich(row[k] ?? null).value);
    return values.some((value) => typeof value === 'number') ? 'right' : 'left';
  });
}

/**
 * A table as HTML, numbered by the caller. Wide tables scroll inside their own frame.
 *
 * @throws ReportDataError when a row does not fit the columns
 */
export function tableHtml(table: Table, number: number): string {
  validateTable(table);
  const align = alignments(table);
  const head = table.columns.map((column, k) => {
    const unit =
      column.unit === undefined ? '' : `<span class="unit">${escapeHtml(column.unit)}</span>`;
    return `<th scope="col" class="${align[k] ?? 'left'}">${escapeHtml(column.label)}${unit}</th>`;
  });
  const rows = table.rows.map((row) => {
    const cells = row.map((cell, k) => {
      const column = table.columns[k] ?? { label: '' };
      const tag = k === 0 && typeof rich(cell).value === 'string' ? 'th scope="row"' : 'td';
      return `<${tag} class="${align[k] ?? 'left'}">${cellHtml(cell, column)}</${tag.slice(0, 2)}>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const id = `table-${number}`;
  return (
    `<figure class="table" id="${id}"><figcaption id="${id}-caption"><b>Table ${number}.</b> ${inlineHtml(table.caption)}</figcaption>` +
    `<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-caption"><table>` +
    `<thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>` +
    `${table.note === undefined ? '' : `<p class="note">${inlineHtml(table.note)}</p>`}</figure>`
  );
}

function cellHtml(cell: Cell, column: Column): string {
  const { value, status, strong, note } = rich(cell);
  const written = cellText(value, column);
  const text = typeof value === 'string' ? inlineHtml(written) : escapeHtml(written);
  const mark =
    status === undefined
      ? ''
      : `${statusIcon(status, 13)}<span class="sr">${statusWord(status)}: </span>`;
  const body = strong === true ? `<strong>${text}</strong>` : text;
  return `${mark}${body}${note === undefined ? '' : ` <small>${inlineHtml(note)}</small>`}`;
}
