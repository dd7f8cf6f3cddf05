// Markdown tables and numbers for docs/figures.

/** A table of rows of cells. */
export function table(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A number with `digits` significant ones, thousands separated. */
export const digits = (value, count = 3) =>
  Number(value.toPrecision(count)).toLocaleString('en', { maximumFractionDigits: 12 });

/** `2 m 05 s`. */
export function duration(seconds) {
  if (seconds < 60) return `${digits(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`;
}

/** Figures with so many significant digits; what is no number stays as it is. */
export const rounded = (figures, count = 5) =>
  Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [
      key,
      typeof value === 'number' ? Number(value.toPrecision(count)) : value,
    ]),
  );
