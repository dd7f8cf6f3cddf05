import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis, type AxisSpec } from './axis.ts';
import { frameOf, type Layer, type LegendItem, type PlotOptions } from './figure.ts';
import { haloText } from './marks.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength, thinCurve } from './series.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** One curve of a line chart. */
export interface LineSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Drawn dashed, default false. */
  readonly dashed?: boolean;
  /** Index into the palette, default the position of the series: same colour, same meaning. */
  readonly colour?: number;
  /** A dot on every point, default false; for curves of few points. */
  readonly points?: boolean;
}

/** A horizontal line at a value worth comparing with. */
export interface Goal {
  readonly value: number;
  readonly label: string;
}

/** What `lineChart` draws. */
export interface LineChartOptions extends PlotOptions {
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly LineSeries[];
  readonly goal?: Goal;
}

/**
 * Curves over a common axis as SVG: learning curves, schedules, scans. Long curves are thinned
 * to the width of the image; values that are not finite leave a gap.
 *
 * @throws ReportDataError for `x` and `y` of other lengths, or more than seven series
 */
export async function lineChart(options: LineChartOptions): Promise<string> {
  const { series, goal } = options;
  for (const one of series) requireSameLength(`series "${one.name}"`, one.x, one.y);
  const logY = options.y.scale === 'log';
  const extentX = extentOf(
    series.map((one) => one.x),
    options.x.scale,
  );
  const values: ArrayLike<number>[] = series.map((one) => one.y);
  if (goal !== undefined) values.push([goal.value]);
  const extentY = extentOf(values, options.y.scale);
  const x = quantitativeAxis(options.x, extentX, { nice: false });
  const y = quantitativeAxis(options.y, extentY);
  const layers: Layer[] = [];
  const legend: LegendItem[] = [];
  series.forEach((one, k) => {
    const colour = seriesColour(one.colour ?? k);
    const dashed = one.dashed === true;
    legend.push({ label: cleanText(one.name), colour, mark: dashed ? 'dashed' : 'line' });
    layers.push({
      data: { values: thinCurve(one.x, one.y, { positive: logY }) },
      mark: {
        type: 'line',
        stroke: colour,
        strokeWidth: 2,
        strokeJoin: 'round',
        strokeDash: dashed ? [5, 3.5] : [],
        invalid: 'break-paths-show-domains',
        ...(one.points === true
          ? {
              clip: options.x.domain !== undefined || options.y.domain !== undefined,
              point: { filled: true, fill: colour, stroke: COLOURS.surface, size: 34 },
            }
          : {}),
      },
      encoding: {
        x: { field: 'x', type: 'quantitative' },
        y: { field: 'y', type: 'quantitative' },
        order: { value: 0 },
      },
    });
  });
  if (goal !== undefined) layers.push(...goalLayers(goal));
  return renderFigure({
    ...frameOf(options, { description: describe(options) }),
    x,
    y,
    layers,
    legend: series.length > 1 ? legend : [],
    annotations: emptyNote(extentX === undefined || extentY === undefined),
  });
}

/** A dashed line across the plot with its label at the right end. */
export function goalLayers(goal: Goal): Layer[] {
  return [
    {
      mark: { type: 'rule', stroke: COLOURS.goal, strokeWidth: 1.2, strokeDash: [4, 3] },
      encoding: { y: { datum: goal.value, type: 'quantitative' } },
    },
    ...haloText(
      {
        text: cleanText(goal.label),
        align: 'right',
        baseline: 'bottom',
        dx: -4,
        dy: -3,
        fill: COLOURS.goal,
        fontSize: 11,
      },
      { y: { datum: goal.value, type: 'quantitative' }, x: { value: 'width' } },
    ),
  ];
}

function describe({ series, x, y }: LineChartOptions): string {
  const ends = series.map((one) => {
    const last = one.y.length === 0 ? 'no points' : formatNumber(one.y[one.y.length - 1]);
    return `${one.name} ends at ${last}${y.unit === undefined ? '' : ` ${y.unit}`}`;
  });
  return `${y.label} against ${x.label}. ${ends.join('; ')}.`;
}
