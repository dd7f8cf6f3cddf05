import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis } from './axis.ts';
import { frameOf, type Layer, type LegendItem, type PlotOptions } from './figure.ts';
import { lineChart } from './lineChart.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength } from './series.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** How often errors of one kind are as small as they should be. */
export interface CoverageSeries {
  readonly name: string;
  /** Fractions that would be within z standard deviations, 0..1, ascending. */
  readonly expected: ArrayLike<number>;
  /** Fractions that are. */
  readonly observed: ArrayLike<number>;
}

/** What `coveragePlot` draws. */
export interface CoveragePlotOptions extends PlotOptions {
  readonly series: readonly CoverageSeries[];
}

/**
 * Observed against expected fraction of errors within z standard deviations as SVG: on the diagonal
 * uncertainties are calibrated, below it they are too small.
 *
 * @throws ReportDataError for lists of other lengths, or more than six series
 */
export async function coveragePlot(options: CoveragePlotOptions): Promise<string> {
  const { series, ...frame } = options;
  const share = (label: string): { label: string; domain: [number, number] } => ({
    label,
    domain: [0, 1],
  });
  return lineChart({
    width: 420,
    height: 430,
    ...frame,
    x: share('Expected part of the errors'),
    y: share('Observed part of the errors'),
    series: [
      ...series.map(({ name, expected, observed }) => ({ name, x: expected, y: observed })),
      { name: 'Calibrated', x: [0, 1], y: [0, 1], dashed: true, colour: DIAGONAL_COLOUR },
    ],
  });
}

/** Far from the colours of the first series. */
const DIAGONAL_COLOUR = 6;

/** What `sigmaErrorPlot` draws. */
export interface SigmaErrorPlotOptions extends PlotOptions {
  /** What the uncertainty is of: `'Force'`. */
  readonly quantity: string;
  readonly unit: string;
  /** Standard deviations. */
  readonly sigma: ArrayLike<number>;
  /** Errors, of either sign. */
  readonly error: ArrayLike<number>;
}

/** More points than this are thinned evenly: they would only cover each other. */
const MAX_POINTS = 2000;
/** Bins of equal numbers of points, and the least number of points that makes one worth drawing. */
const BINS = 10;
const BIN_POINTS = 5;
/** Errors are drawn down to this part of the smallest standard deviation. */
const SMALLEST_ERROR = 0.1;

/**
 * Size of errors against their standard deviations on logarithmic axes as SVG, with the root mean square
 * of the errors in ten bins of equal size. On the diagonal both are the same. Errors much smaller than any
 * standard deviation are drawn at the lower edge.
 *
 * @throws ReportDataError for lists of other lengths
 */
export async function sigmaErrorPlot(options: SigmaErrorPlotOptions): Promise<string> {
  const { sigma, error, quantity, unit } = options;
  requireSameLength(options.title, sigma, error);
  const points = pointsOf(sigma, error);
  const least = SMALLEST_ERROR * points.reduce((min, { x }) => Math.min(min, x), Infinity);
  const drawn = points.map(({ x, y }) => ({ x, y: Math.max(y, least) }));
  const extent = extentOf([drawn.map(({ x }) => x), drawn.map(({ y }) => y)], 'log');
  const axis = (label: string): ReturnType<typeof quantitativeAxis> =>
    quantitativeAxis({ label, unit, scale: 'log' }, extent);
  const x = axis(`${quantity} uncertainty`);
  const bins = binsOf(points);
  const legend: LegendItem[] = [
    { label: 'Error', colour: seriesColour(0), mark: 'point' },
    { label: 'Root mean square', colour: seriesColour(1), mark: 'line' },
    { label: 'Equal', colour: COLOURS.ink, mark: 'dashed' },
  ];
  const described = bins.map((bin) => `${formatNumber(bin.y)} at ${formatNumber(bin.x)}`);
  return renderFigure({
    ...frameOf(options, {
      description: `Errors against uncertainties, ${cleanText(unit)}; root mean square of the errors: ${described.join(', ')}.`,
      width: 420,
      height: 430,
    }),
    x,
    y: axis(`${quantity} error`),
    layers: [pointLayer(drawn), binLayer(bins), diagonal(x.domain)],
    legend,
    annotations: emptyNote(extent === undefined),
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function pointsOf(sigma: ArrayLike<number>, error: ArrayLike<number>): Point[] {
  const points: Point[] = [];
  for (let k = 0; k < sigma.length; k += 1) {
    const x = sigma[k];
    const y = Math.abs(error[k]);
    if (x > 0 && Number.isFinite(x) && Number.isFinite(y)) points.push({ x, y });
  }
  return points;
}

/** Root mean squares of bins of equal size, by increasing x. */
function binsOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const count = Math.min(BINS, Math.floor(sorted.length / BIN_POINTS));
  return Array.from({ length: count }, (_, bin) => {
    const part = sorted.slice(
      Math.floor((bin * sorted.length) / count),
      Math.floor(((bin + 1) * sorted.length) / count),
    );
    const rms = (of: (point: Point) => number): number =>
      Math.sqrt(part.reduce((sum, point) => sum + of(point) ** 2, 0) / part.length);
    return { x: rms((point) => point.x), y: rms((point) => point.y) };
  }).filter(({ y }) => y > 0);
}

const ENCODING = {
  x: { field: 'x', type: 'quantitative' },
  y: { field: 'y', type: 'quantitative' },
};

function pointLayer(points: readonly Point[]): Layer {
  const stride = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  return {
    data: { values: points.filter((_, k) => k % stride === 0) },
    mark: { type: 'point', filled: true, fill: seriesColour(0), size: 13, opacity: 0.45 },
    encoding: ENCODING,
  };
}

function binLayer(bins: readonly Point[]): Layer {
  return {
    data: { values: bins },
    mark: {
      type: 'line',
      stroke: seriesColour(1),
      strokeWidth: 2,
      point: { filled: true, fill: seriesColour(1), stroke: COLOURS.surface, size: 40 },
    },
    encoding: { ...ENCODING, order: { value: 0 } },
  };
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
