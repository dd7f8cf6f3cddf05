import { formatNumber } from '../format.ts';

/** How a metric is shown. */
export interface MetricName {
  readonly label: string;
  readonly unit?: string;
}

const UNITS: readonly (readonly [string, string])[] = [
  ['_meV_atom', 'meV/atom'],
  ['_meV_A', 'meV/Å'],
  ['_eV_A', 'eV/Å'],
  ['_GPa', 'GPa'],
];

const WORDS: Readonly<Record<string, string>> = {
  mae: 'MAE',
  rmse: 'RMSE',
  r2: 'R²',
  max: 'largest error',
  abs: 'size',
};

/** `force_mae_meV_A` as `Force MAE` with `meV/Å`; names that are new are shown as they are. */
export function metricName(key: string): MetricName {
  const ending = UNITS.find(([suffix]) => key.endsWith(suffix));
  const stem = ending === undefined ? key : key.slice(0, -ending[0].length);
  const text = stem
    .split('_')
    .map((word) => WORDS[word] ?? word)
    .join(' ');
  const label = text.charAt(0).toUpperCase() + text.slice(1);
  return ending === undefined ? { label } : { label, unit: ending[1] };
}

/** `1 line`, `2 lines`. */
export function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
