import { encodeDomain, symbolOf } from '@mlffd/core';
import { CHECKPOINT_FILES, CHECKPOINT_FORMAT } from '../checkpointFiles.ts';
import { parsePainnConfig, repulsionReach } from '../config.ts';
import { checkParameters, countParameters, parameterSpecs } from '../parameters.ts';
import { encodeSafetensors, type NamedTensor } from '../safetensors.ts';
import { type Student, trainedElements } from '../student.ts';
import { checkUncertainty } from '../uncertainty/uncertainty.ts';
import { encodeUncertainty } from '../uncertainty/uncertaintyFile.ts';

/** Files of a model as hubs keep it, by name. */
export type HubFiles = Readonly<Record<string, Uint8Array | string>>;

/**
 * Weights and configuration as model hubs keep them: `model.safetensors`, which any safetensors
 * library reads, and `config.json` with hyper-parameters, reference energies and units;
 * `uncertainty.safetensors` and `domain.json` if the student has an uncertainty, a training domain.
 *
 * @throws ParameterMismatchError where weights and configuration do not fit
 */
export function exportHub(student: Student): HubFiles {
  const { parameters, baseline, provenance, uncertainty, domain } = student;
  checkParameters(student.config, parameters);
  if (uncertainty !== undefined) checkUncertainty(student, uncertainty);
  const config = parsePainnConfig(student.config);
  const elements = trainedElements(baseline);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of parameterSpecs(config)) {
    tensors.set(name, { shape, data: parameters.get(name) ?? new Float32Array(0) });
  }
  const json = {
    architectures: ['PaiNN'],
    model_type: 'painn',
    library_name: 'mlffd',
    torch_dtype: 'float32',
    parameters: countParameters(config),
    n_atom_basis: config.features,
    n_interactions: config.interactions,
    radial_basis: config.radialBasis.type,
    n_rbf: config.radialBasis.count,
    cutoff: config.cutoff,
    cutoff_function: config.cutoffFunction,
    shared_filters: config.sharedFilters,
    max_atomic_number: config.maxAtomicNumber,
    zbl: config.zbl ?? false,
    ...(config.zbl === true ? { zbl_reach: repulsionReach(config) } : {}),
    isolated_atoms: config.isolatedAtoms ?? 'network',
    ...(config.charge === true ? { charge_embedding: true } : {}),
    ...(config.spin === true ? { spin_embedding: true } : {}),
    ...(config.normSoftening === undefined ? {} : { norm_softening: config.normSoftening }),
    elements: elements.map((z) => symbolOf(z)),
    energy_scale: baseline.scale,
    reference_energies: Object.fromEntries(
      elements.map((z) => [symbolOf(z), baseline.energies[z]]),
    ),
    units: { energy: 'eV', length: 'Angstrom', forces: 'eV/Angstrom', stress: 'eV/Angstrom^3' },
    energy: 'sum_i (reference_energies[element i] + energy_scale * network output i)',
    provenance,
  };
  return {
    // Libraries for PyTorch look for this value of `format`.
    [CHECKPOINT_FILES.weights]: encodeSafetensors({
      tensors,
      metadata: { format: 'pt', source: CHECKPOINT_FORMAT },
    }),
    [CHECKPOINT_FILES.config]: `${JSON.stringify(json, null, 2)}\n`,
    ...(uncertainty === undefined
      ? {}
      : { [CHECKPOINT_FILES.uncertainty]: encodeUncertainty(uncertainty) }),
    ...(domain === undefined ? {} : { [CHECKPOINT_FILES.domain]: encodeDomain(domain) }),
  };
}
