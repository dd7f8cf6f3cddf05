import { parameterSpecs } from '@mlffd/student';
import type { TrainConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { ExecutorData } from './executor.ts';
import { LocalEngine } from './localEngine.ts';
import { lossParts } from './lossConfig.ts';
import { ModelSource } from './modelSource.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import { allocatePredictions } from './predictions.ts';
import { wholeLoss } from './stages.ts';
import { gradientName, parameterName } from './stepModel.ts';
import type { TrainingData } from './trainingData.ts';
import { WorkerEngine } from './workerEngine.ts';

/** What an engine is made for. */
export interface EngineOptions {
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly layout: ParameterLayout;
  /** Shared flat weights: their owner changes them between steps. */
  readonly parameters: Float32Array;
}

/** Starts as many workers as the configuration asks for. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { config, data, layout, parameters } = options;
  const { model } = config;
  const loss = wholeLoss(config);
  const parts = lossParts(loss);
  const validatesProducts = parts.hessian === true && data.validation.has('hessian');
  const executorData: ExecutorData = {
    parts,
    cutoff: model.cutoff,
    slices: parameterSpecs(model).map((spec, k) => ({
      input: parameterName(spec),
      gradient: gradientName(spec),
      shape: spec.shape,
      offset: layout.offsets[k],
      size: layout.sizes[k],
    })),
    parameters,
    predicted: new Float32Array(new SharedArrayBuffer(parameters.byteLength)),
    scale: data.baseline.scale,
    train: data.train.columns,
    validation: data.validation.columns,
    predictions: allocatePredictions(data.validation, validatesProducts),
  };
  const models = new ModelSource({ model, loss, stress: data.validation.has('stress') });
  return config.workers === 1
    ? new LocalEngine(executorData, models)
    : WorkerEngine.create(executorData, models, config.workers);
}
