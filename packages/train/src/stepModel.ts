import { grad, Graph, optimize, toOnnx } from '@mlffd/graph';
import type { Tensor } from '@mlffd/graph';
import { buildPainn, buildPairPainn, declareEdges, declarePairs, edgeForces } from '@mlffd/student';
import type { StudentConfig, ParameterSpec } from '@mlffd/student';
import { LOSS_TERMS } from './lossConfig.ts';
import type { LossConfig } from './lossConfig.ts';
import {
  buildLoss,
  edgeDerivatives,
  edgeProducts,
  edgeQuantities,
  LABEL_INPUTS,
  pairQuantities,
  stressTensor,
} from './lossGraph.ts';
import type { LossTensors, ModelTensors } from './lossGraph.ts';

/** Names of the outputs that are terms of the loss. */
export const LOSS_OUTPUTS = {
  energy: 'loss/energy',
  forces: 'loss/forces',
  stress: 'loss/stress',
  hessian: 'loss/hessian',
  nodeEnergies: 'loss/node_energies',
} as const;

/** Names of the outputs of a model that predicts. */
export const PREDICTION_OUTPUTS = {
  /** [N, 1], in units of the scale. */
  atomEnergies: 'predicted/atom_energies',
  /** [N, 3] */
  forces: 'predicted/forces',
  /** [B, 6] */
  stress: 'predicted/stress',
  /** Second derivatives of the energy times the direction of each atom, [N, 3]. */
  products: 'predicted/hessian_products',
} as const;

/** Name of the output that is the gradient with respect to a parameter. */
export function gradientName(spec: ParameterSpec): string {
  return `gradient/${spec.name}`;
}

/** Name of the input that is a parameter. */
export function parameterName(spec: ParameterSpec): string {
  return `parameter/${spec.name}`;
}

/**
 * How the edges of a micro-batch lie: one row per atom (`dense`), several (`chunked`), or a slot for
 * every pair of atoms (`pairs`).
 */
export type EdgeArrangement = 'dense' | 'chunked' | 'pairs';

/** Which training step to build. */
export interface StepModelOptions {
  readonly model: StudentConfig;
  readonly loss: LossConfig;
  readonly arrangement: EdgeArrangement;
  /** Whether the graph has the Hessian term, if the loss has a weight for it; default false. */
  readonly hessian?: boolean;
}

/** Which prediction to build. */
export interface PredictModelOptions {
  readonly model: StudentConfig;
  readonly stress: boolean;
  readonly arrangement: Exclude<EdgeArrangement, 'pairs'>;
  /** Products of the Hessian with a direction, too; default false. */
  readonly hessian?: boolean;
}

/** A model whose weights are inputs, and the tensors of these. */
interface OpenModel extends ModelTensors {
  readonly graph: Graph;
  readonly parameters: ReadonlyMap<ParameterSpec, Tensor>;
}

type OpenParameters = Pick<OpenModel, 'graph' | 'parameters'> & {
  readonly parameter: (spec: ParameterSpec) => Tensor;
};

function openParameters(): OpenParameters {
  const graph = new Graph();
  const parameters = new Map<ParameterSpec, Tensor>();
  return {
    graph,
    parameters,
    parameter: (spec) => {
      const tensor = graph.input(parameterName(spec), spec.shape);
      parameters.set(spec, tensor);
      return tensor;
    },
  };
}

function openModel(config: StudentConfig, dense: boolean): OpenModel {
  const { graph, parameters, parameter } = openParameters();
  const edges = declareEdges(graph, { dense });
  const { atomEnergies } = buildPainn(graph, config, { edges, parameter });
  return { graph, edges, parameters, atomEnergies };
}

/** Loss of a model, and its parameters. */
function openLoss(options: StepModelOptions): {
  readonly terms: LossTensors;
  readonly parameters: ReadonlyMap<ParameterSpec, Tensor>;
} {
  const { model, arrangement } = options;
  const loss = options.hessian === true ? options.loss : { ...options.loss, hessian: 0 };
  if (arrangement === 'pairs') {
    const { graph, parameters, parameter } = openParameters();
    const pairs = declarePairs(graph);
    const atomEnergies = buildPairPainn(graph, model, { pairs, parameter });
    const quantities = pairQuantities({ pairs, atomEnergies });
    return { terms: buildLoss(graph, quantities, loss), parameters };
  }
  const open = openModel(model, arrangement === 'dense');
  return {
    terms: buildLoss(open.graph, edgeQuantities(open), loss),
    parameters: open.parameters,
  };
}

/** Outputs of a training step: terms of the loss and the gradient of every parameter. */
export function stepOutputs(options: StepModelOptions): Record<string, Tensor> {
  const { terms, parameters } = openLoss(options);
  const gradients = grad(terms.total, [...parameters.values()]);
  const outputs: Record<string, Tensor> = lossOutputs(terms);
  [...parameters.keys()].forEach((spec, k) => (outputs[gradientName(spec)] = gradients[k]));
  return outputs;
}

function lossOutputs(terms: LossTensors): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const name of LOSS_TERMS) {
    const term = terms[name];
    if (term !== undefined) outputs[LOSS_OUTPUTS[name]] = term;
  }
  return outputs;
}

/** The training step as an ONNX model: weights, edges and labels in, loss and gradients out. */
export function buildStepModel(options: StepModelOptions): Uint8Array {
  return toOnnx({ name: 'training-step', outputs: optimize(stepOutputs(options)) });
}

/** Prediction with weights as inputs: atom energies, forces, and stress if asked for. */
export function buildPredictModel({
  model: config,
  stress,
  arrangement,
  hessian = false,
}: PredictModelOptions): Uint8Array {
  const model = openModel(config, arrangement === 'dense');
  const derivatives = edgeDerivatives(model);
  const outputs: Record<string, Tensor> = {
    [PREDICTION_OUTPUTS.atomEnergies]: model.atomEnergies,
    [PREDICTION_OUTPUTS.forces]: edgeForces(derivatives, model.edges),
  };
  if (stress) {
    const inverseVolume = model.graph.input(LABEL_INPUTS.inverseVolume, ['B', 1]);
    outputs[PREDICTION_OUTPUTS.stress] = stressTensor(derivatives, model.edges, inverseVolume);
  }
  if (hessian) {
    const directions = model.graph.input(LABEL_INPUTS.directions, ['N', 3]);
    outputs[PREDICTION_OUTPUTS.products] = edgeProducts(derivatives, model.edges, directions);
  }
  return toOnnx({ name: 'prediction', outputs: optimize(outputs) });
}
