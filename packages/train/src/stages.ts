import { LOSS_TERMS } from './lossConfig.ts';
import type { LossConfig, LossFactors, StageConfig } from './lossConfig.ts';
import type { TrainConfig } from './config.ts';

/** A stage as the loop needs it; a run without stages is one stage. */
export interface Stage {
  readonly index: number;
  readonly last: boolean;
  readonly loss: LossFactors;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Whether the schedule runs over the stage alone. */
  readonly restart: boolean;
  /** Parts of the run at which it begins and ends. */
  readonly start: number;
  readonly end: number;
}

type StagedConfig = Pick<TrainConfig, 'loss' | 'optimizer' | 'stages'>;

/** The stage that a part of the run, 0 to 1, belongs to. */
export function stageAt({ loss, optimizer, stages }: StagedConfig, fraction: number): Stage {
  const { learningRate } = optimizer;
  if (stages.length === 0) {
    return { index: 0, last: true, loss, learningRate, restart: false, start: 0, end: 1 };
  }
  const found = stages.findIndex(({ until = 1 }) => fraction < until);
  const index = found < 0 ? stages.length - 1 : found;
  const stage = stages[index];
  return {
    index,
    last: index === stages.length - 1,
    loss: stage.loss,
    learningRate: stage.learningRate ?? learningRate,
    restart: stage.restart,
    start: index === 0 ? 0 : (stages[index - 1].until ?? 1),
    end: stage.until ?? 1,
  };
}

/** The loss of a whole run: each term has the largest weight that it has in any stage. */
export function wholeLoss({ loss, stages }: Pick<TrainConfig, 'loss' | 'stages'>): LossConfig {
  if (stages.length === 0) return loss;
  const largest = LOSS_TERMS.map((term): [string, number] => [
    term,
    stages.reduce((most, stage) => Math.max(most, stage.loss[term] ?? 0), 0),
  ]);
  return { ...loss, ...Object.fromEntries(largest) };
}

/** What is wrong with a list of stages; undefined when nothing is. */
export function stageProblem(stages: readonly StageConfig[]): string | undefined {
  let before = 0;
  for (const [k, { until, loss }] of stages.entries()) {
    const last = k === stages.length - 1;
    if (until === undefined && !last) return `"stages.${k}.until" is missing`;
    if (last && until !== undefined && until !== 1)
      return `"stages.${k}.until": the last stage ends with the run`;
    if (!last && until !== undefined && (until <= before || until >= 1))
      return `"stages.${k}.until": ${until} is not between ${before} and 1`;
    if (LOSS_TERMS.every((term) => (loss[term] ?? 0) === 0))
      return `"stages.${k}.loss": every weight is 0`;
    before = until ?? 1;
  }
  return undefined;
}
