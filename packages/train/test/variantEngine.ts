import { initializeParameters, parameterSpecs } from '@mlffd/student';
import type { TrainConfig } from '../src/config.ts';
import { createEngine } from '../src/createEngine.ts';
import type { Engine, LabelWeights, LossTerms } from '../src/engine.ts';
import { inMemory } from '../src/labelled.ts';
import type { LabelledStructure } from '../src/labelled.ts';
import { layoutParameters, packParameters } from '../src/parameterLayout.ts';
import { prepareTrainingData } from '../src/trainingData.ts';

/** Gradients of one network on structures that have names. */
export interface VariantEngine {
  /** The gradient of a batch, cut into pieces as given; `weights` in place of the usual ones. */
  readonly gradientOf: (
    pieces: readonly (readonly string[])[],
    weights?: LabelWeights,
  ) => Promise<{ readonly gradient: Float64Array; readonly loss: LossTerms }>;
  readonly close: () => Promise<void>;
}

/** @param weights of labels, where a call does not name others */
export async function variantEngine(
  config: TrainConfig,
  variants: Readonly<Record<string, LabelledStructure>>,
  weights: LabelWeights,
): Promise<VariantEngine> {
  const names = Object.keys(variants);
  const data = await prepareTrainingData({
    dataset: inMemory(Object.values(variants)),
    split: { train: names.map((_, k) => k), validation: [0] },
    config,
    baseline: undefined,
  });
  const layout = layoutParameters(parameterSpecs(config.model));
  const parameters = new Float32Array(layout.length);
  packParameters(layout, initializeParameters(config.model, 3), parameters);
  const engine: Engine = await createEngine({ config, data, layout, parameters });
  return {
    gradientOf: async (pieces, others = weights) => {
      const numbers = pieces.map((piece) => Int32Array.from(piece, (name) => names.indexOf(name)));
      const loss = await engine.gradient(numbers, others);
      return { gradient: engine.sum.slice(), loss };
    },
    close: () => engine.close(),
  };
}
