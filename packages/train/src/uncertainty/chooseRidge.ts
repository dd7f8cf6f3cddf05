import { Cholesky } from './cholesky.ts';
import { scaleOf, withoutRounding } from './errorSamples.ts';
import type { FeatureCovariance } from './featureCovariance.ts';
import type { ValidationRow } from './validationRows.ts';

/** Candidates for what is added to the diagonal, as parts of its mean. */
const RIDGES = [1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3] as const;

/** What regularisation was chosen. */
export interface RidgeChoice {
  /** Part of the mean diagonal that was added to the diagonal. */
  readonly ridge: number;
  /** Of the regularised covariance of the features. */
  readonly factor: Cholesky;
  /** Factor on the standard deviations with which validation errors are most likely. */
  readonly alpha: number;
}

/**
 * Regularises the covariance A of the features: of several ridges, the one with which normally
 * distributed errors of the validation set, of variance (alpha_kind)^2 row A^-1 rowᵀ, are most likely.
 * Energies and forces have a factor each, so that neither decides by its size; `alpha` is their geometric
 * mean.
 *
 * @returns undefined where there is nothing to choose by
 */
export function chooseRidge(
  { squares, size }: FeatureCovariance,
  rows: readonly ValidationRow[],
): RidgeChoice | undefined {
  let diagonal = 0;
  for (let k = 0; k < size; k++) diagonal += squares[k * size + k] / size;
  let best: (RidgeChoice & { readonly loss: number }) | undefined;
  for (const ridge of RIDGES) {
    const factor = Cholesky.of(squares, size, ridge * diagonal);
    if (factor === undefined) continue;
    const fits = (['energy', 'forces'] as const).flatMap(
      (kind) =>
        likelihood(
          factor,
          rows.filter((row) => row.kind === kind),
        ) ?? [],
    );
    if (fits.length === 0) return undefined;
    const loss = fits.reduce((sum, fit) => sum + fit.loss, 0);
    if (best !== undefined && loss >= best.loss) continue;
    const logs = fits.reduce((sum, fit) => sum + Math.log(fit.scale), 0);
    best = { ridge, factor, alpha: Math.exp(logs / fits.length), loss };
  }
  return best;
}

/** Scale with which errors are most likely, and the mean of -log(likelihood) there, less a constant. */
function likelihood(
  factor: Cholesky,
  rows: readonly ValidationRow[],
): { readonly scale: number; readonly loss: number } | undefined {
  const samples = withoutRounding({
    sigma: Float64Array.from(rows, ({ values }) => Math.sqrt(factor.inverseForm(values))),
    error: Float64Array.from(rows, ({ residual }) => residual),
  });
  const scale = scaleOf(samples);
  if (scale === undefined || scale === 0) return undefined;
  const logs = samples.sigma.reduce((sum, sigma) => sum + Math.log(scale * sigma), 0);
  return { scale, loss: logs / samples.sigma.length };
}
