import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FileFormatError,
  fileSystemError,
  numberOf,
  readTextFile,
  sha256,
  symbolOf,
} from '@mlffd/core';
import { verifyOnnx } from '@mlffd/graph';
import { CHECKPOINT_FILES, CHECKPOINT_FORMAT, CHECKPOINT_VERSION } from './checkpointFiles.ts';
import { embeddingRows, parsePainnConfig } from './config.ts';
import { fieldError, readFields, readInteger, readPositive } from './fields.ts';
import { checkParameters, type Parameters } from './parameters.ts';
import { decodeSafetensors, type NamedTensor } from './safetensors.ts';
import type { Baseline, Student } from './student.ts';
import { readUncertainty } from './uncertainty/uncertaintyFile.ts';

const KEYS = ['format', 'version', 'model', 'baseline', 'provenance', 'files'] as const;
const BASELINE_KEYS = ['scale', 'energies', 'elements'] as const;

/**
 * Reads a folder written by `saveStudent` and checks all of it.
 *
 * @throws FileSystemError for a missing file, StudentConfigError for a wrong configuration,
 * FileFormatError for a truncated or damaged file, ParameterMismatchError for weights of another
 * configuration, UncertaintyError for an uncertainty of other weights
 */
export function loadStudent(folder: string): Student {
  const path = join(folder, CHECKPOINT_FILES.config);
  const fields = readFields(parseJson(readTextFile(path), path), KEYS, path);
  if (fields.format !== CHECKPOINT_FORMAT) {
    throw fieldError('format', `"${CHECKPOINT_FORMAT}"`, { value: fields.format, where: path });
  }
  readInteger(fields, 'version', { least: 1, most: CHECKPOINT_VERSION, where: path });
  const config = parsePainnConfig(fields.model, `${path}, model`);
  const baseline = readBaseline(fields.baseline, embeddingRows(config), `${path}, baseline`);
  const provenance = readProvenance(fields.provenance ?? {}, path);
  const weights = readBytes(join(folder, CHECKPOINT_FILES.weights));
  const parameters = readParameters(weights, join(folder, CHECKPOINT_FILES.weights));
  const student = { config, parameters: parameters.values, baseline, provenance };
  checkShapes(student, parameters.tensors, join(folder, CHECKPOINT_FILES.weights));
  checkFiles(folder, fields.files ?? {});
  const uncertainty = readUncertainty(folder, student);
  return uncertainty === undefined ? student : { ...student, uncertainty };
}

/** Bytes of a checkpoint's `model.onnx` (see `buildInferenceModel`, one row per atom). */
export function readModelFile(folder: string): Uint8Array {
  return readBytes(join(folder, CHECKPOINT_FILES.model));
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FileFormatError('student/json', `${path} is no valid JSON`, {
      expected: 'JSON',
      found: cause instanceof Error ? cause.message : String(cause),
      where: path,
      hint: 'Correct the syntax there, or save the student again.',
      cause,
    });
  }
}

function readBaseline(value: unknown, rows: number, where: string): Baseline {
  const fields = readFields(value, BASELINE_KEYS, where);
  const scale = readPositive(fields, 'scale', where);
  const table = fields.energies;
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw fieldError('energies', 'an object of energies (eV) by element', { value: table, where });
  }
  const energies = new Float64Array(rows);
  for (const [symbol, energy] of Object.entries(table)) {
    if (typeof energy !== 'number') {
      throw fieldError(`energies.${symbol}`, 'a number (eV)', { value: energy, where });
    }
    energies[rowOf(symbol, rows, where)] = energy;
  }
  const { elements } = fields;
  if (!Array.isArray(elements) || !elements.every((symbol) => typeof symbol === 'string')) {
    throw fieldError('elements', 'an array of element symbols', { value: elements, where });
  }
  return { scale, energies, elements: elements.map((symbol) => rowOf(symbol, rows, where)) };
}

function rowOf(symbol: string, rows: number, where: string): number {
  const z = numberOf(symbol);
  if (z < rows) return z;
  throw fieldError('elements', `elements up to ${symbolOf(rows - 1)}`, { value: symbol, where });
}

function readProvenance(value: unknown, where: string): Student['provenance'] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Student['provenance'];
  }
  throw fieldError('provenance', 'an object', { value, where });
}

function readParameters(
  bytes: Uint8Array,
  where: string,
): { values: Parameters; tensors: ReadonlyMap<string, NamedTensor> } {
  const { tensors } = decodeSafetensors(bytes, where);
  return { values: new Map(Array.from(tensors, ([name, { data }]) => [name, data])), tensors };
}

/** As `checkParameters`, and a tensor of the right size but another shape is an error as well. */
function checkShapes(
  { config, parameters }: Student,
  tensors: ReadonlyMap<string, NamedTensor>,
  where: string,
): void {
  checkParameters(config, parameters, where, (name) => tensors.get(name)?.shape);
}

/** Compares the files with the hashes that were noted when they were saved. */
function checkFiles(folder: string, hashes: unknown): void {
  const where = join(folder, CHECKPOINT_FILES.config);
  const names = [CHECKPOINT_FILES.weights, CHECKPOINT_FILES.model, CHECKPOINT_FILES.testVectors];
  const noted = readFields(hashes, names, `${where}, files`);
  for (const [name, hash] of Object.entries(noted)) {
    const path = join(folder, name);
    const bytes = readBytes(path);
    if (name === CHECKPOINT_FILES.model) checkModel(bytes, path);
    const found = sha256(bytes);
    if (found === hash) continue;
    throw new FileFormatError('student/hash', `${path} is not the file that was saved`, {
      expected: `SHA-256 ${String(hash)}`,
      found: `SHA-256 ${found}`,
      where: path,
      hint: 'It was damaged or replaced: copy the whole folder again, or save the student again.',
    });
  }
}

function checkModel(bytes: Uint8Array, path: string): void {
  try {
    verifyOnnx(bytes, { where: path });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError('student/model', `${path} is no usable ONNX model`, {
      expected: 'a complete ONNX model',
      found,
      where: path,
      hint: 'It was not copied completely or is damaged: copy it again, or save the student again.',
      cause,
    });
  }
}
