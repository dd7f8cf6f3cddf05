import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis } from './axis.ts';
import {
  frameOf,
  type Annotation,
  type ColourKey,
  type Layer,
  type PlotOptions,
} from './figure.ts';
import { parityStatistics, type ParityStatistics } from './parityStatistics.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength } from './series.ts';
import { COLOURS, DENSITY_COLOURS, seriesColour } from './theme.ts';

/** What `parityPlot` draws. */
export interface ParityPlotOptions extends PlotOptions {
  /** What is compared: `'Force component'`. */
  readonly quantity: string;
  readonly unit: string;
  /** Values of the reference. */
  readonly teacher: ArrayLike<number>;
  /** Values of the model, one per reference value. */
  readonly student: ArrayLike<number>;
  /** Who is on the horizontal and the vertical axis, default `['Teacher', 'Student']`. */
  readonly names?: readonly [string, string];
  /** Unit of the errors in the note where it differs: `{ unit: 'meV/Å', factor: 1000 }`. */
  readonly errorUnit?: { readonly unit: string; readonly factor: number };
  /** More points than this are shown as a density, default 2,000. */
  readonly maxPoints?: number;
}

// Cells per side, finest first; the first that needs few enough rectangles is taken.
const GRIDS = [128, 96, 64, 40] as const;
const MAX_RECTANGLES = 1500;

/**
 * Student against teacher with the diagonal, MAE, RMSE and R² as SVG. Up to 2,000 points are drawn
 * one by one, more as a histogram of up to 128 × 128 cells on a logarithmic colour scale, so that the image
 * stays small (below 150 kB) for any number of points.
 *
 * @throws ReportDataError for lists of other lengths
 */
export async function parityPlot(options: ParityPlotOptions): Promise<string> {
  const { teacher, student, quantity, unit, maxPoints = 2000 } = options;
  const { names = ['Teacher', 'Student'] } = options;
  requireSameLength(options.title, teacher, student);
  const statistics = parityStatistics(teacher, student);
  const extent = extentOf([teacher, student]);
  const x = quantitativeAxis({ label: `${names[0]} ${lower(quantity)}`, unit }, extent);
  const y = quantitativeAxis({ label: `${names[1]} ${lower(quantity)}`, unit }, extent);
  const dense = statistics.count > maxPoints;
  const density = dense ? densityLayer(teacher, student, x.domain) : undefined;
  return renderFigure({
    ...frameOf(options, { description: describe(options, statistics), width: 420, height: 430 }),
    x,
    y,
    layers: [density?.layer ?? pointLayer(teacher, student), diagonal(x.domain)],
    ...(density === undefined ? {} : { colourKey: density.key }),
    annotations: extent === undefined ? emptyNote(true) : [note(options, statistics)],
  });
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function diagonal([low, high]: readonly [number, number]): Layer {
  return {
    data: { values: [{ low, high }] },
    mark: { type: 'rule', stroke: COLOURS.ink, strokeWidth: 1, strokeDash: [5, 4], opacity: 0.75 },
    encoding: {
      x: { field: 'low', type: 'quantitative' },
      y: { field: 'low', type: 'quantitative' },
      x2: { field: 'high' },
      y2: { field: 'high' },
    },
  };
}

function pointLayer(teacher: ArrayLike<number>, student: ArrayLike<number>): Layer {
  const values: { x: number; y: number }[] = [];
  for (let k = 0; k < teacher.length; k += 1) {
    const x = teacher[k];
    const y = student[k];
    if (Number.isFinite(x) && Number.isFinite(y)) values.push({ x, y });
  }
  return {
    data: { values },
    mark: { type: 'point', filled: true, fill: seriesColour(0), size: 13, opacity: 0.5 },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
    },
  };
}

/** Counts on a square grid over the domain, row by row. */
function countCells(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  grid: { readonly domain: readonly [number, number]; readonly side: number },
): Uint32Array {
  const { domain, side } = grid;
  const counts = new Uint32Array(side * side);
  const scale = side / (domain[1] - domain[0]);
  for (let k = 0; k < teacher.length; k += 1) {
    const x = teacher[k];
    const y = student[k];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const column = Math.min(side - 1, Math.max(0, Math.floor((x - domain[0]) * scale)));
    const row = Math.min(side - 1, Math.max(0, Math.floor((y - domain[0]) * scale)));
    counts[row * side + column] = counts[row * side + column] + 1;
  }
  return counts;
}

interface Rectangle {
  readonly x: number;
  x2: number;
  readonly y: number;
  readonly y2: number;
  readonly step: number;
}

/** Cells as rectangles; neighbours of one colour are one: fewer bytes and no seams. */
function rectangles(
  counts: Uint32Array,
  largest: number,
  grid: { readonly domain: readonly [number, number]; readonly side: number },
): Rectangle[] {
  const { domain, side } = grid;
  const steps = DENSITY_COLOURS.length;
  const perStep = Math.log(largest + 1) / steps;
  const size = (domain[1] - domain[0]) / side;
  // Cells reach a little under the next ones, or the page would shine through the seams.
  const lap = size * 0.06;
  const found: Rectangle[] = [];
  for (let row = 0; row < side; row += 1) {
    let open: Rectangle | undefined;
    for (let column = 0; column < side; column += 1) {
      const count = counts[row * side + column];
      const step = count === 0 ? -1 : Math.min(steps - 1, Math.floor(Math.log(count) / perStep));
      const x = domain[0] + column * size;
      if (open?.step === step) {
        open.x2 = x + size + lap;
        continue;
      }
      const y = domain[0] + row * size;
      open = { x, x2: x + size + lap, y, y2: y + size + lap, step };
      if (step >= 0) found.push(open);
    }
  }
  return found;
}

function densityLayer(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  domain: readonly [number, number],
): { readonly layer: Layer; readonly key: ColourKey } {
  let values: Rectangle[] = [];
  let largest = 1;
  for (const side of GRIDS) {
    const counts = countCells(teacher, student, { domain, side });
    largest = counts.reduce((most, count) => Math.max(most, count), 1);
    values = rectangles(counts, largest, { domain, side });
    if (values.length <= MAX_RECTANGLES) break;
  }
  const layer: Layer = {
    data: { values },
    mark: { type: 'rect' },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      x2: { field: 'x2' },
      y: { field: 'y', type: 'quantitative' },
      y2: { field: 'y2' },
      fill: {
        field: 'step',
        type: 'ordinal',
        legend: null,
        scale: { domain: DENSITY_COLOURS.map((_, k) => k), range: DENSITY_COLOURS },
      },
    },
  };
  const key: ColourKey = {
    label: 'Points per cell',
    colours: DENSITY_COLOURS,
    low: '1',
    high: formatNumber(largest),
  };
  return { layer, key };
}

function note(options: ParityPlotOptions, statistics: ParityStatistics): Annotation {
  const { unit, factor } = options.errorUnit ?? { unit: options.unit, factor: 1 };
  return {
    corner: 'top-left',
    lines: [
      `MAE ${formatNumber(statistics.mae * factor)} ${unit}`,
      `RMSE ${formatNumber(statistics.rmse * factor)} ${unit}`,
      `R² ${formatNumber(statistics.r2, { decimals: 4 })}`,
      `n = ${formatNumber(statistics.count)}`,
    ],
  };
}

function describe(options: ParityPlotOptions, statistics: ParityStatistics): string {
  const { lines } = note(options, statistics);
  const { names } = options;
  const pair = names === undefined ? 'Student against teacher' : `${names[1]} against ${names[0]}`;
  return `${pair}, ${lower(options.quantity)} in ${options.unit}: ${lines.join(', ')}.`;
}
