import { escapeHtml } from '../escape.ts';
import type { Annotation, ColourKey, Figure, LegendItem } from './figure.ts';
import { textWidth, wrapText } from './text.ts';
import { COLOURS } from './theme.ts';

/** Plotting area inside the image, pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const HEADING = 14;
const SUBTITLE = 12;
const LEGEND = 12;
const NOTE = 11.5;

/** Title, subtitle and legend above the plot, and how many pixels they take. */
export function headSvg(figure: Figure): { readonly svg: string; readonly height: number } {
  const parts: string[] = [];
  let y = 0;
  for (const line of wrapText(figure.title, HEADING, figure.width)) {
    y += 18;
    parts.push(text(line, { x: 0, y: y - 4, size: HEADING, weight: 600, fill: COLOURS.ink }));
  }
  for (const line of wrapText(figure.subtitle ?? '', SUBTITLE, figure.width)) {
    y += 16;
    parts.push(text(line, { x: 0, y: y - 3, size: SUBTITLE, fill: COLOURS.muted }));
  }
  const legend = figure.legend ?? [];
  if (legend.length > 0) {
    const rows = legendRows(legend, figure.width);
    parts.push(rows.svg(y + 7));
    y += 7 + rows.height;
  }
  if (figure.colourKey !== undefined) {
    parts.push(colourKeySvg(figure.colourKey, y + 8));
    y += 24;
  }
  return { svg: parts.join(''), height: y + 6 };
}

/** Notes in the corners of the plotting area, each on a patch of the page's colour. */
export function annotationsSvg(annotations: readonly Annotation[], box: Box): string {
  return annotations.map((annotation) => annotationSvg(annotation, box)).join('');
}

function annotationSvg({ corner, lines }: Annotation, box: Box): string {
  const width = Math.max(...lines.map((line) => textWidth(line, NOTE))) + 12;
  const height = lines.length * 16 + 8;
  const atRight = corner.endsWith('right');
  const x = atRight ? box.left + box.width - width - 6 : box.left + 8;
  const y = corner.startsWith('bottom') ? box.top + box.height - height - 8 : box.top + 6;
  const texts = lines.map((line, k) =>
    text(line, {
      x: atRight ? x + width - 6 : x + 6,
      y: y + 16 + 16 * k,
      size: NOTE,
      fill: COLOURS.ink,
      anchor: atRight ? 'end' : 'start',
    }),
  );
  return (
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="3"` +
    ` fill="${COLOURS.surface}" fill-opacity="0.86"/>${texts.join('')}`
  );
}

function legendRows(
  items: readonly LegendItem[],
  width: number,
): { readonly height: number; readonly svg: (top: number) => string } {
  const placed: { readonly item: LegendItem; readonly x: number; readonly row: number }[] = [];
  let x = 0;
  let row = 0;
  for (const item of items) {
    const size = 26 + textWidth(item.label, LEGEND);
    if (x > 0 && x + size > width) {
      row += 1;
      x = 0;
    }
    placed.push({ item, x, row });
    x += size + 16;
  }
  return {
    height: (row + 1) * 18,
    svg: (top) =>
      placed
        .map(
          (entry) =>
            keySvg(entry.item, entry.x, top + entry.row * 18 + 7) +
            text(entry.item.label, {
              x: entry.x + 24,
              y: top + entry.row * 18 + 11,
              size: LEGEND,
              fill: COLOURS.ink,
            }),
        )
        .join(''),
  };
}

function keySvg({ mark, colour }: LegendItem, x: number, y: number): string {
  if (mark === 'square') {
    return `<rect x="${round(x + 3)}" y="${y - 5.5}" width="12" height="11" rx="2" fill="${colour}"/>`;
  }
  if (mark === 'point') return `<circle cx="${round(x + 9)}" cy="${y}" r="4" fill="${colour}"/>`;
  const width = mark === 'thick' ? 5 : 2.2;
  const dash = mark === 'dashed' ? ' stroke-dasharray="5 3.5"' : '';
  return `<path d="M${round(x)},${y}h18" fill="none" stroke="${colour}" stroke-width="${width}"${dash}/>`;
}

function colourKeySvg(key: ColourKey, top: number): string {
  const step = 14;
  const label = `${key.label}  ${key.low}`;
  const start = textWidth(label, NOTE) + 6;
  const cells = key.colours.map(
    (colour, k) =>
      `<rect x="${round(start + k * step)}" y="${top}" width="${step}" height="10" fill="${colour}"/>`,
  );
  const end = start + key.colours.length * step + 6;
  return (
    text(label, { x: 0, y: top + 9, size: NOTE, fill: COLOURS.muted }) +
    cells.join('') +
    text(key.high, { x: end, y: top + 9, size: NOTE, fill: COLOURS.muted })
  );
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'end';
}

function text(content: string, place: TextPlace): string {
  const weight = place.weight === undefined ? '' : ` font-weight="${place.weight}"`;
  const anchor = place.anchor === 'end' ? ' text-anchor="end"' : '';
  return (
    `<text x="${round(place.x)}" y="${round(place.y)}" font-size="${place.size}"${weight}${anchor}` +
    ` fill="${place.fill}">${escapeHtml(content)}</text>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
