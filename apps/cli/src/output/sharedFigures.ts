import { bandChart, barChart, type Section } from '@mlffd/report';
import type { Metrics } from '@mlffd/train';

type Figure = NonNullable<Section['figures']>[number];

/** Bars with the force error of each element. */
export async function elementErrorFigure(
  elements: readonly (readonly [symbol: string, metrics: Metrics['by_element'][string]])[],
): Promise<Figure> {
  return {
    svg: await barChart({
      title: 'Force error by element',
      direction: 'vertical',
      value: { label: 'Force MAE', unit: 'meV/Å' },
      bars: elements.map(([label, metrics]) => ({ label, value: metrics.force_mae_meV_A ?? 0 })),
    }),
    caption: 'Mean absolute error of force components by element.',
  };
}

/** Total energy of a run at constant energy: time in ps, energies and slope in meV/atom (per ps). */
export async function driftFigure(
  values: { readonly x: readonly number[]; readonly y: readonly number[] },
  fit: { readonly slope: number; readonly low: number; readonly high: number },
): Promise<Figure> {
  return {
    wide: true,
    svg: await bandChart({
      title: 'Total energy at constant energy',
      width: 960,
      x: { label: 'Time', unit: 'ps' },
      y: { label: 'Total energy less its start', unit: 'meV/atom' },
      values,
      fit,
      slopeUnit: 'meV/atom/ps',
    }),
    caption: 'Total energy per atom with the fitted slope and its 95 % confidence band.',
  };
}
