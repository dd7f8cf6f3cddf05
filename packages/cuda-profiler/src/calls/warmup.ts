/** Parts of the settled calls that lie above the thresholds that are tried. */
const LEVELS = [0.25, 0.1, 0.01];
/** Part of the calls of a warm-up that are above the threshold. */
const SLOW = 0.8;
/** Logarithm of the odds that a warm-up needs. */
const EVIDENCE = 3;
/** A part of the run beyond this is no warm-up, but a run that never settles. */
const LONGEST = 0.5;

/** Where calls begin to take as long as they go on to take. */
export interface Warmup {
  readonly calls: number;
  /** False where the times still fall in the middle of the run: use more calls. */
  readonly settled: boolean;
}

/**
 * Finds the change point between the first, slower calls and the rest: the most likely one of a model in which
 * four of five calls before it, and as few after it as in the second half of the run, are above a threshold, a
 * quantile of the second half. Only ranks count, so pauses and other outliers have no weight of their own.
 *
 * Where there is no warm-up, the likelihood ratio exceeds its limit at any call with a probability below its
 * inverse (Ville's inequality), 5 % for each of the three thresholds; what is then dropped is no loss.
 *
 * @param latencies of calls in order, any unit
 */
export function findWarmup(latencies: Float64Array): Warmup {
  const most = Math.floor(LONGEST * latencies.length);
  const settled = latencies.slice(most).sort();
  let [calls, best] = [0, EVIDENCE];
  for (const level of LEVELS) {
    const rank = Math.ceil((1 - level) * settled.length) - 1;
    // Chance of a further call to be above the value of that rank.
    const chance = (settled.length - rank) / (settled.length + 1);
    const [above, below] = [Math.log(SLOW / chance), Math.log((1 - SLOW) / (1 - chance))];
    if (above <= 0) continue;
    let evidence = 0;
    for (let k = 0; k < most; k++) {
      evidence += latencies[k] > settled[rank] ? above : below;
      if (evidence > best) [calls, best] = [k + 1, evidence];
    }
  }
  return { calls, settled: calls < 0.9 * most || calls === 0 };
}
