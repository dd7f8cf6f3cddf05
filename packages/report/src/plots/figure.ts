import type { BandAxis, QuantitativeAxis } from './axis.ts';

/** What every plot takes. */
export interface PlotOptions {
  /** Shown above the plot and read out by screen readers. */
  readonly title: string;
  /** Second, quieter line under the title. */
  readonly subtitle?: string;
  /** What the plot says, for readers who cannot see it; by default made from the data. */
  readonly description?: string;
  /** Width of the whole image in pixels, default 480. */
  readonly width?: number;
  /** Height of the whole image in pixels, default 300. */
  readonly height?: number;
}

/** One entry of a legend. */
export interface LegendItem {
  readonly label: string;
  readonly colour: string;
  readonly mark: 'line' | 'dashed' | 'thick' | 'square' | 'point';
}

/** A layer of a Vega-Lite view: a mark, its data and its encoding. */
export interface Layer {
  readonly data?: { readonly values: readonly object[] };
  readonly mark: object;
  readonly encoding: object;
}

/** Lines of text in a corner of the plotting area. */
export interface Annotation {
  readonly corner: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';
  readonly lines: readonly string[];
}

/** A strip of colour steps with the values at its ends. */
export interface ColourKey {
  readonly label: string;
  readonly colours: readonly string[];
  readonly low: string;
  readonly high: string;
}

/** A plot ready to draw: axes, layers, and what is written around them. */
export interface Figure {
  readonly title: string;
  readonly subtitle?: string | undefined;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly x: QuantitativeAxis | BandAxis;
  readonly y: QuantitativeAxis | BandAxis;
  readonly layers: readonly Layer[];
  readonly legend?: readonly LegendItem[];
  readonly colourKey?: ColourKey;
  readonly annotations?: readonly Annotation[];
  /** Grid lines of the axis of values only: charts of categories need no other. */
  readonly grid?: { readonly x: boolean; readonly y: boolean };
}

/** The fields that PlotOptions and Figure share, with defaults in place. */
export function frameOf(
  options: PlotOptions,
  fallback: { readonly description: string; readonly width?: number; readonly height?: number },
): Pick<Figure, 'title' | 'subtitle' | 'description' | 'width' | 'height'> {
  return {
    title: options.title,
    subtitle: options.subtitle,
    description: options.description ?? fallback.description,
    width: options.width ?? fallback.width ?? 480,
    height: options.height ?? fallback.height ?? 300,
  };
}
