import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { RasterError } from './errors.ts';
import { surfaceColour, withScheme, type ColourScheme } from './plots/theme.ts';

/** How `svgToPng` draws. */
export interface PngOptions {
  /** Width of the image in pixels, default 960; the height follows. */
  readonly width?: number;
  /** Colours for light (default) or dark slides. */
  readonly scheme?: ColourScheme;
  /** CSS colour behind the plot, default the page colour of the scheme; `'none'` for transparent. */
  readonly background?: string;
}

/** Paths of the three weights that plots use. */
function fontPaths(): string[] {
  const require = createRequire(import.meta.url);
  return [
    require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    require.resolve('@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf'),
    require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  ];
}

/**
 * An SVG of this package as PNG bytes. Text is set in Inter, which comes with the package, and
 * never in a font of the machine: the same plot gives the same image everywhere, also in a
 * container without fonts.
 *
 * @throws RasterError when the text is not an SVG, or the width is not a positive number
 */
export async function svgToPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  const { width = 960, scheme = 'light', background = surfaceColour(scheme) } = options;
  if (!(Number.isFinite(width) && width >= 1 && width <= 20_000)) {
    throw new RasterError('The width of an image must be between 1 and 20,000 pixels.', {
      expected: 'a width from 1 to 20000',
      found: String(width),
      hint: 'Give the width in pixels, for example 960.',
    });
  }
  const { Resvg } = await import('@resvg/resvg-js');
  const fontFiles = fontPaths();
  // resvg skips a font file that it cannot read, and text would vanish without a word.
  await Promise.all(fontFiles.map(readFont));
  try {
    const image = new Resvg(withScheme(svg, scheme), {
      fitTo: { mode: 'width', value: Math.round(width) },
      ...(background === 'none' ? {} : { background }),
      font: {
        loadSystemFonts: false,
        fontFiles,
        defaultFontFamily: 'Inter',
        sansSerifFamily: 'Inter',
      },
    });
    return new Uint8Array(image.render().asPng());
  } catch (cause) {
    throw new RasterError('The SVG could not be drawn.', {
      expected: 'a well-formed SVG document',
      found: `${JSON.stringify(svg.slice(0, 60))}...`,
      hint: 'Give the string that a plot function returned.',
      cause,
    });
  }
}

async function readFont(file: string): Promise<void> {
  try {
    await readFile(file);
  } catch (cause) {
    throw new RasterError('The font for images is missing.', {
      expected: 'the files of @expo-google-fonts/inter',
      where: file,
      hint: 'Install the dependencies of @mlffd/report again.',
      cause,
    });
  }
}
