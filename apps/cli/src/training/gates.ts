import type { Gate } from '@mlffd/report';
import type { Metrics } from '@mlffd/train';
import type { DynamicsOutput } from './dynamicsStage.ts';
import type { SpeedOutput } from './speedStage.ts';
import type { TrainGates, TrainRunConfig } from './trainConfig.ts';

/** Goals where the configuration has none: those of `distill` that need no teacher. */
const DEFAULTS: TrainGates = { forceR2: 0.995, accuracy: 0.95, nveSlope: 1e-3 };

/** What is held against the goals. */
export interface Judged {
  readonly side: 'test' | 'validation';
  readonly metrics: Metrics;
  readonly dynamics: DynamicsOutput | null;
  readonly speed: SpeedOutput | null;
}

/** The goals of a run with what was measured; a figure that is missing misses its goal. */
export function trainGates(config: TrainRunConfig, judged: Judged): Gate[] {
  const goals = config.gates ?? defaultGates(config, judged.metrics);
  const { metrics, dynamics, speed, side } = judged;
  const on = side === 'test' ? 'structures held out' : 'validation structures';
  const all: (Omit<Gate, 'goal'> & { readonly goal: number | undefined })[] = [
    {
      name: 'R² of forces',
      measured: metrics.force_r2 ?? NaN,
      goal: goals.forceR2,
      relation: '>=',
      note: `components, ${on}`,
      format: { decimals: 4 },
    },
    {
      name: 'Accuracy of forces',
      measured: metrics.accuracy ?? NaN,
      goal: goals.accuracy,
      relation: '>=',
      note: `1 − MAE / mean |F|, components, ${on}`,
      format: { decimals: 3 },
    },
    {
      name: 'Force MAE',
      measured: metrics.force_mae_meV_A ?? NaN,
      goal: goals.forceMae,
      relation: '<=',
      unit: 'meV/Å',
      note: `components, ${on}`,
    },
    {
      name: 'Energy MAE',
      measured: metrics.energy_mae_meV_atom ?? NaN,
      goal: goals.energyMae,
      relation: '<=',
      unit: 'meV/atom',
      note: on,
    },
    {
      name: 'Energy drift',
      measured: worstDrift(dynamics),
      goal: goals.nveSlope,
      relation: '<',
      unit: 'meV/atom/ps',
      note: 'largest of |slope| and both ends of its 95 % band, at constant energy',
    },
    {
      name: 'Time of a call',
      measured: speed?.median ?? NaN,
      goal: goals.microseconds,
      relation: '<=',
      unit: 'µs',
      note: `energy and forces, one thread, ${String(speed?.atoms ?? 0)} atoms`,
    },
  ];
  return all.flatMap(({ goal, ...gate }) => (goal === undefined ? [] : [{ ...gate, goal }]));
}

function defaultGates({ dynamics }: TrainRunConfig, { labelled }: Metrics): TrainGates {
  const { nveSlope, ...forces } = DEFAULTS;
  return {
    ...(labelled.forces > 0 ? forces : {}),
    ...(dynamics === false ? {} : { nveSlope }),
  };
}

/** Infinity for a run that broke off. */
function worstDrift(dynamics: DynamicsOutput | null): number {
  if (dynamics === null) return NaN;
  const { slope, low, high } = dynamics;
  if (slope === null || low === null || high === null) return Infinity;
  return Math.max(Math.abs(slope), Math.abs(low), Math.abs(high));
}
