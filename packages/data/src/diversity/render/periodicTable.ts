import { symbolOf } from '@mlffd/core';
import { heatMap } from '@mlffd/report';
import type { ElementEntry } from '../diversityReport.ts';

const COLUMNS = 18;
const ROWS = 10;
/** Elements beyond are never in a dataset; they would only make the table smaller. */
const LAST = 103;
/** First atomic number of each period. */
const PERIODS = [1, 3, 11, 19, 37, 55, 87] as const;
/** Rows of the lanthanides and actinides, below a free one. */
const F_ROW = 3;

/** Row and column of an element in the table of 18 columns, the f elements below it. */
export function placeOf(z: number): readonly [row: number, column: number] {
  const row = PERIODS.findLastIndex((first) => z >= first);
  const place = z - PERIODS[row];
  if (row === 0) return [row, place === 0 ? 0 : COLUMNS - 1];
  if (place < 2) return [row, place];
  if (row < 3) return [row, place + 10];
  if (row < 5) return [row, place];
  // Lanthanum to ytterbium, actinium to nobelium.
  return place < 16 ? [row + F_ROW, place] : [row, place - 14];
}

/** The periodic table, coloured by the number of structures with each element. */
export function periodicTable(elements: readonly ElementEntry[]): Promise<string> {
  const values = new Float64Array(ROWS * COLUMNS).fill(NaN);
  const texts = new Array<string>(ROWS * COLUMNS).fill('');
  const put = (z: number): number => {
    const [row, column] = placeOf(z);
    return row * COLUMNS + column;
  };
  for (let z = 1; z <= LAST; z++) texts[put(z)] = symbolOf(z);
  for (const { number, symbol, structures } of elements) {
    texts[put(number)] = symbol;
    values[put(number)] = structures;
  }
  const largest = elements.reduce((most, { structures }) => Math.max(most, structures), 1);
  return heatMap({
    title: 'Structures with each element',
    description: `Structures with each element: ${elements.map(({ symbol, structures }) => `${symbol} ${structures}`).join(', ')}.`,
    width: 780,
    height: 400,
    rows: ROWS,
    columns: COLUMNS,
    values,
    texts,
    value: { label: 'Structures', scale: 'log', domain: [1, Math.max(10, largest)] },
    columnLabels: Array.from({ length: COLUMNS }, (_, k) => String(k + 1)),
    rowLabels: PERIODS.map((_, k) => String(k + 1)),
  });
}
