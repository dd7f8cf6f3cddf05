import { sha256 } from '@mlffd/core';
import { type PotentialManifest, readManifest } from './manifest.ts';
import { parseOnnxFile, readBytes } from './onnxFile.ts';
import { refuseRacyNodes } from './racyNodes.ts';

/** An exported potential, with what its manifest says. */
export interface PotentialFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of the whole file. */
  readonly fingerprint: string;
  readonly manifest: PotentialManifest;
}

/**
 * Reads and checks an exported potential.
 *
 * @throws FileSystemError if it cannot be read
 * @throws FileFormatError `onnx/corrupt` for damage, `onnx/version`, `onnx/manifest`, `onnx/racy`
 */
export async function readPotentialFile(path: string): Promise<PotentialFile> {
  const bytes = await readBytes(path);
  const file = parseOnnxFile(bytes, path);
  const manifest = readManifest(file.metadata, path);
  refuseRacyNodes(file, path);
  return { path, bytes, fingerprint: sha256(bytes), manifest };
}

/**
 * What an exported potential says of itself.
 *
 * @throws as `readPotentialFile`
 */
export async function readPotentialManifest(path: string): Promise<PotentialManifest> {
  return (await readPotentialFile(path)).manifest;
}
