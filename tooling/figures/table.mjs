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
