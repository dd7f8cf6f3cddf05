import { cleanText, escapeHtml } from '../escape.ts';
import type { BandAxis, QuantitativeAxis } from './axis.ts';
import type { Annotation, Figure } from './figure.ts';
import { annotationsSvg, headSvg, type Box } from './furniture.ts';
import { textWidth, truncateText } from './text.ts';
import { COLOURS, FONT_FAMILY, PLOT_STYLE } from './theme.ts';
import { tidySvg } from './tidy.ts';

const LABEL_SIZE = 11.5;
const TITLE_SIZE = 12;
const TICK = 4;
const GAP = 5;

/**
 * Draws a figure as a standalone SVG: the same bytes for the same figure.
 *
 * Vega is loaded on the first call (about 0.3 s), so that importing the package stays cheap.
 */
export async function renderFigure(figure: Figure): Promise<string> {
  const head = headSvg(figure);
  const yLabels = labelsOf(figure.y, figure.width * 0.4);
  const xLabels = labelsOf(figure.x, Infinity);
  const yExtent = Math.ceil(Math.max(0, ...yLabels.map((label) => textWidth(label, LABEL_SIZE))));
  const lastX = xLabels.at(-1) ?? '';
  const left = yExtent + TICK + GAP + (figure.y.title === '' ? 2 : TITLE_SIZE + 12);
  const right = figure.x.kind === 'band' ? 6 : Math.ceil(textWidth(lastX, LABEL_SIZE) / 2) + 4;
  const bottom = TICK + GAP + LABEL_SIZE + (figure.x.title === '' ? 4 : TITLE_SIZE + 14);
  const box: Box = {
    left,
    top: head.height + (figure.y.kind === 'band' ? 0 : 6),
    width: Math.max(40, Math.round(figure.width - left - right)),
    height: 0,
  };
  box.height = Math.max(40, Math.round(figure.height - box.top - bottom));
  const plot = await vegaSvg(figure, box, [xLabels, yLabels]);
  const annotations = annotationsSvg(figure.annotations ?? [], box);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${figure.width}" height="${figure.height}"` +
    ` viewBox="0 0 ${figure.width} ${figure.height}" font-family="${escapeHtml(FONT_FAMILY)}">` +
    `<title>${escapeHtml(figure.title)}</title><desc>${escapeHtml(figure.description)}</desc>` +
    `${PLOT_STYLE}${head.svg}` +
    `<g transform="translate(${box.left},${box.top})">${tidySvg(plot)}</g>${annotations}</svg>`
  );
}

function labelsOf(axis: QuantitativeAxis | BandAxis, width: number): string[] {
  return axis.kind === 'quantitative'
    ? axis.ticks.map((tick) => tick.label)
    : axis.labels.map((label) => truncateText(cleanText(label), LABEL_SIZE, width));
}

async function vegaSvg(
  figure: Figure,
  box: Box,
  labels: readonly [readonly string[], readonly string[]],
): Promise<string> {
  const spec = {
    width: box.width,
    height: box.height,
    autosize: 'none',
    padding: 0,
    background: null,
    layer: [
      axisLayer(figure, labels),
      ...figure.layers.map((layer) => ({
        data: layer.data ?? { values: [{}] },
        mark: { clip: true, ...layer.mark },
        encoding: layer.encoding,
      })),
    ],
    config: {
      aria: false,
      font: FONT_FAMILY,
      view: { stroke: null },
      axis: { domainColor: COLOURS.axis, domainWidth: 1 },
    },
  };
  const { drawSpec } = await import('./engine.ts');
  return drawSpec(spec);
}

/** An invisible mark that carries both axes, so that the layers above need not agree on them. */
function axisLayer(
  figure: Figure,
  [xLabels, yLabels]: readonly [readonly string[], readonly string[]],
): object {
  return {
    data: { values: [{}] },
    mark: { type: 'point', opacity: 0, size: 0 },
    encoding: {
      x: channel(figure.x, xLabels, { orient: 'bottom', grid: figure.grid?.x ?? true }),
      y: channel(figure.y, yLabels, { orient: 'left', grid: figure.grid?.y ?? true }),
    },
  };
}

function channel(
  axis: QuantitativeAxis | BandAxis,
  labels: readonly string[],
  place: { readonly orient: 'bottom' | 'left'; readonly grid: boolean },
): object {
  const band = axis.kind === 'band';
  const values = band ? labels.map((_, k) => k) : axis.ticks.map((tick) => tick.value);
  const lookup = Object.fromEntries(values.map((value, k) => [String(value), labels[k]]));
  const extent = Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, LABEL_SIZE))));
  const size = TICK + GAP + (place.orient === 'left' ? extent : LABEL_SIZE);
  return {
    datum: band ? 0 : axis.domain[0],
    type: band ? 'ordinal' : 'quantitative',
    scale: band
      ? { type: 'band', domain: values, paddingInner: 0.28, paddingOuter: 0.14 }
      : { type: axis.scale, domain: axis.domain, nice: false, zero: false },
    axis: {
      orient: place.orient,
      values,
      // Vega thins given values to the count that it finds fitting, unless told.
      tickCount: values.length,
      labelExpr: `(${JSON.stringify(lookup)})[datum.value]`,
      labelOverlap: !band && place.orient === 'bottom' ? 'greedy' : false,
      labelAngle: 0,
      labelFontSize: LABEL_SIZE,
      labelColor: COLOURS.muted,
      labelPadding: GAP,
      labelLimit: 0,
      labelFlush: false,
      ticks: !band,
      tickSize: TICK,
      tickColor: COLOURS.axis,
      domain: place.orient === 'bottom' || band,
      grid: place.grid && !band,
      gridColor: COLOURS.grid,
      title: axis.title === '' ? null : axis.title,
      titleFontSize: TITLE_SIZE,
      titleFontWeight: 500,
      titleColor: COLOURS.ink,
      titlePadding: 7,
      titleLimit: 0,
      minExtent: size,
      maxExtent: size,
    },
  };
}

/** A figure without data says so in its middle. */
export function emptyNote(empty: boolean): readonly Annotation[] {
  return empty ? [{ corner: 'top-left', lines: ['No finite data to show'] }] : [];
}
