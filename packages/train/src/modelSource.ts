import type { StudentConfig } from '@mlffd/student';
import type { LossConfig } from './lossConfig.ts';
import { buildPredictModel, buildStepModel } from './stepModel.ts';
import type { PredictModelOptions, StepModelOptions } from './stepModel.ts';

/** A model by what it does and for which arrangement of edges. */
export type ModelKey =
  | {
      readonly kind: 'step';
      readonly arrangement: StepModelOptions['arrangement'];
      /** With the Hessian term. */
      readonly hessian: boolean;
    }
  | {
      readonly kind: 'predict';
      readonly arrangement: PredictModelOptions['arrangement'];
      /** Products of the Hessian with directions, too. */
      readonly hessian: boolean;
    };

/** A key as text. */
export function nameOfModel({ kind, arrangement, hessian }: ModelKey): string {
  return `${kind},${arrangement}${hessian ? ',hessian' : ''}`;
}

/** What the models of a run are built from. */
export interface ModelSourceOptions {
  readonly model: StudentConfig;
  readonly loss: LossConfig;
  /** Predict stress, too. */
  readonly stress: boolean;
}

/** Builds the models of a run, each once, when it is first asked for. */
export class ModelSource {
  readonly #options: ModelSourceOptions;
  readonly #built = new Map<string, Uint8Array>();

  constructor(options: ModelSourceOptions) {
    this.#options = options;
  }

  get(key: ModelKey): Uint8Array {
    const name = nameOfModel(key);
    let bytes = this.#built.get(name);
    if (bytes === undefined) {
      bytes =
        key.kind === 'step'
          ? buildStepModel({ ...this.#options, arrangement: key.arrangement, hessian: key.hessian })
          : buildPredictModel({
              ...this.#options,
              arrangement: key.arrangement,
              hessian: key.hessian,
            });
      this.#built.set(name, bytes);
    }
    return bytes;
  }
}
