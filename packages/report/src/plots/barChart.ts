import { cleanText } from '../escape.ts';
import { formatNumber } from '../format.ts';
import { extentOf, quantitativeAxis, type AxisSpec, type QuantitativeAxis } from './axis.ts';
import { frameOf, type Figure, type Layer, type PlotOptions } from './figure.ts';
import type { Goal } from './lineChart.ts';
import { haloText } from './marks.ts';
import { emptyNote, renderFigure } from './render.ts';
import { textWidth } from './text.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** One bar. */
export interface Bar {
  /** Category; bars of other series with the same label stand beside it. */
  readonly label: string;
  readonly value: number;
  /** Name of the series, where there are several. */
  readonly series?: string;
  /** Ends of an error bar, in the unit of the value. */
  readonly low?: number;
  readonly high?: number;
  /** Drawn in a quiet colour, as the reference that the others are compared with. */
  readonly reference?: boolean;
}

/** What `barChart` draws. */
export interface BarChartOptions extends PlotOptions {
  readonly value: AxisSpec;
  readonly bars: readonly Bar[];
  /** Title of the axis of categories, default none. */
  readonly category?: string;
  /** `horizontal` (default) suits long names; `vertical` suits elements. */
  readonly direction?: 'horizontal' | 'vertical';
  /** How the value is written at the end of its bar; `false` for not at all. */
  readonly valueLabel?: ((value: number) => string) | false;
  readonly goal?: Goal;
}

const VALUE_SIZE = 11;

interface Slot {
  readonly category: number;
  readonly series: number;
  readonly value: number;
  readonly label: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly colour: string;
}

/**
 * Bars by category as SVG, optionally grouped by series, with error bars and a goal line. On a
 * logarithmic axis bars start at the low end of the axis, so their length shows ratios.
 *
 * @throws ReportDataError for more than seven series
 */
export async function barChart(options: BarChartOptions): Promise<string> {
  const { bars, direction = 'horizontal', goal } = options;
  const scale = options.value.scale ?? 'linear';
  const categories = [...new Set(bars.map((bar) => bar.label))];
  const seriesNames = [...new Set(bars.map((bar) => bar.series ?? ''))];
  const drawn = bars.filter(
    (bar) => Number.isFinite(bar.value) && (scale === 'linear' || bar.value > 0),
  );
  const extent = extentOf(
    [
      drawn.map((bar) => bar.value),
      drawn.map((bar) => bar.high ?? bar.value),
      drawn.map((bar) => bar.low ?? bar.value),
      goal === undefined ? [] : [goal.value],
    ],
    scale,
  );
  const isReference = (name: string): boolean =>
    bars.every((bar) => (bar.series ?? '') !== name || bar.reference === true);
  const slots = drawn.map((bar) => slotOf(bar, { categories, seriesNames, options }));
  const horizontal = direction === 'horizontal';
  const axis = valueAxis(options.value, extent, horizontal ? labelShare(slots, options) : 0.06);
  const band = { kind: 'band' as const, title: options.category ?? '', labels: categories };
  const rows = categories.length * Math.max(1, seriesNames.length * 0.75);
  const figure: Figure = {
    ...frameOf(options, {
      description: describe(options),
      ...(horizontal ? { height: Math.round(100 + 32 * rows) } : {}),
    }),
    x: horizontal ? axis : band,
    y: horizontal ? band : axis,
    grid: { x: horizontal, y: !horizontal },
    layers: barLayers(slots, axis, { horizontal, grouped: seriesNames.length, goal }),
    legend:
      seriesNames.length > 1
        ? seriesNames.map((name, k) => ({
            label: cleanText(name),
            colour: isReference(name) ? COLOURS.pale : seriesColour(k),
            mark: 'square',
          }))
        : [],
    annotations: emptyNote(extent === undefined),
  };
  return renderFigure(figure);
}

/** Part of the axis that the widest value label takes. */
function labelShare(slots: readonly Slot[], options: BarChartOptions): number {
  const widest = Math.max(0, ...slots.map((slot) => textWidth(slot.label, VALUE_SIZE)));
  // About half of the image is left for the bars beside the longest names.
  return widest === 0 ? 0 : (widest + 8) / ((options.width ?? 480) * 0.55);
}

/** An axis with `room` (part of its length) beyond the longest bar for the value labels. */
function valueAxis(
  spec: AxisSpec,
  extent: readonly [number, number] | undefined,
  room: number,
): QuantitativeAxis {
  if (extent === undefined || spec.domain !== undefined) return quantitativeAxis(spec, extent);
  const [low, high] = extent;
  const part = room / (1 - Math.min(0.5, room));
  if (spec.scale === 'log') {
    // The shortest bar needs a length too.
    const start = low / Math.max((high / low) ** 0.12, 1.6);
    return quantitativeAxis(spec, [start, high * (high / start) ** part]);
  }
  return quantitativeAxis(spec, [low, high + (high - Math.min(0, low)) * part], { zero: true });
}

function slotOf(
  bar: Bar,
  context: {
    readonly categories: readonly string[];
    readonly seriesNames: readonly string[];
    readonly options: BarChartOptions;
  },
): Slot {
  const { categories, seriesNames, options } = context;
  const series = seriesNames.indexOf(bar.series ?? '');
  const { valueLabel = formatNumber } = options;
  return {
    category: categories.indexOf(bar.label),
    series,
    value: bar.value,
    label: valueLabel === false ? '' : cleanText(valueLabel(bar.value)),
    low: bar.low ?? null,
    high: bar.high ?? null,
    colour: bar.reference === true ? COLOURS.pale : seriesColour(series),
  };
}

function barLayers(
  slots: readonly Slot[],
  axis: QuantitativeAxis,
  options: {
    readonly horizontal: boolean;
    readonly grouped: number;
    readonly goal: Goal | undefined;
  },
): Layer[] {
  const { horizontal, grouped, goal } = options;
  const [along, across] = horizontal ? ['x', 'y'] : ['y', 'x'];
  const category = { field: 'category', type: 'ordinal' };
  const offset =
    grouped > 1
      ? { [`${across}Offset`]: { field: 'series', type: 'ordinal', scale: { paddingInner: 0.12 } } }
      : {};
  const start = axis.scale === 'log' ? axis.domain[0] : Math.max(0, axis.domain[0]);
  const data = { values: slots };
  const layers: Layer[] = [
    {
      data,
      mark: { type: 'bar', cornerRadiusEnd: 2.5 },
      encoding: {
        [across]: category,
        ...offset,
        [along]: { field: 'value', type: 'quantitative', stack: null },
        [`${along}2`]: { datum: start },
        fill: { field: 'colour', type: 'nominal', scale: null },
      },
    },
  ];
  if (goal !== undefined) layers.push(...goalMarks(goal, horizontal));
  const withErrors = slots.filter((slot) => slot.low !== null || slot.high !== null);
  if (withErrors.length > 0) {
    layers.push({
      data: {
        values: withErrors.map((slot) => ({
          ...slot,
          low: slot.low ?? slot.value,
          high: slot.high ?? slot.value,
        })),
      },
      mark: { type: 'rule', stroke: COLOURS.ink, strokeWidth: 1.4 },
      encoding: {
        [across]: { ...category, bandPosition: 0.5 },
        ...offset,
        [along]: { field: 'low', type: 'quantitative' },
        [`${along}2`]: { field: 'high' },
      },
    });
  }
  if (slots.some((slot) => slot.label !== '')) layers.push(valueLabels(slots, options));
  return layers;
}

function valueLabels(
  slots: readonly Slot[],
  { horizontal, grouped }: { readonly horizontal: boolean; readonly grouped: number },
): Layer {
  const [along, across] = horizontal ? ['x', 'y'] : ['y', 'x'];
  return {
    data: { values: slots.map((slot) => ({ ...slot, end: slot.high ?? slot.value })) },
    mark: {
      type: 'text',
      clip: false,
      fontSize: VALUE_SIZE,
      fill: COLOURS.ink,
      ...(horizontal
        ? { align: 'left', baseline: 'middle', dx: 5 }
        : { align: 'center', baseline: 'bottom', dy: -4 }),
    },
    encoding: {
      [across]: { field: 'category', type: 'ordinal', bandPosition: 0.5 },
      ...(grouped > 1
        ? { [`${across}Offset`]: { field: 'series', type: 'ordinal', bandPosition: 0.5 } }
        : {}),
      [along]: { field: 'end', type: 'quantitative' },
      text: { field: 'label' },
    },
  };
}

function goalMarks(goal: Goal, horizontal: boolean): Layer[] {
  const place = { [horizontal ? 'x' : 'y']: { datum: goal.value, type: 'quantitative' } };
  return [
    {
      mark: { type: 'rule', stroke: COLOURS.goal, strokeWidth: 1.3, strokeDash: [4, 3] },
      encoding: place,
    },
    ...haloText(
      {
        text: cleanText(goal.label),
        fill: COLOURS.goal,
        fontSize: 11,
        ...(horizontal
          ? { align: 'left', baseline: 'top', dx: 4, dy: 2 }
          : { align: 'left', baseline: 'bottom', dx: 3, dy: -3 }),
      },
      { ...place, ...(horizontal ? { y: { value: 0 } } : { x: { value: 0 } }) },
    ),
  ];
}

function barText(value: number, unit: string): string {
  return Number.isFinite(value) ? `${formatNumber(value)}${unit}` : 'has no value';
}

function describe({ bars, value }: BarChartOptions): string {
  const unit = value.unit === undefined ? '' : ` ${value.unit}`;
  const parts = bars
    .slice(0, 30)
    .map(
      (bar) =>
        `${bar.label}${bar.series === undefined ? '' : ` (${bar.series})`} ${barText(bar.value, unit)}`,
    );
  const rest = bars.length > 30 ? `, and ${bars.length - 30} more` : '';
  return `${value.label}: ${parts.join(', ')}${rest}.`;
}
