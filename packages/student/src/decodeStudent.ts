import { decodeDomain, FileFormatError, numberOf, sha256, symbolOf } from '@mlffd/core';
import { CHECKPOINT_FILES, CHECKPOINT_FORMAT, CHECKPOINT_VERSION } from './checkpointFiles.ts';
import { type CompleteConfig, embeddingRows, parsePainnConfig } from './config.ts';
import { fieldError, readFields, readInteger, readPositive } from './fields.ts';
import { checkParameters, type Parameters } from './parameters.ts';
import { decodeSafetensors } from './safetensors.ts';
import type { Baseline, Student } from './student.ts';

const KEYS = ['format', 'version', 'model', 'baseline', 'provenance', 'files'] as const;
const BASELINE_KEYS = ['scale', 'energies', 'elements'] as const;
const HASHED = [CHECKPOINT_FILES.weights, CHECKPOINT_FILES.model, CHECKPOINT_FILES.testVectors];

/** What `config.json` of a checkpoint says. */
export interface CheckpointConfig {
  readonly config: CompleteConfig;
  readonly baseline: Baseline;
  readonly provenance: Student['provenance'];
  /** `files` of the configuration, not checked yet: SHA-256 by file name. */
  readonly files: unknown;
}

/** Bytes of the files of a checkpoint folder that make a student. */
export interface StudentFiles {
  readonly config: Uint8Array;
  readonly weights: Uint8Array;
  /** `domain.json`, if there is one. */
  readonly domain?: Uint8Array;
}

/**
 * A student from the content of its files, where there is no file system: `loadStudent` for pages.
 * The weights are compared with the hash that was noted when they were saved.
 *
 * @param folder where the files come from, for messages
 * @throws StudentConfigError for a wrong configuration, FileFormatError for a truncated or damaged
 * file, ParameterMismatchError for weights of another configuration
 */
export function decodeStudent(files: StudentFiles, folder = 'student'): Student {
  const path = `${folder}/${CHECKPOINT_FILES.config}`;
  const { files: noted, ...rest } = decodeConfig(new TextDecoder().decode(files.config), path);
  const where = `${folder}/${CHECKPOINT_FILES.weights}`;
  const student = { ...rest, parameters: decodeWeights(files.weights, rest.config, where) };
  const hash = readHashes(noted, path)[CHECKPOINT_FILES.weights];
  if (hash !== undefined) checkHash(files.weights, hash, where);
  if (files.domain === undefined) return student;
  const text = new TextDecoder().decode(files.domain);
  return { ...student, domain: decodeDomain(text, `${folder}/${CHECKPOINT_FILES.domain}`) };
}

/** Reads the text of `config.json`; `path` is for messages. */
export function decodeConfig(text: string, path: string): CheckpointConfig {
  const fields = readFields(parseJson(text, path), KEYS, path);
  if (fields.format !== CHECKPOINT_FORMAT) {
    throw fieldError('format', `"${CHECKPOINT_FORMAT}"`, { value: fields.format, where: path });
  }
  readInteger(fields, 'version', { least: 1, most: CHECKPOINT_VERSION, where: path });
  const config = parsePainnConfig(fields.model, `${path}, model`);
  const baseline = readBaseline(fields.baseline, embeddingRows(config), `${path}, baseline`);
  const provenance = readProvenance(fields.provenance ?? {}, path);
  return { config, baseline, provenance, files: fields.files ?? {} };
}

/** Reads `model.safetensors`; a tensor of the right size but another shape is an error as well. */
export function decodeWeights(
  bytes: Uint8Array,
  config: CompleteConfig,
  where: string,
): Parameters {
  const { tensors } = decodeSafetensors(bytes, where);
  const values = new Map(
    Array.from(tensors, ([name, { data }]): [string, Float32Array] => [name, data]),
  );
  checkParameters(config, values, where, (name) => tensors.get(name)?.shape);
  return values;
}

/** SHA-256 by file name, as noted in `config.json`. */
export function readHashes(files: unknown, path: string): Readonly<Record<string, unknown>> {
  return readFields(files, HASHED, `${path}, files`);
}

/** @throws FileFormatError unless the bytes are those that were saved */
export function checkHash(bytes: Uint8Array, hash: unknown, path: string): void {
  const found = sha256(bytes);
  if (found === hash) return;
  throw new FileFormatError('student/hash', `${path} is not the file that was saved`, {
    expected: `SHA-256 ${String(hash)}`,
    found: `SHA-256 ${found}`,
    where: path,
    hint: 'It was damaged or replaced: copy the whole folder again, or save the student again.',
  });
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
