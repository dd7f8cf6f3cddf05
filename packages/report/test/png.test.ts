import { expect, test } from '@jest/globals';
import { lineChart, RasterError, svgToPng } from '@mlffd/report';
import { decode } from 'fast-png';

function chart(title: string): Promise<string> {
  const axis = { label: 'x' };
  return lineChart({
    title,
    x: axis,
    y: axis,
    series: [{ name: 'a', x: [0, 1, 2], y: [1, 3, 2] }],
  });
}

/** Number of pixels in the rows of the title that are not the page's colour. */
function inkOfTitle(png: Uint8Array): number {
  const image = decode(png);
  const rows = Math.round((18 / 480) * image.width);
  let ink = 0;
  for (let k = 0; k < rows * image.width; k += 1) {
    const at = k * image.channels;
    if (Math.abs(image.data[at] - image.data[0]) > 40) ink += 1;
  }
  return ink;
}

test('an image has the width that was asked for, and its text is there', async () => {
  const svg = await chart('Force error, Å ≤ 10⁻³ σ₁');
  const withoutTitle = svg.replace(/<text[^>]*font-weight="600"[^>]*>[^<]*<\/text>/, '');
  expect(withoutTitle).not.toBe(svg);
  const withTitle = await svgToPng(svg, { width: 960 });
  const blank = await svgToPng(withoutTitle, { width: 960 });
  const image = decode(withTitle);
  expect([image.width, image.height]).toEqual([960, 600]);
  expect(inkOfTitle(blank)).toBe(0);
  // Some twenty letters of about 20 x 28 pixels, a fifth of them ink.
  expect(inkOfTitle(withTitle)).toBeGreaterThan(500);
});

test('each sign of the field has a glyph: none is drawn as the box of a missing one', async () => {
  const missing = inkOfTitle(await svgToPng(await chart('\u{10FFFD}'), { width: 960 }));
  for (const sign of ['Å', 'µ', 'σ', 'Δ', '²', '⁻', '₁', '×', '±', '≤', '−', '∞', '°', '–']) {
    const ink = inkOfTitle(await svgToPng(await chart(sign), { width: 960 }));
    expect(ink).toBeGreaterThan(0);
    expect([sign, ink]).not.toEqual([sign, missing]);
  }
});

test('the dark scheme and the background are as asked', async () => {
  const svg = await chart('Scheme');
  const corner = (png: Uint8Array): number[] => [...decode(png).data.slice(-4)];
  expect(corner(await svgToPng(svg, { width: 100 }))).toEqual([255, 255, 254, 255]);
  expect(corner(await svgToPng(svg, { width: 100, scheme: 'dark' }))).toEqual([21, 27, 34, 255]);
  expect(corner(await svgToPng(svg, { width: 100, background: 'none' }))[3]).toBe(0);
});

test('the same plot gives the same bytes', async () => {
  const svg = await chart('Same');
  expect(Buffer.compare(await svgToPng(svg), await svgToPng(svg))).toBe(0);
});

test('what is not an SVG, and sizes that are not, are refused', async () => {
  await expect(svgToPng('<p>no image</p>')).rejects.toThrow(RasterError);
  await expect(svgToPng('<svg xmlns="http://www.w3.org/2000/svg"><g></svg>')).rejects.toMatchObject(
    {
      code: 'REPORT_RASTER',
    },
  );
  for (const width of [0, -1, NaN, Infinity, 1e9]) {
    await expect(svgToPng('<svg/>', { width })).rejects.toThrow(RasterError);
  }
});
