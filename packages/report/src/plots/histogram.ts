import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis, type AxisSpec } from './axis.ts';
import { frameOf, type Layer, type PlotOptions } from './figure.ts';
import { haloText } from './marks.ts';
import { emptyNote, renderFigure } from './render.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** Values of one distribution. */
export interface HistogramSeries {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** Index into the palette, default the position of the series. */
  readonly colour?: number;
}

/** A vertical line at a value of the axis. */
export interface Marker {
  readonly value: number;
  readonly label: string;
}

/** What `histogram` draws. */
export interface HistogramOptions extends PlotOptions {
  readonly x: AxisSpec;
  readonly series: readonly HistogramSeries[];
  /** Number of bins, default by the rule of Freedman and Diaconis, between 10 and 80. */
  readonly bins?: number;
  readonly markers?: readonly Marker[];
}

/**
 * Distributions over common bins as SVG, as the share of values per bin, so that sets of other
 * sizes compare. Values outside `x.domain` are left out of the image and named in its description.
 *
 * @throws ReportDataError for more than seven series
 */
export async function histogram(options: HistogramOptions): Promise<string> {
  const { series, markers = [] } = options;
  const log = options.x.scale === 'log';
  const extent = extentOf(
    [...series.map((one) => one.values), markers.map((marker) => marker.value)],
    options.x.scale,
  );
  const x = quantitativeAxis(options.x, extent, { zero: extent !== undefined && extent[0] >= 0 });
  const edges = binEdges(x.domain, options.bins ?? binCount(series, x.domain, log), log);
  const shares = series.map((one) => binShares(one.values, edges));
  const largest = Math.max(0, ...shares.flatMap((one) => [...one.percent]));
  const y = quantitativeAxis({ label: 'Share of values', unit: '%' }, [0, largest * 1.04 || 1]);
  const layers: Layer[] = [];
  series.forEach((one, k) => {
    const colour = seriesColour(one.colour ?? k);
    layers.push(
      ...stepLayers(edges, shares[k]?.percent ?? [], { colour, outline: series.length > 1 }),
    );
  });
  for (const marker of markers) layers.push(...markerLayers(marker));
  return renderFigure({
    ...frameOf(options, { description: describe(options, shares) }),
    x,
    y,
    layers: extent === undefined ? [] : layers,
    legend:
      series.length > 1
        ? series.map((one, k) => ({
            label: cleanText(one.name),
            colour: seriesColour(one.colour ?? k),
            mark: 'square',
          }))
        : [],
    annotations: emptyNote(extent === undefined),
  });
}

function usable(values: ArrayLike<number>, log: boolean): Float64Array {
  return Float64Array.from(values).filter((value) => Number.isFinite(value) && (!log || value > 0));
}

/** Freedman and Diaconis: width 2 IQR n^(-1/3), over the whole domain. */
function binCount(
  series: readonly HistogramSeries[],
  domain: readonly [number, number],
  log: boolean,
): number {
  const scale = (value: number): number => (log ? Math.log(value) : value);
  const span = scale(domain[1]) - scale(domain[0]);
  let count = 10;
  for (const one of series) {
    const sorted = usable(one.values, log).sort();
    if (sorted.length === 0) continue;
    const quartile = (part: number): number =>
      scale(sorted[Math.floor((sorted.length - 1) * part)]);
    const width = (2 * (quartile(0.75) - quartile(0.25))) / Math.cbrt(sorted.length);
    if (width > 0) count = Math.max(count, Math.ceil(span / width));
  }
  return Math.min(80, count);
}

function binEdges(
  [low, high]: readonly [number, number],
  count: number,
  log: boolean,
): Float64Array {
  return Float64Array.from({ length: count + 1 }, (_, k) =>
    log ? low * (high / low) ** (k / count) : low + ((high - low) * k) / count,
  );
}

interface Shares {
  readonly percent: Float64Array;
  readonly total: number;
  readonly outside: number;
}

function binShares(values: ArrayLike<number>, edges: Float64Array): Shares {
  const bins = edges.length - 1;
  const counts = new Float64Array(bins);
  let total = 0;
  let outside = 0;
  const count = values.length;
  for (let k = 0; k < count; k += 1) {
    const value = values[k];
    if (!Number.isFinite(value)) continue;
    total += 1;
    const bin = findBin(edges, value);
    if (bin < 0) outside += 1;
    else counts[bin] = counts[bin] + 1;
  }
  return { percent: counts.map((number) => (100 * number) / Math.max(1, total)), total, outside };
}

/** Index of the bin that holds a value, by bisection; the last bin includes its upper edge. */
function findBin(edges: Float64Array, value: number): number {
  const last = edges.length - 1;
  if (!(value >= edges[0] && value <= edges[last])) return -1;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value >= edges[middle]) low = middle;
    else high = middle;
  }
  return low;
}

function stepLayers(
  edges: Float64Array,
  percent: ArrayLike<number>,
  look: { readonly colour: string; readonly outline: boolean },
): Layer[] {
  const values: { x: number; y: number }[] = [];
  for (let k = 0; k < percent.length; k += 1) {
    const y = percent[k];
    values.push({ x: edges[k], y }, { x: edges[k + 1], y });
  }
  const encoding = {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'quantitative', stack: null },
    order: { value: 0 },
  };
  const area: Layer = {
    data: { values },
    mark: { type: 'area', fill: look.colour, fillOpacity: look.outline ? 0.16 : 0.75 },
    encoding,
  };
  if (!look.outline) return [area];
  return [
    area,
    { data: { values }, mark: { type: 'line', stroke: look.colour, strokeWidth: 1.6 }, encoding },
  ];
}

function markerLayers(marker: Marker): Layer[] {
  const place = { x: { datum: marker.value, type: 'quantitative' } };
  return [
    {
      mark: { type: 'rule', stroke: COLOURS.goal, strokeWidth: 1.3, strokeDash: [4, 3] },
      encoding: place,
    },
    ...haloText(
      {
        text: cleanText(marker.label),
        align: 'left',
        baseline: 'top',
        dx: 5,
        dy: 2,
        fill: COLOURS.goal,
        fontSize: 11,
      },
      { ...place, y: { value: 0 } },
    ),
  ];
}

function describe({ series, x }: HistogramOptions, shares: readonly Shares[]): string {
  const parts = series.map((one, k) => {
    const { total, outside } = shares[k];
    const beyond = outside === 0 ? '' : `, ${formatNumber(outside)} of them outside the image`;
    return `${one.name}: ${formatNumber(total)} values${beyond}`;
  });
  return `Distribution of ${x.label}. ${parts.join('; ')}.`;
}
