/** Part of the running mean of the loss that is kept at each step. */
const MEMORY = 0.98;

/** The mean never stays further above a loss than this factor: a first batch with a wrong label would blind it. */
const LARGEST_MEAN = 100;

/** Moves the running mean of the loss by one step. */
export function averageLoss(average: number | null, loss: number): number {
  if (average === null) return loss;
  return Math.min(MEMORY * average + (1 - MEMORY) * loss, LARGEST_MEAN * loss);
}

/** Why a step must not be taken; undefined when it may. */
export function divergence(
  step: { readonly loss: number; readonly gradientNorm: number },
  average: number | null,
  factor: number,
): string | undefined {
  if (!Number.isFinite(step.loss)) return `the loss is ${step.loss}`;
  if (!Number.isFinite(step.gradientNorm))
    return `the norm of the gradient is ${step.gradientNorm}`;
  if (average !== null && step.loss > factor * average) {
    return `the loss ${step.loss.toPrecision(4)} is more than ${factor} times its mean ${average.toPrecision(4)}`;
  }
  return undefined;
}
