import { Rng } from '@mlffd/core';
import { embeddingRows, readoutWidth, type StudentConfig } from './config.ts';
import { electronProperties } from './electronic/electronInputs.ts';
import { ParameterMismatchError } from './errors.ts';

/** One tensor of weights. */
export interface ParameterSpec {
  /** Name as in schnetpack's state dict, without its `representation.` and `output_modules.0.`. */
  readonly name: string;
  /** `[out, in]` for weights, as in PyTorch; row-major. */
  readonly shape: readonly number[];
  readonly kind: 'embedding' | 'weight' | 'bias';
  /** Whether weight decay applies: weight matrices only. */
  readonly decay: boolean;
  /** Part of the model that it belongs to: `embedding`, `charge`, `filters`, `interaction.0`, ... */
  readonly block: string;
  /** Starts at zero, so that what the layer adds is learnt from nothing. */
  readonly zero?: true;
}

/** Weights by name, row-major float32. */
export type Parameters = Map<string, Float32Array>;

/** Every tensor of the model, in schnetpack's order of blocks. */
export function parameterSpecs(config: StudentConfig): ParameterSpec[] {
  const { features: F, interactions: T } = config;
  const filters = (config.sharedFilters === true ? 1 : T) * 3 * F;
  const specs: ParameterSpec[] = [
    {
      name: 'embedding.weight',
      shape: [embeddingRows(config), F],
      kind: 'embedding',
      decay: false,
      block: 'embedding',
    },
    ...electronProperties(config).flatMap((property, k) =>
      electronic(`electronic_embeddings.${k}`, {
        F,
        parts: property === 'charge' ? 2 : 1,
        property,
      }),
    ),
    ...dense('filter_net', [filters, config.radialBasis.count], 'filters'),
  ];
  for (let t = 0; t < T; t++) {
    const name = `interactions.${t}.interatomic_context_net`;
    specs.push(...dense(`${name}.0`, [F, F], `interaction.${t}`));
    specs.push(...dense(`${name}.1`, [3 * F, F], `interaction.${t}`));
  }
  for (let t = 0; t < T; t++) {
    const name = `mixing.${t}.intraatomic_context_net`;
    specs.push(...dense(`${name}.0`, [F, 2 * F], `mixing.${t}`));
    specs.push(...dense(`${name}.1`, [3 * F, F], `mixing.${t}`));
    specs.push(weight(`mixing.${t}.mu_channel_mix`, [2 * F, F], `mixing.${t}`));
  }
  const half = readoutWidth(config);
  specs.push(
    ...dense('outnet.0', [half, F], 'readout'),
    ...dense('outnet.1', [1, half], 'readout'),
  );
  return specs;
}

/** Layers of the embedding of a charge (two parts: positive, negative) or a spin. */
function electronic(
  name: string,
  { F, parts, property }: { readonly F: number; readonly parts: number; readonly property: string },
): ParameterSpec[] {
  const zero = (layer: string): ParameterSpec => ({
    ...weight(`${name}.resblock.${layer}`, [F, F], property),
    zero: true,
  });
  return [
    ...dense(`${name}.linear_q`, [F, F], property),
    weight(`${name}.linear_k`, [F, parts], property),
    weight(`${name}.linear_v`, [F, parts], property),
    weight(`${name}.resblock.residual.stack.0.linear1`, [F, F], property),
    zero('residual.stack.0.linear2'),
    zero('linear'),
  ];
}

function weight(name: string, shape: readonly number[], block: string): ParameterSpec {
  return { name: `${name}.weight`, shape, kind: 'weight', decay: true, block };
}

function dense(name: string, shape: readonly [number, number], block: string): ParameterSpec[] {
  return [
    weight(name, shape, block),
    { name: `${name}.bias`, shape: [shape[0]], kind: 'bias', decay: false, block },
  ];
}

/** Number of values in a tensor. */
export function parameterSize(spec: ParameterSpec): number {
  return spec.shape.reduce((product, size) => product * size, 1);
}

/** Number of trainable values of the whole model. */
export function countParameters(config: StudentConfig): number {
  return parameterSpecs(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
}

/** Choices of `initializeParameters`. */
export interface InitializeOptions {
  /** Start the last layer at zero, so that a new student predicts its baseline; default false. */
  readonly zeroReadout?: boolean;
}

/**
 * Random weights as schnetpack draws them: Xavier-uniform matrices, zero biases, standard normal
 * embedding; a charge or a spin changes nothing before training. Each tensor has a stream of its own, so that a tensor's values depend only on the
 * seed, its name and its shape.
 */
export function initializeParameters(
  config: StudentConfig,
  seed: number,
  options: InitializeOptions = {},
): Parameters {
  const parameters: Parameters = new Map();
  for (const spec of parameterSpecs(config)) {
    const values = new Float32Array(parameterSize(spec));
    const zero =
      spec.kind === 'bias' ||
      spec.zero === true ||
      (options.zeroReadout === true && spec.name === 'outnet.1.weight');
    if (!zero) fillRandom(values, spec, new Rng(seed, 'parameters', spec.name));
    parameters.set(spec.name, values);
  }
  return parameters;
}

function fillRandom(out: Float32Array, spec: ParameterSpec, rng: Rng): void {
  if (spec.kind === 'embedding') {
    for (let k = 0; k < out.length; k++) out[k] = rng.normal();
    return;
  }
  const bound = Math.sqrt(6 / (spec.shape[0] + spec.shape[1]));
  for (let k = 0; k < out.length; k++) out[k] = bound * (2 * rng.uniform() - 1);
}

/**
 * Checks that a set of tensors is exactly what a configuration needs; `shapeOf` tells the shapes of
 * tensors that have one.
 *
 * @throws ParameterMismatchError for a missing, unknown or wrongly sized tensor, or one with a
 * value that is not finite
 */
export function checkParameters(
  config: StudentConfig,
  parameters: ReadonlyMap<string, Float32Array>,
  where = 'parameters',
  shapeOf?: (name: string) => readonly number[] | undefined,
): void {
  const known = new Set<string>();
  for (const spec of parameterSpecs(config)) {
    known.add(spec.name);
    const values = parameters.get(spec.name);
    if (values === undefined) throw mismatch(spec, 'no such tensor', where);
    if (values.length !== parameterSize(spec)) {
      throw mismatch(spec, `${values.length} values`, where);
    }
    const shape = shapeOf?.(spec.name);
    if (shape !== undefined && shape.join() !== spec.shape.join()) {
      throw mismatch(spec, `shape [${shape.join(', ')}]`, where);
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw mismatch(spec, `${values[bad]} at index ${bad}`, where);
  }
  for (const name of parameters.keys()) {
    if (known.has(name)) continue;
    throw new ParameterMismatchError(
      'student/unknown-parameter',
      `Tensor "${name}" belongs to no layer`,
      {
        expected: `the ${known.size} tensors of the configuration`,
        found: `"${name}"`,
        where,
        hint: 'Check that configuration and weights come from the same run.',
      },
    );
  }
}

function mismatch(spec: ParameterSpec, found: string, where: string): ParameterMismatchError {
  return new ParameterMismatchError(
    'student/parameter-mismatch',
    `Tensor "${spec.name}" does not fit the configuration: ${found}`,
    {
      expected: `finite values of shape [${spec.shape.join(', ')}]`,
      found,
      where,
      hint: 'Check that configuration and weights come from the same run.',
    },
  );
}
