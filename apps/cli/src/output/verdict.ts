import { formatNumber, gateStatus, type Gate } from '@mlffd/report';
import type { GatesConfig } from '../config/distillConfig.ts';
import type { Metrics } from '@mlffd/train';
import type { GateResult, NveFigures, SpeedRow } from './results.ts';

/** What is held against the goals. */
export interface Measured {
  readonly metrics: Metrics;
  readonly nve: NveFigures;
  readonly speed: readonly SpeedRow[];
}

/** The goals of a run with what was measured; a figure that is missing misses its goal. */
export function gatesOf(goals: GatesConfig, { metrics, nve, speed }: Measured): Gate[] {
  const worst = Math.max(Math.abs(nve.slope), Math.abs(nve.low), Math.abs(nve.high));
  return [
    {
      name: 'R² of forces',
      measured: metrics.force_r2 ?? NaN,
      goal: goals.forceR2,
      relation: '>=',
      note: 'components, frames of held-out trajectories',
      format: { decimals: 4 },
    },
    {
      name: 'Accuracy of forces',
      measured: metrics.accuracy ?? NaN,
      goal: goals.accuracy,
      relation: '>=',
      note: '1 − MAE / mean |F|, components, frames of held-out trajectories',
      format: { decimals: 3 },
    },
    {
      name: 'Energy drift',
      measured: worst,
      goal: goals.nveSlope,
      relation: '<',
      unit: 'meV/atom/ps',
      note: `largest of |slope| and both ends of its 95 % band, ${String(nve.picoseconds)} ps at constant energy`,
    },
    ...speed.map(({ atoms, speedup }): Gate => ({
      name: `Speed at ${String(atoms)} atoms`,
      measured: speedup,
      goal: goals.speedup,
      relation: '>=',
      unit: '× teacher',
      note: 'energy and forces, one thread each, same run',
    })),
  ];
}

/** Gates as `results.json` keeps them. */
export function gateResults(gates: readonly Gate[]): GateResult[] {
  return gates.map((gate) => ({
    name: gate.name,
    relation: gate.relation ?? '<=',
    goal: gate.goal,
    measured: Number.isFinite(gate.measured) ? gate.measured : null,
    ...(gate.unit === undefined ? {} : { unit: gate.unit }),
    passed: gateStatus(gate) === 'pass',
  }));
}

/** `Energy drift: 0.00012 meV/atom/ps (goal < 0.001)`. */
export function gateText(gate: GateResult): string {
  const unit = gate.unit === undefined ? '' : ` ${gate.unit}`;
  const measured = gate.measured === null ? 'not measured' : formatNumber(gate.measured, PLAIN);
  return `${gate.name}: ${measured}${unit} (goal ${gate.relation} ${formatNumber(gate.goal, PLAIN)})`;
}

const PLAIN = { ascii: true } as const;
