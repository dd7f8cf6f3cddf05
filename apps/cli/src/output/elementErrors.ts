import { barChart, type Section } from '@mlffd/report';
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
