import { join } from 'node:path';
import { FileFormatError, sha256, writeFileAtomic } from '@mlffd/core';
import { CHECKPOINT_FILES } from '../checkpointFiles.ts';
import type { Network } from '../inference.ts';
import { readFileIfAny, removeFileIfAny } from '../optionalFile.ts';
import { decodeSafetensors, encodeSafetensors } from '../safetensors.ts';
import type { Student } from '../student.ts';
import { checkUncertainty, type Uncertainty } from './uncertainty.ts';

const FORMAT = 'mlffd-uncertainty';
const VERSION = '1';
const HEADS = 'outnet.1.weight.deviations';

/**
 * Content of `uncertainty.safetensors`. The file says itself which weights it belongs to and what
 * its hash is, so that it can be added to a folder without touching another file.
 */
export function encodeUncertainty(uncertainty: Uncertainty): Uint8Array {
  const { count, heads, energyFactor, forceFactor, network, provenance } = uncertainty;
  return encodeSafetensors({
    tensors: new Map([[HEADS, { shape: [count, heads.length / count], data: heads }]]),
    metadata: {
      format: FORMAT,
      version: VERSION,
      network,
      heads: hashOf(heads),
      factors: JSON.stringify({ energy: energyFactor, forces: forceFactor }),
      provenance: JSON.stringify(provenance),
    },
  });
}

/**
 * Reads what `encodeUncertainty` wrote.
 *
 * @param where name of the file, for messages
 * @throws FileFormatError for a damaged file or another format
 * @throws UncertaintyError when it belongs to another network
 */
export function decodeUncertainty(
  bytes: Uint8Array,
  network: Network,
  where = 'uncertainty',
): Uncertainty {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const tensor = tensors.get(HEADS);
  if (metadata.format !== FORMAT || metadata.version !== VERSION || tensor?.shape.length !== 2) {
    throw broken(where, `an uncertainty of version ${VERSION}`, describe(metadata));
  }
  if (hashOf(tensor.data) !== metadata.heads) {
    throw broken(where, `heads of SHA-256 ${metadata.heads}`, `SHA-256 ${hashOf(tensor.data)}`);
  }
  const { energy, forces } = parse(metadata.factors, where);
  if (typeof energy !== 'number' || typeof forces !== 'number') {
    throw broken(where, 'two factors', metadata.factors);
  }
  const uncertainty: Uncertainty = {
    count: tensor.shape[0],
    heads: tensor.data,
    energyFactor: energy,
    forceFactor: forces,
    network: metadata.network,
    provenance: parse(metadata.provenance, where) as Uncertainty['provenance'],
  };
  checkUncertainty(network, uncertainty, where);
  return uncertainty;
}

/**
 * Adds an uncertainty to the folder of its student, or replaces the one that is there: one file,
 * written whole or not at all.
 *
 * @throws UncertaintyError when it belongs to another network, FileSystemError
 */
export function saveUncertainty(folder: string, student: Student, uncertainty: Uncertainty): void {
  checkUncertainty(student, uncertainty);
  writeFileAtomic(join(folder, CHECKPOINT_FILES.uncertainty), encodeUncertainty(uncertainty));
}

/** The uncertainty in a student's folder; undefined where there is none. */
export function readUncertainty(folder: string, network: Network): Uncertainty | undefined {
  const path = join(folder, CHECKPOINT_FILES.uncertainty);
  const bytes = readFileIfAny(path);
  return bytes === undefined ? undefined : decodeUncertainty(bytes, network, path);
}

/** Removes the uncertainty from a student's folder, if there is one. */
export function removeUncertainty(folder: string): void {
  removeFileIfAny(join(folder, CHECKPOINT_FILES.uncertainty));
}

function hashOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

function describe(metadata: Readonly<Record<string, string>>): string {
  const { format = 'no format', version = 'no version' } = metadata;
  return `${format}, ${version}`;
}

function parse(text: string | undefined, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch (cause) {
    throw broken(where, 'metadata in JSON', String(text), cause);
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw broken(where, 'an object in the metadata', String(text));
}

function broken(where: string, expected: string, found: string, cause?: unknown): FileFormatError {
  return new FileFormatError('student/uncertainty-file', `${where} holds no usable uncertainty`, {
    expected,
    found,
    where,
    hint: 'Delete that file and run `mlffd calibrate` again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
