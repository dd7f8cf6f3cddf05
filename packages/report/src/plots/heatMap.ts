import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { extentOf, type AxisSpec, type QuantitativeAxis } from './axis.ts';
import { frameOf, type ColourKey, type Layer, type PlotOptions } from './figure.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength } from './series.ts';
import { COLOURS, DENSITY_COLOURS } from './theme.ts';

/** What `heatMap` draws. */
export interface HeatMapOptions extends PlotOptions {
  readonly rows: number;
  readonly columns: number;
  /** Values row by row, from the top; cells that are not finite stay blank. */
  readonly values: ArrayLike<number>;
  /** What the colours mean; on a logarithmic scale values of 0 and below count as the lowest. */
  readonly value: AxisSpec;
  /** Texts inside the cells, row by row; a blank cell with a text gets a pale ground. */
  readonly texts?: readonly string[];
  /** Labels at the middles of columns and rows; an empty one is left out. */
  readonly columnLabels?: readonly string[];
  readonly rowLabels?: readonly string[];
  readonly columnTitle?: string;
  readonly rowTitle?: string;
}

interface Cell {
  readonly x: number;
  x2: number;
  readonly y: number;
  readonly y2: number;
  readonly colour: string;
}

/** Part of a cell that is left free around it where cells carry texts. */
const GAP = 0.04;
/** Steps from which on the ground is dark (in the light scheme), so that texts are light. */
const DARK_FROM = 4;

/**
 * A matrix as coloured cells, as SVG: distances between structures, a periodic table. Neighbours of
 * one colour in a row are one rectangle, so that large matrices stay small.
 *
 * @throws ReportDataError for lists of other lengths than rows x columns
 */
export async function heatMap(options: HeatMapOptions): Promise<string> {
  const { rows, columns, values, texts, value } = options;
  const size = { length: rows * columns };
  requireSameLength(`${options.title}: values`, size, values);
  if (texts !== undefined) {
    requireSameLength(`${options.title}: texts`, size, { length: texts.length });
  }
  const scale = value.scale ?? 'linear';
  const extent = extentOf([values], scale);
  const domain = value.domain ?? extent ?? [0, 1];
  const step = (v: number): number => stepOf(v, domain, scale);
  return renderFigure({
    ...frameOf(options, { description: describe(options, extent), width: 480, height: 460 }),
    x: cellAxis(columns, options.columnLabels ?? [], options.columnTitle, [0, columns]),
    y: cellAxis(rows, options.rowLabels ?? [], options.rowTitle, [rows, 0]),
    grid: { x: false, y: false },
    layers: [
      {
        data: { values: cellsOf(options, step) },
        mark: { type: 'rect', cornerRadius: texts === undefined ? 0 : 2 },
        encoding: {
          x: { field: 'x', type: 'quantitative' },
          x2: { field: 'x2' },
          y: { field: 'y', type: 'quantitative' },
          y2: { field: 'y2' },
          fill: { field: 'colour', type: 'nominal', scale: null },
        },
      },
      ...textLayer(options, step),
    ],
    ...(extent === undefined ? {} : { colourKey: keyOf(value, domain) }),
    annotations: emptyNote(extent === undefined && texts === undefined),
  });
}

function stepOf(value: number, [low, high]: readonly [number, number], scale: string): number {
  const steps = DENSITY_COLOURS.length;
  const part =
    scale === 'log'
      ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
      : (value - low) / (high - low);
  // A single value has no place between low and high.
  return Number.isNaN(part) ? 0 : Math.min(steps - 1, Math.max(0, Math.floor(part * steps)));
}

function cellsOf(options: HeatMapOptions, step: (value: number) => number): Cell[] {
  const { rows, columns, values, texts } = options;
  const found: Cell[] = [];
  // Cells reach a little under the next ones, or the page would shine through the seams.
  const [inset, lap] = texts === undefined ? [0, 0.12] : [GAP, -GAP];
  for (let row = 0; row < rows; row += 1) {
    let open: Cell | undefined;
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column];
      const named = texts !== undefined && texts[row * columns + column] !== '';
      const colour = Number.isFinite(value)
        ? DENSITY_COLOURS[step(value)]
        : named
          ? COLOURS.grid
          : undefined;
      if (colour !== undefined && open?.colour === colour && texts === undefined) {
        open.x2 = column + 1 + lap;
        continue;
      }
      open = undefined;
      if (colour === undefined) continue;
      open = { x: column + inset, x2: column + 1 + lap, y: row + inset, y2: row + 1 + lap, colour };
      found.push(open);
    }
  }
  return found;
}

function textLayer(options: HeatMapOptions, step: (value: number) => number): Layer[] {
  const { columns, values, texts } = options;
  if (texts === undefined) return [];
  const places = texts.flatMap((label, k) => {
    const value = values[k];
    const colour = !Number.isFinite(value)
      ? COLOURS.muted
      : step(value) < DARK_FROM
        ? COLOURS.ink
        : COLOURS.surface;
    const place = { x: (k % columns) + 0.5, y: Math.floor(k / columns) + 0.5 };
    return label === '' ? [] : [{ ...place, label: cleanText(label), colour }];
  });
  return [
    {
      data: { values: places },
      mark: { type: 'text', align: 'center', baseline: 'middle', fontSize: 11, clip: false },
      encoding: {
        x: { field: 'x', type: 'quantitative' },
        y: { field: 'y', type: 'quantitative' },
        text: { field: 'label' },
        fill: { field: 'colour', type: 'nominal', scale: null },
      },
    },
  ];
}

function cellAxis(
  count: number,
  labels: readonly string[],
  title: string | undefined,
  domain: readonly [number, number],
): QuantitativeAxis {
  const ticks = labels
    .slice(0, count)
    .map((label, k) => ({ value: k + 0.5, label: cleanText(label) }))
    .filter(({ label }) => label !== '');
  return { kind: 'quantitative', title: cleanText(title ?? ''), scale: 'linear', domain, ticks };
}

function keyOf(value: AxisSpec, [low, high]: readonly [number, number]): ColourKey {
  const unit = value.unit === undefined ? '' : ` (${value.unit})`;
  return {
    label: cleanText(`${value.label}${unit}`),
    colours: DENSITY_COLOURS,
    low: formatNumber(low),
    high: formatNumber(high),
  };
}

function describe(
  { rows, columns, value }: HeatMapOptions,
  extent: readonly [number, number] | undefined,
): string {
  const unit = value.unit === undefined ? '' : ` ${value.unit}`;
  const range =
    extent === undefined
      ? 'no values'
      : `from ${formatNumber(extent[0])} to ${formatNumber(extent[1])}${unit}`;
  return `${value.label} of ${rows} by ${columns} cells, ${range}.`;
}
