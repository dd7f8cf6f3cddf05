import { type Calculator, CalculatorPool } from '@mlffd/core';

/** Starts copies of a calculator side by side, all of them or none, as one pool. */
export async function startCopies(
  copies: number,
  start: () => Promise<Calculator>,
): Promise<CalculatorPool> {
  const starts = await Promise.allSettled(Array.from({ length: copies }, start));
  const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = starts.find((one) => one.status === 'rejected');
  if (failure === undefined) return new CalculatorPool(started);
  await Promise.all(started.map(async (calculator) => calculator.dispose()));
  throw failure.reason;
}
