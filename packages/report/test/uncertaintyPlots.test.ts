import { describe, expect, test } from '@jest/globals';
import { ReportDataError, svgToPng } from '@mlffd/report';
import { coveragePlot, sigmaErrorPlot } from '../src/plots/uncertaintyPlots.ts';
import { normals } from './random.ts';

const z = Array.from({ length: 31 }, (_, k) => k / 30);
const noise = normals(3);
const sigma = Array.from({ length: 3000 }, (_, k) => 0.01 * 10 ** (k / 1500));
const error = sigma.map((value) => value * noise());

describe('the coverage plot', () => {
  test('shows every kind and the diagonal, on axes from 0 to 1', async () => {
    const svg = await coveragePlot({
      title: 'Coverage',
      series: [
        { name: 'Energies', expected: z, observed: z.map((value) => value ** 2) },
        { name: 'Forces', expected: z, observed: z },
      ],
    });
    for (const text of ['Coverage', 'Energies', 'Forces', 'Calibrated', '0.2', '1.0']) {
      expect(svg).toContain(text);
    }
    expect((await svgToPng(svg)).length).toBeGreaterThan(1000);
  });

  test('refuses lists of other lengths', async () => {
    const series = [{ name: 'Energies', expected: [0, 1], observed: [0] }];
    await expect(coveragePlot({ title: 'Coverage', series })).rejects.toThrow(ReportDataError);
  });
});

describe('the plot of errors against uncertainties', () => {
  const options = { title: 'Forces', quantity: 'Force', unit: 'eV/Å' };

  test('tells the root mean square error in bins of the uncertainty', async () => {
    const svg = await sigmaErrorPlot({ ...options, sigma, error });
    expect(svg).toContain('Force uncertainty (eV/Å)');
    expect(svg).toContain('Force error (eV/Å)');
    const said = /root mean square of the errors: ([^.]*\.[^"<]*)/.exec(svg)?.[1] ?? '';
    const bins = [...said.matchAll(/(\d+\.\d+) at (\d+\.\d+)/g)];
    expect(bins).toHaveLength(10);
    for (const [, rms, at] of bins) {
      // 300 errors in each bin: 4 % of statistical uncertainty, five of them.
      expect(Math.abs(Number(rms) / Number(at) - 1)).toBeLessThan(0.2);
    }
    // Thinned: the image must not grow with the number of atoms.
    expect(svg.length).toBeLessThan(600_000);
  });

  test('draws what it can', async () => {
    for (const few of [
      { sigma: [], error: [] },
      { sigma: [0.1], error: [-0.2] },
      { sigma: [0, NaN, 0.1, 0.2], error: [1, 1, 0, NaN] },
    ]) {
      expect(await sigmaErrorPlot({ ...options, ...few })).toContain('Forces');
    }
    await expect(sigmaErrorPlot({ ...options, sigma: [1], error: [] })).rejects.toThrow(
      ReportDataError,
    );
  });
});
