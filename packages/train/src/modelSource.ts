import type { PainnConfig } from '@mlffd/student';
import type { LossConfig } from './config.ts';
import { buildPredictModel, buildStepModel } from './stepModel.ts';

/** What a compiled model does. */
type ModelKind = 'step' | 'predict';

/** A model of a kind, for one row of edges per atom (`dense`) or for any layout. */
export interface ModelKey {
  readonly kind: ModelKind;
  readonly dense: boolean;
}

/** What the models of a run are built from. */
export interface ModelSourceOptions {
  readonly model: PainnConfig;
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

  get({ kind, dense }: ModelKey): Uint8Array {
    const key = `${kind},${dense}`;
    let bytes = this.#built.get(key);
    if (bytes === undefined) {
      const options = { ...this.#options, dense };
      bytes = kind === 'step' ? buildStepModel(options) : buildPredictModel(options);
      this.#built.set(key, bytes);
    }
    return bytes;
  }
}
