import { ReportDataError } from '../errors.ts';
import { escapeHtml } from '../escape.ts';
import { PLOT_STYLE } from '../plots/theme.ts';
import { inlineHtml } from './richText.ts';

/** A plot of a report. */
export interface ReportFigure {
  /** An SVG document, as the plot functions return it. */
  readonly svg: string;
  readonly caption: string;
  /** Text for readers who cannot see the image, where the SVG's own is not enough. */
  readonly alt?: string;
  /** Takes the whole width, default false: figures stand side by side. */
  readonly wide?: boolean;
}

// What could make a request, run code or leave the image, beside what plots contain.
const UNSAFE =
  /<(?:script|foreignObject|iframe|image|animate|set|a|object|embed|link|!doctype|!entity|\?)[\s>/]|\son\w+\s*=|@import|(?:href|src)\s*=\s*["']?(?!#)[^"'#\s]|url\(\s*["']?(?!#)/i;

/**
 * A figure as HTML with the SVG inline. Identifiers inside the SVG get the number of the figure, as
 * all figures share one page.
 *
 * @throws ReportDataError for a text that is not an SVG, or one that would load something or run code
 */
export function figureHtml(figure: ReportFigure, number: number): string {
  const svg = figure.svg.replace(/^\s*<\?xml[^>]*\?>\s*/, '').trim();
  if (!svg.startsWith('<svg') || !svg.endsWith('</svg>')) {
    throw new ReportDataError('A figure must be an SVG document.', {
      expected: 'a text from <svg to </svg>',
      found: JSON.stringify(svg.slice(0, 40)),
      where: `figure ${number}, "${figure.caption}"`,
      hint: 'Await the plot function: it returns a promise of the SVG.',
    });
  }
  const unsafe = UNSAFE.exec(stripText(svg));
  if (unsafe !== null) {
    throw new ReportDataError('A figure must not refer to anything outside or run code.', {
      expected: 'a static SVG',
      found: JSON.stringify(unsafe[0]),
      where: `figure ${number}, "${figure.caption}"`,
      hint: 'Use the plot functions of @mlffd/report, or remove that part of the SVG.',
    });
  }
  const id = `figure-${number}`;
  return (
    `<figure class="plot${figure.wide === true ? ' wide' : ''}" id="${id}">` +
    `<div class="canvas">${inlineSvg(svg, figure, number)}</div>` +
    `<figcaption><b>Figure ${number}.</b> ${inlineHtml(figure.caption)}</figcaption></figure>`
  );
}

/** The tags alone: what stands between them is text and harmless. */
function stripText(svg: string): string {
  return (
    (svg.match(/<[^>]*>/g) ?? []).join('') + (svg.match(/<style[\s\S]*?<\/style>/gi) ?? []).join('')
  );
}

function inlineSvg(svg: string, figure: ReportFigure, number: number): string {
  const scoped = svg
    .replace(PLOT_STYLE, '')
    .replace(/<[^>]+>/g, (tag) =>
      tag.replace(/(\sid="|url\(#|href="#)([^")]+)/g, `$1f${number}-$2`),
    );
  if (figure.alt === undefined) return scoped;
  return scoped.replace('<svg', `<svg aria-label="${escapeHtml(figure.alt)}"`);
}
