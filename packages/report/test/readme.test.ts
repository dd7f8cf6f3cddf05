import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { lineChart, renderReport, svgToPng, verdictOf } from '@mlffd/report';
import { decode } from 'fast-png';

test('the example of the README makes a page and an image', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  try {
    const gates = [{ name: 'Force MAE', measured: 36.1, goal: 50, unit: 'meV/Å' }];
    const svg = await lineChart({
      title: 'Learning curve',
      x: { label: 'Epoch' },
      y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
      series: [
        { name: 'Training', x: [1, 2, 3, 4], y: [310, 120, 61, 34] },
        { name: 'Validation', x: [1, 2, 3, 4], y: [322, 131, 66, 36.1], dashed: true },
      ],
    });
    const html = renderReport({
      title: 'painn-tiny-water',
      verdict: verdictOf(gates),
      facts: [{ label: 'Force MAE', value: 36.1, unit: 'meV/Å' }],
      sections: [
        { title: 'Goals', gates: { caption: 'Measured values against their goals.', gates } },
        { title: 'Training', figures: [{ svg, caption: 'Error after each epoch.' }] },
      ],
      data: { gates },
    });
    await writeFile(join(folder, 'report.html'), html);
    await writeFile(join(folder, 'learning-curve.png'), await svgToPng(svg, { width: 1200 }));
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('All 1 goals are met');
    expect(decode(await readFile(join(folder, 'learning-curve.png'))).width).toBe(1200);
  } finally {
    await rm(folder, { recursive: true });
  }
});
