import { isMlffdError } from '@mlffd/core';
import {
  driftAttribution,
  type DriftAttributionOptions,
  type DriftVariant,
  type VariantDrift,
} from '../../driftAttribution.ts';
import { MIN_SAMPLES } from '../../lowFrequency.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import type { Figure } from '../types.ts';

const FIGURES = [
  { key: 'rms-as-used', label: 'Energy fluctuation as used', unit: 'meV/atom' },
  { key: 'owner-slope', label: 'Drift as used', unit: 'meV/atom/ps' },
] as const;
const AS_USED = 'as used';

/** What owns a drift of the energy: model, list, time step or precision. */
export const driftOwner: Check = {
  id: 'drift-owner',
  title: 'Owner of the drift',
  about:
    'The same start at constant energy with one thing changed at a time: half the time step, no reuse of the neighbour list, other arithmetic. What brings the drift down owns it; what none of them takes away is the model itself.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ student, system, settings, runs, signal, progress }) => {
    const start = await runs.thermalStart(system);
    const { timestep, attributionPicoseconds } = settings;
    const { calculator, references = [] } = student;
    const duration = Math.max(1000 * attributionPicoseconds, MIN_SAMPLES * timestep);
    const variants: DriftVariant[] = [
      { name: AS_USED, calculator, timestep },
      { name: 'half the time step', calculator, timestep: timestep / 2 },
      ...references
        .filter(({ dynamics }) => dynamics)
        .map(({ name, calculator: other }) => ({ name, calculator: other, timestep })),
    ];
    let done = 0;
    const drifts = await attribute({
      ...start,
      duration,
      variants,
      signal,
      onEvent: () => {
        done += 1;
        progress({ done, total: variants.length, unit: 'runs' });
      },
    });
    if (typeof drifts === 'string') return { figures: FIGURES.map((of) => skipped(of, drifts)) };
    const [used] = drifts;
    const owner = ownerOf(drifts);
    return {
      figures: [
        figure({ ...FIGURES[0], value: used.rms }),
        figure({ ...FIGURES[1], value: used.slope, low: used.low, high: used.high, why: owner }),
        ...drifts.slice(1).map(variantFigure),
      ],
      notes: [owner],
      plots: [
        {
          id: 'drift-owner',
          kind: 'bars',
          title: 'Drift with one thing changed',
          caption: `Slope of the total energy over ${(duration / 1000).toPrecision(3)} ps with 95 % bands, from the same start.`,
          x: { label: 'Drift', unit: 'meV/atom/ps' },
          y: { label: '' },
          curves: [],
          bars: drifts.map(({ name, slope, low, high }) => ({
            label: name,
            value: slope,
            low,
            high,
          })),
        },
      ],
    };
  },
};

/** Drifts, or why a run ended. */
async function attribute(
  options: DriftAttributionOptions,
): Promise<readonly VariantDrift[] | string> {
  try {
    return await driftAttribution(options);
  } catch (error) {
    if (!isMlffdError(error) || error.name === 'AbortedError') throw error;
    return error.message;
  }
}

/** The first change whose band does not touch that of the run as used. */
function ownerOf([used, ...others]: readonly VariantDrift[]): string {
  const cures = others.filter(
    ({ differs, slope }) => differs && Math.abs(slope) < Math.abs(used.slope),
  );
  if (cures.length > 0)
    return `The drift goes away with ${cures.map(({ name }) => name).join(', ')}.`;
  const clear = used.low > 0 || used.high < 0;
  return clear
    ? 'The drift stays whatever is changed: the model itself owns it.'
    : 'There is no drift beyond the noise of runs of this length.';
}

function variantFigure({ name, slope, low, high, rms }: VariantDrift): Figure {
  const key = `slope-${name.replaceAll(/[^a-z0-9]+/gi, '-')}`;
  const why = `fluctuation ${rms.toPrecision(2)} meV/atom`;
  return figure({
    key,
    label: `Drift, ${name}`,
    value: slope,
    unit: 'meV/atom/ps',
    low,
    high,
    why,
  });
}
