import { ReportDataError } from '../errors.ts';

/** `light` is what an SVG is drawn in; `dark` is what it turns to where the reader prefers it. */
export type ColourScheme = 'light' | 'dark';

interface Shade {
  readonly light: string;
  readonly dark: string;
}

// Every colour of a plot comes from this table, and no two entries share a light value: the dark
// scheme is a set of CSS rules that match the light values.
const INK: Shade = { light: '#1b2530', dark: '#e8edf2' };
const MUTED: Shade = { light: '#566373', dark: '#a3b0be' };
const AXIS: Shade = { light: '#8d99a6', dark: '#6c7987' };
const GRID: Shade = { light: '#e4e9ee', dark: '#2a333d' };
const SURFACE: Shade = { light: '#fffffe', dark: '#151b22' };
const GOAL: Shade = { light: '#b3261d', dark: '#ff8a80' };

// Okabe-Ito hues, darkened for white paper and lightened for a dark page, then moved apart until
// any two differ by 20 in L*a*b* also for readers with deuteranopia or protanopia.
const SERIES: readonly Shade[] = [
  { light: '#0067c0', dark: '#5ab2f6' },
  { light: '#c65e41', dark: '#fb9866' },
  { light: '#289076', dark: '#27c196' },
  { light: '#984a91', dark: '#be8fbd' },
  { light: '#ac7d02', dark: '#f0c64c' },
  { light: '#3e93c9', dark: '#a6dcff' },
  { light: '#5c503d', dark: '#d9d9d9' },
];

// Pale stand-ins for a reference curve that another curve is drawn on top of.
const PALE: Shade = { light: '#a9b4c0', dark: '#5d6a78' };
const FILL: Shade = { light: '#cfe0f0', dark: '#213a52' };

// Few to many; lightness falls on white paper and rises on a dark page.
const DENSITY: readonly Shade[] = [
  { light: '#cfe3ef', dark: '#243b53' },
  { light: '#a3cde0', dark: '#2a5270' },
  { light: '#74b5d2', dark: '#2c6d87' },
  { light: '#4597c3', dark: '#2d8a95' },
  { light: '#2678b2', dark: '#3ba796' },
  { light: '#1f5a9c', dark: '#66c28a' },
  { light: '#263f83', dark: '#a3d977' },
  { light: '#2b2566', dark: '#e9ea6d' },
];

/** Colours of text, axes and surfaces, as drawn (light scheme). */
export const COLOURS: Readonly<
  Record<'ink' | 'muted' | 'axis' | 'grid' | 'surface' | 'goal' | 'pale' | 'fill', string>
> = {
  ink: INK.light,
  muted: MUTED.light,
  axis: AXIS.light,
  grid: GRID.light,
  surface: SURFACE.light,
  goal: GOAL.light,
  pale: PALE.light,
  fill: FILL.light,
};

/** Colours of the steps of a density plot, few to many. */
export const DENSITY_COLOURS: readonly string[] = DENSITY.map((shade) => shade.light);

/** How many series one plot can tell apart. */
export const MAX_SERIES: number = SERIES.length;

/**
 * Colour of series `index`, from a palette that readers with any colour vision can tell apart.
 *
 * @throws ReportDataError beyond the seven colours of the palette
 */
export function seriesColour(index: number): string {
  const shade = SERIES.at(index);
  if (shade === undefined || index < 0) {
    throw new ReportDataError(`A plot can show at most ${MAX_SERIES} series.`, {
      expected: `at most ${MAX_SERIES} series`,
      found: `series number ${index + 1}`,
      hint: 'Split the plot in two.',
    });
  }
  return shade.light;
}

/**
 * Family of the text in plots and reports; `svgToPng` has Inter, other viewers fall back to what
 * they have. All are about as wide as Inter, which the layout of the plots relies on.
 */
export const FONT_FAMILY =
  'Inter, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif';

const SHADES: readonly Shade[] = [
  INK,
  MUTED,
  AXIS,
  GRID,
  SURFACE,
  GOAL,
  PALE,
  FILL,
  ...SERIES,
  ...DENSITY,
];

/** CSS rules that turn the light colours of a plot into dark ones, where the reader prefers dark. */
export const DARK_RULES: string = SHADES.map(
  ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
).join('');

/** The `<style>` element of a plot, which makes it follow the reader's colour scheme. */
export const PLOT_STYLE: string =
  `<style>svg:root{color-scheme:light dark;background:${SURFACE.light}}` +
  `@media screen and (prefers-color-scheme:dark){svg:root{background:${SURFACE.dark}}${DARK_RULES}}</style>`;

/** A plot's SVG with its colours replaced by those of one scheme, without style sheet. */
export function withScheme(svg: string, scheme: ColourScheme): string {
  const bare = svg.replace(PLOT_STYLE, '');
  if (scheme === 'light') return bare;
  const dark = new Map(SHADES.map((shade) => [shade.light, shade.dark]));
  return bare.replace(
    /(fill|stroke)="(#[0-9a-f]{6})"/g,
    (whole, attribute: string, colour: string) => {
      const other = dark.get(colour);
      return other === undefined ? whole : `${attribute}="${other}"`;
    },
  );
}

/** Colour of the page behind a plot. */
export function surfaceColour(scheme: ColourScheme): string {
  return SURFACE[scheme];
}
