import type { LatencyDistribution } from '@mlffd/core';
import type { PlotOptions } from './figure.ts';
import { lineChart } from './lineChart.ts';

/** What `latencyChart` draws. */
export interface LatencyChartOptions extends PlotOptions {
  /** What was timed, as `step`. */
  readonly unit: string;
  /** At most seven. */
  readonly series: readonly { readonly name: string; readonly latency: LatencyDistribution }[];
}

/**
 * Distributions of latencies as SVG: the share of the calls in each bin of their histograms over the time of
 * a call, which is logarithmic as the bins are.
 *
 * @throws ReportDataError for more series than there are colours
 */
export function latencyChart({ unit, series, ...frame }: LatencyChartOptions): Promise<string> {
  return lineChart({
    ...frame,
    x: { label: `Time of a ${unit}`, unit: 'ms', scale: 'log' },
    y: { label: `${unit.slice(0, 1).toUpperCase()}${unit.slice(1)}s`, unit: '%' },
    series: series.map(({ name, latency: { count, histogram } }) => ({
      name,
      points: true,
      // Middles of the bins on the logarithmic scale.
      x: histogram.counts.map((_, k) => Math.sqrt(histogram.edges[k] * histogram.edges[k + 1])),
      y: histogram.counts.map((calls) => (100 * calls) / count),
    })),
  });
}
