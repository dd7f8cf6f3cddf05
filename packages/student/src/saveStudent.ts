import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Atoms,
  fileSystemError,
  isAtomicNumber,
  sha256,
  symbolOf,
  writeFileAtomic,
} from '@mlffd/core';
import { minimalCard } from './card.ts';
import { CHECKPOINT_FILES, CHECKPOINT_FORMAT, CHECKPOINT_VERSION } from './checkpointFiles.ts';
import { parsePainnConfig, repulsionReach } from './config.ts';
import { removeDomain, saveDomain } from './domainFile.ts';
import { describeElectrons } from './electronic/electronInputs.ts';
import { buildInferenceModel } from './inference.ts';
import { checkParameters, parameterSpecs } from './parameters.ts';
import { encodeSafetensors, type NamedTensor } from './safetensors.ts';
import { type JsonValue, type Student, trainedElements } from './student.ts';
import { computeTestVectors } from './testVectors.ts';
import { checkUncertainty } from './uncertainty/uncertainty.ts';
import { removeUncertainty, saveUncertainty } from './uncertainty/uncertaintyFile.ts';
import { missingRepulsion } from './zbl/missingRepulsion.ts';

/** Choices of `saveStudent`. */
export interface SaveOptions {
  /** Text of the model card (Markdown); default: a short one made from the student. */
  readonly card?: string;
  /** Structures of `test-vectors.json`; default: isolated atoms and a small periodic box. */
  readonly testStructures?: readonly Atoms[];
}

/**
 * Writes a student as a folder: `config.json`, `model.safetensors`, `model.onnx`, `README.md`,
 * `test-vectors.json`, `uncertainty.safetensors` if it has an uncertainty, and `domain.json` if it has a
 * training domain; those that are there belong to the student that is replaced and go with it.
 *
 * Each file is written whole or not at all, and `config.json` comes last with the hashes of the
 * others, so that a folder that was half overwritten is recognised on loading.
 *
 * @throws ParameterMismatchError where weights and configuration do not fit, UncertaintyError for an
 * uncertainty of other weights, FileSystemError
 */
export async function saveStudent(
  folder: string,
  student: Student,
  options: SaveOptions = {},
): Promise<void> {
  const { config, parameters } = student;
  checkParameters(config, parameters);
  if (student.uncertainty !== undefined) checkUncertainty(student, student.uncertainty);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of parameterSpecs(config)) {
    tensors.set(name, { shape, data: parameters.get(name) ?? new Float32Array(0) });
  }
  const weights = encodeSafetensors({ tensors, metadata: { format: CHECKPOINT_FORMAT } });
  const model = buildInferenceModel(student, { dense: true, metadata: modelMetadata(student) });
  const vectors = await computeTestVectors(student, options.testStructures);
  makeFolder(folder);
  removeUncertainty(folder);
  removeDomain(folder);
  const files = {
    [CHECKPOINT_FILES.weights]: weights,
    [CHECKPOINT_FILES.model]: model,
    [CHECKPOINT_FILES.testVectors]: `${JSON.stringify(vectors)}\n`,
  };
  writeFileAtomic(join(folder, CHECKPOINT_FILES.card), options.card ?? minimalCard(student));
  const hashes: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    writeFileAtomic(join(folder, name), content);
    hashes[name] = sha256(content);
  }
  const json = { ...describeStudent(student), files: hashes };
  writeFileAtomic(join(folder, CHECKPOINT_FILES.config), `${JSON.stringify(json, null, 2)}\n`);
  if (student.uncertainty !== undefined) saveUncertainty(folder, student, student.uncertainty);
  if (student.domain !== undefined) saveDomain(folder, student.domain);
}

function describeStudent({ config, baseline, provenance }: Student): Record<string, JsonValue> {
  const full = parsePainnConfig(config);
  const elements = trainedElements(baseline);
  const energies: Record<string, number> = {};
  baseline.energies.forEach((energy, z) => {
    if (energy !== 0 && isAtomicNumber(z)) energies[symbolOf(z)] = energy;
  });
  return {
    format: CHECKPOINT_FORMAT,
    version: CHECKPOINT_VERSION,
    model: { ...full, radialBasis: { ...full.radialBasis } },
    baseline: { scale: baseline.scale, energies, elements: elements.map((z) => symbolOf(z)) },
    provenance,
  };
}

function modelMetadata(student: Student): Record<string, string> {
  const reach = repulsionReach(student.config);
  return {
    format: CHECKPOINT_FORMAT,
    student: JSON.stringify(describeStudent(student)),
    energy: 'E = sum_i E0[Z_i] + scale * atom_energies[i], eV',
    derivatives: 'dE/dr_ij = scale * edge_gradients, eV/Angstrom, r_ij = r_j - r_i',
    ...(reach === undefined ? {} : { zbl: missingRepulsion(reach, 'stress') }),
    ...describeElectrons(student.config, '[1, 1], one structure at a time'),
    pads: 'a slot without an edge holds a vector longer than the cutoff and is its own reverse',
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw fileSystemError('make', folder, cause);
  }
}
