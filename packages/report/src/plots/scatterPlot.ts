import { cleanText } from '../escape.ts';
import { extentOf, quantitativeAxis, type AxisSpec, type QuantitativeAxis } from './axis.ts';
import { frameOf, type Layer, type PlotOptions } from './figure.ts';
import { goalLayers, type Goal } from './lineChart.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength } from './series.ts';
import { textWidth } from './text.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** One set of points of a scatter plot. */
export interface ScatterSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** One label per point, written beside it; for plots of few points. */
  readonly labels?: readonly string[];
  /** Index into the palette, default the position of the series. */
  readonly colour?: number;
}

/** What `scatterPlot` draws. */
export interface ScatterPlotOptions extends PlotOptions {
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly ScatterSeries[];
  readonly goal?: Goal;
}

/** More points than this are thinned evenly: they would only cover each other. */
const MAX_POINTS = 2000;

/**
 * Points over two quantitative axes as SVG: cost against error, projections of descriptors.
 * Beyond 2,000 points of a series every n-th is drawn; `parityPlot` shows densities.
 *
 * @throws ReportDataError for `x` and `y` of other lengths, or more than seven series
 */
export async function scatterPlot(options: ScatterPlotOptions): Promise<string> {
  const { series, goal } = options;
  for (const one of series) requireSameLength(`series "${one.name}"`, one.x, one.y);
  const extentX = extentOf(
    series.map((one) => one.x),
    options.x.scale,
  );
  const values: ArrayLike<number>[] = series.map((one) => one.y);
  if (goal !== undefined) values.push([goal.value]);
  const extentY = extentOf(values, options.y.scale);
  const layers: Layer[] = goal === undefined ? [] : goalLayers(goal);
  const x = quantitativeAxis(options.x, extentX);
  series.forEach((one, k) => layers.push(...pointLayers(one, k, { options, x })));
  return renderFigure({
    ...frameOf(options, { description: describe(options) }),
    x,
    y: quantitativeAxis(options.y, extentY),
    layers,
    legend:
      series.length > 1
        ? series.map((one, k) => ({
            label: cleanText(one.name),
            colour: seriesColour(one.colour ?? k),
            mark: 'point',
          }))
        : [],
    annotations: emptyNote(extentX === undefined || extentY === undefined),
  });
}

function pointLayers(
  series: ScatterSeries,
  index: number,
  { options, x: axis }: { readonly options: ScatterPlotOptions; readonly x: QuantitativeAxis },
): Layer[] {
  const positiveX = options.x.scale === 'log';
  const positiveY = options.y.scale === 'log';
  const stride = Math.max(1, Math.ceil(series.x.length / MAX_POINTS));
  const values: { x: number; y: number; label: string }[] = [];
  for (let k = 0; k < series.x.length; k += stride) {
    const x = series.x[k];
    const y = series.y[k];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    if ((positiveX && x <= 0) || (positiveY && y <= 0)) continue;
    values.push({ x, y, label: cleanText(series.labels?.[k] ?? '') });
  }
  const few = values.length <= 60;
  const encoding = {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'quantitative' },
  };
  const points: Layer = {
    data: { values },
    mark: {
      type: 'point',
      filled: true,
      fill: seriesColour(series.colour ?? index),
      stroke: few ? COLOURS.surface : null,
      strokeWidth: few ? 1 : 0,
      size: few ? 74 : 14,
      opacity: few ? 1 : 0.55,
      clip: false,
    },
    encoding,
  };
  if (series.labels === undefined) return [points];
  // Axis labels and margins take about a sixth of the image.
  const width = (options.width ?? 480) * 0.84;
  const labelled = values.filter((point) => point.label !== '');
  const side = (left: boolean): Layer => ({
    data: { values: labelled.filter((point) => leavesPlot(point, axis, width) === left) },
    mark: {
      type: 'text',
      align: left ? 'right' : 'left',
      baseline: 'middle',
      dx: left ? -8 : 8,
      dy: -6,
      fill: COLOURS.ink,
      fontSize: 11,
      clip: false,
    },
    encoding: { ...encoding, text: { field: 'label' } },
  });
  return [points, side(false), side(true)];
}

/** Whether a label to the right of a point would leave a plot of `width` pixels. */
function leavesPlot(
  point: { readonly x: number; readonly label: string },
  { domain, scale }: QuantitativeAxis,
  width: number,
): boolean {
  const place = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const [low, high] = domain;
  const right = (width * (place(high) - place(point.x))) / (place(high) - place(low));
  // The margin of the image has room for the last letter.
  return textWidth(point.label, 11) > right;
}

function describe({ series, x, y }: ScatterPlotOptions): string {
  const sets = series.map((one) => `${one.name} (${one.x.length} points)`);
  return `${y.label} against ${x.label}: ${sets.join(', ')}.`;
}
