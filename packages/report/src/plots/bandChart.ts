import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis, type AxisSpec } from './axis.ts';
import { frameOf, type Annotation, type Layer, type PlotOptions } from './figure.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength, thinCurve } from './series.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** Slope of a fitted line with its confidence bounds, in the unit of y per unit of x. */
export interface FittedSlope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Level of the bounds, default 0.95. */
  readonly confidence?: number;
}

/** What `bandChart` draws. */
export interface BandChartOptions extends PlotOptions {
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly values: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
  readonly fit: FittedSlope;
  /** Unit of the slope in the note: `'meV/atom/ps'`. */
  readonly slopeUnit: string;
}

/**
 * A noisy curve with its fitted line and the band between the steepest and the flattest line that
 * the confidence bounds allow, as SVG: drift of the energy in an NVE run. The lines run through
 * the mean of the values, where a least-squares line must.
 *
 * @throws ReportDataError for `x` and `y` of other lengths
 */
export async function bandChart(options: BandChartOptions): Promise<string> {
  const { values, fit } = options;
  requireSameLength(options.title, values.x, values.y);
  const extentX = extentOf([values.x]);
  const centre = meanPoint(values.x, values.y);
  const ends = extentX ?? [0, 1];
  const band = ends.flatMap((x) => [
    centre.y + fit.low * (x - centre.x),
    centre.y + fit.high * (x - centre.x),
  ]);
  const extentY = withHeadroom(extentOf([values.y, band]));
  const layers = [curveLayer(values), bandLayer(ends, centre, fit), fitLayer(ends, centre, fit)];
  return renderFigure({
    ...frameOf(options, { description: describe(options) }),
    x: quantitativeAxis(options.x, extentX, { nice: false }),
    y: quantitativeAxis(options.y, extentY),
    layers: extentX === undefined || extentY === undefined ? [] : layers,
    legend: [
      { label: options.y.label, colour: COLOURS.pale, mark: 'line' },
      { label: 'Fitted line', colour: seriesColour(0), mark: 'line' },
      { label: `${percent(fit)} band`, colour: COLOURS.fill, mark: 'square' },
    ],
    annotations:
      extentY === undefined
        ? emptyNote(true)
        : [{ corner: 'top-left', lines: slopeLines(options) }],
  });
}

/** Room above the curve, where the note stands. */
function withHeadroom(extent: [number, number] | undefined): [number, number] | undefined {
  return extent && [extent[0], extent[1] + 0.3 * (extent[1] - extent[0])];
}

interface Centre {
  readonly x: number;
  readonly y: number;
}

function meanPoint(x: ArrayLike<number>, y: ArrayLike<number>): Centre {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  for (let k = 0; k < x.length; k += 1) {
    if (!Number.isFinite(x[k]) || !Number.isFinite(y[k])) continue;
    count += 1;
    sumX += x[k];
    sumY += y[k];
  }
  return { x: sumX / count, y: sumY / count };
}

function curveLayer(values: BandChartOptions['values']): Layer {
  return {
    data: { values: thinCurve(values.x, values.y) },
    mark: {
      type: 'line',
      stroke: COLOURS.pale,
      strokeWidth: 1,
      strokeJoin: 'round',
      invalid: 'break-paths-show-domains',
    },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
      order: { value: 0 },
    },
  };
}

function bandLayer(ends: readonly number[], centre: Centre, fit: FittedSlope): Layer {
  const places = [ends[0], centre.x, ends[1]];
  return {
    data: {
      values: places.map((x) => ({
        x,
        low: centre.y + fit.low * (x - centre.x),
        high: centre.y + fit.high * (x - centre.x),
      })),
    },
    mark: { type: 'area', fill: COLOURS.fill, fillOpacity: 0.8 },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'low', type: 'quantitative', stack: null },
      y2: { field: 'high' },
    },
  };
}

function fitLayer(ends: readonly number[], centre: Centre, fit: FittedSlope): Layer {
  return {
    data: { values: ends.map((x) => ({ x, y: centre.y + fit.slope * (x - centre.x) })) },
    mark: { type: 'line', stroke: seriesColour(0), strokeWidth: 2.2 },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
    },
  };
}

function percent(fit: FittedSlope): string {
  return `${formatNumber((fit.confidence ?? 0.95) * 100)} %`;
}

function slopeLines({ fit, slopeUnit }: BandChartOptions): Annotation['lines'] {
  return [
    `Slope ${formatNumber(fit.slope)} ${slopeUnit}`,
    `${percent(fit)}: ${formatNumber(fit.low)} to ${formatNumber(fit.high)}`,
  ];
}

function describe(options: BandChartOptions): string {
  return `${options.y.label} against ${options.x.label}. ${slopeLines(options).join('; ')}.`;
}
