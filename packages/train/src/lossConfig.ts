/** Labels that any structure may have, and that a run may be judged by. */
export type LabelTerm = 'energy' | 'forces' | 'stress';

/**
 * What a student is compared in: labels, products of the Hessian with directions, and the energies
 * that a teacher gives to single atoms.
 */
export type LossTerm = LabelTerm | 'hessian' | 'nodeEnergies';

export const LABEL_TERMS: readonly LabelTerm[] = ['energy', 'forces', 'stress'];

/** All terms, in the order in which they are added up. */
export const LOSS_TERMS: readonly LossTerm[] = [...LABEL_TERMS, 'hessian', 'nodeEnergies'];

/** A value for each term; few runs have the last ones. */
type PerTerm<T> = Readonly<Record<LabelTerm, T>> & {
  readonly hessian?: T | undefined;
  readonly nodeEnergies?: T | undefined;
};

/** Weight of each term of the loss; none is 0. */
export type LossFactors = PerTerm<number>;

/** Which terms a graph has. */
export type LossParts = PerTerm<boolean>;

/** How a residual counts; see `buildLoss` for the formulas. */
export type LossKind = 'mse' | 'huber' | 'log-cosh' | 'mae' | 'l2';

export const LOSS_KINDS = ['mse', 'huber', 'log-cosh', 'mae', 'l2'] as const;

export const DEFAULT_KIND: LossKind = 'mse';
export const DEFAULT_DELTA = 0.1;

/** What is minimised. Every residual is in units of the baseline's scale, so weights are pure numbers. */
export interface LossConfig {
  /** Weight of the mean over structures of h((E - E_ref) / N). Default 1. */
  readonly energy: number;
  /** Weight of the mean over 3N components of h(F - F_ref). Default 100. */
  readonly forces: number;
  /** Weight of the mean over six components of h(stress - stress_ref), 1/Angstrom^3. Default 0. */
  readonly stress: number;
  /**
   * Weight of the mean over 3N components of h(H v - (H v)_ref), 1/Angstrom, for the structures that
   * carry the term in a step (`TrainConfig.hessian`). Default none, which costs nothing.
   */
  readonly hessian?: number | undefined;
  /**
   * Weight of the mean over atoms of h(E_i - E_i,ref), of those that have an energy of their own. Only
   * the sum of these is physical: take a small weight, or stages that end without it. Default none,
   * which costs nothing.
   */
  readonly nodeEnergies?: number | undefined;
  /**
   * How residuals count, for all terms or for each: `mse` squares them; `huber` and `log-cosh` grow
   * linearly beyond `delta`, so that outliers do not rule; `mae` takes the size of each component and
   * `l2` that of the whole force vector, or stress tensor, so that no axis is special. Default `mse`.
   */
  readonly kind: LossKind | PerTerm<LossKind>;
  /** Where `huber` and `log-cosh` become linear, in units of the scale, for all terms or for each. Default 0.1. */
  readonly delta: number | LossFactors;
  /**
   * Factors on the weight of structures whose `meta.group` or `meta.source` has this name; 0 leaves
   * them out of training. Validation is not weighted.
   */
  readonly groupWeights?: Readonly<Record<string, number>> | undefined;
}

/** A part of a run with a loss and a learning rate of its own. */
export interface StageConfig {
  /** Part of the run, 0 to 1, at which the next stage begins; the last stage has none. */
  readonly until?: number | undefined;
  /** Weights of the terms in this stage; those that are not given are those of `loss`. */
  readonly loss: LossFactors;
  /** Peak learning rate in this stage. Default that of the optimiser. */
  readonly learningRate?: number | undefined;
  /** Whether the schedule, warm-up included, runs anew over this stage. Default false. */
  readonly restart: boolean;
}

/** Terms that a loss gives a weight. */
export function lossParts(loss: LossFactors): LossParts {
  return {
    energy: loss.energy > 0,
    forces: loss.forces > 0,
    stress: loss.stress > 0,
    hessian: (loss.hessian ?? 0) > 0,
    nodeEnergies: (loss.nodeEnergies ?? 0) > 0,
  };
}

/** How a term counts, and from where on linearly. */
export function penaltyOf(
  { kind, delta }: LossConfig,
  term: LossTerm,
): { readonly kind: LossKind; readonly delta: number } {
  return {
    kind: typeof kind === 'string' ? kind : (kind[term] ?? DEFAULT_KIND),
    delta: typeof delta === 'number' ? delta : (delta[term] ?? DEFAULT_DELTA),
  };
}

/** Sum of the terms with their weights. */
export function weightedSum(factors: LossFactors, terms: LossFactors): number {
  const labels =
    factors.energy * terms.energy + factors.forces * terms.forces + factors.stress * terms.stress;
  const hessian = (factors.hessian ?? 0) * (terms.hessian ?? 0);
  return labels + hessian + (factors.nodeEnergies ?? 0) * (terms.nodeEnergies ?? 0);
}
