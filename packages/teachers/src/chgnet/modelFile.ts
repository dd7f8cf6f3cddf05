import { fileURLToPath } from 'node:url';
import { sha256 } from '@mlffd/core';
import { corrupt, parseOnnxFile, readBytes } from '../onnx/onnxFile.ts';

/** CHGNet as exported, with what its metadata says. */
export interface ChgnetModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** e.g. `chgnet-0.3.0`. */
  readonly name: string;
  /** SHA-256 of the whole file. */
  readonly fingerprint: string;
  /** Atomic numbers in the training set. */
  readonly elements: readonly number[];
  /** Reference energy of Z at index Z - 1, eV: total = interaction + sum of references. */
  readonly referenceEnergies: Float64Array;
  /** Edges of the atom graph, Angstrom. */
  readonly atomCutoff: number;
  /** Edges between which angles are taken, Angstrom. */
  readonly bondCutoff: number;
  /** Factor on cosines before the arc cosine, just below 1. */
  readonly cosineScale: number;
}

/** Where the package keeps its model: the same relative path from `src` and from `dist`. */
export const CHGNET_MODEL_PATH: string = fileURLToPath(
  new URL('../../assets/chgnet-0.3.0.onnx', import.meta.url),
);

/**
 * Reads and checks a model file.
 * @throws FileSystemError if it cannot be read, FileFormatError `onnx/corrupt` if it is damaged
 */
export async function readModelFile(path: string = CHGNET_MODEL_PATH): Promise<ChgnetModelFile> {
  const bytes = await readBytes(path);
  const { metadata } = parseOnnxFile(bytes, path);
  const value = <T>(name: string, check: (value: unknown) => value is T): T => {
    const found = metadata.get(name);
    if (!check(found)) throw corrupt(path, `no usable metadata ${name}`);
    return found;
  };
  return {
    path,
    bytes,
    name: value('model', isString),
    fingerprint: sha256(bytes),
    elements: value('elements', isNumbers),
    referenceEnergies: Float64Array.from(value('referenceEnergies', isNumbers)),
    atomCutoff: value('atomCutoff', isNumber),
    bondCutoff: value('bondCutoff', isNumber),
    cosineScale: value('cosineScale', isNumber),
  };
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isFinite(item));
