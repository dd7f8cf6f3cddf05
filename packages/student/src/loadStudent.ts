import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, fileSystemError, readTextFile } from '@mlffd/core';
import { verifyOnnx } from '@mlffd/graph';
import { CHECKPOINT_FILES } from './checkpointFiles.ts';
import { checkHash, decodeConfig, decodeWeights, readHashes } from './decodeStudent.ts';
import { readDomain } from './domainFile.ts';
import type { Student } from './student.ts';
import { readUncertainty } from './uncertainty/uncertaintyFile.ts';

/**
 * Reads a folder written by `saveStudent` and checks all of it.
 *
 * @throws FileSystemError for a missing file, StudentConfigError for a wrong configuration,
 * FileFormatError for a truncated or damaged file, ParameterMismatchError for weights of another
 * configuration, UncertaintyError for an uncertainty of other weights
 */
export function loadStudent(folder: string): Student {
  const path = join(folder, CHECKPOINT_FILES.config);
  const { files, ...rest } = decodeConfig(readTextFile(path), path);
  const weights = join(folder, CHECKPOINT_FILES.weights);
  const student = { ...rest, parameters: decodeWeights(readBytes(weights), rest.config, weights) };
  checkFiles(folder, files);
  const uncertainty = readUncertainty(folder, student);
  const domain = readDomain(folder);
  return {
    ...student,
    ...(uncertainty === undefined ? {} : { uncertainty }),
    ...(domain === undefined ? {} : { domain }),
  };
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

/** Compares the files with the hashes that were noted when they were saved. */
function checkFiles(folder: string, files: unknown): void {
  const noted = readHashes(files, join(folder, CHECKPOINT_FILES.config));
  for (const [name, hash] of Object.entries(noted)) {
    const path = join(folder, name);
    const bytes = readBytes(path);
    if (name === CHECKPOINT_FILES.model) checkModel(bytes, path);
    checkHash(bytes, hash, path);
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
