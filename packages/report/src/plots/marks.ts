import type { Layer } from './figure.ts';
import { COLOURS } from './theme.ts';

/** A text with a rim in the colour of the page, so that it can be read on top of other marks. */
export function haloText(mark: object, encoding: object): Layer[] {
  const text = { type: 'text', clip: false, ...mark };
  return [
    {
      mark: {
        ...text,
        fill: COLOURS.surface,
        stroke: COLOURS.surface,
        strokeWidth: 4,
        strokeJoin: 'round',
      },
      encoding,
    },
    { mark: text, encoding },
  ];
}
