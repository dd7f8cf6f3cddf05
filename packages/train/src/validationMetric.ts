import type { MetricFactors, ValidationConfig } from './config.ts';
import { LABEL_TERMS } from './lossConfig.ts';
import type { LabelTerm } from './lossConfig.ts';
import { allocatePredictions, comparePredictions } from './predictions.ts';
import type { Metrics } from './metrics.ts';
import type { SharedSet } from './sharedSet.ts';

type MetricChoice = ValidationConfig['metric'];

/** Labels that a choice of metric needs. */
export function judgedTerms(metric: MetricChoice): LabelTerm[] {
  if (typeof metric === 'object') return LABEL_TERMS.filter((term) => metric[term] > 0);
  const [kind] = metric.split('_');
  return [kind === 'force' ? 'forces' : kind === 'stress' ? 'stress' : 'energy'];
}

/** Judges weights by one number, smaller is better. */
export class Judge {
  readonly #metric: MetricChoice;
  readonly #baseline: MetricFactors;

  /** @param validation labels that the parts of a sum are measured against */
  constructor(metric: MetricChoice, validation: SharedSet) {
    this.#metric = metric;
    this.#baseline =
      typeof metric === 'string' || validation.length === 0
        ? { energy: 0, forces: 0, stress: 0 }
        : errors(comparePredictions(validation, allocatePredictions(validation), 1));
  }

  /** `null` where a label is missing. */
  value(metrics: Metrics): number | null {
    const metric = this.#metric;
    if (typeof metric === 'string') return metrics[metric];
    const found = errors(metrics);
    let sum = 0;
    for (const term of judgedTerms(metric)) {
      // Labels that the baseline meets exactly leave nothing to be learned.
      const size = this.#baseline[term];
      if (size > 0) sum += (metric[term] * found[term]) / size;
    }
    return sum;
  }
}

function errors(metrics: Metrics): MetricFactors {
  return {
    energy: metrics.energy_mae_meV_atom ?? 0,
    forces: metrics.force_mae_meV_A ?? 0,
    stress: metrics.stress_mae_GPa ?? 0,
  };
}
