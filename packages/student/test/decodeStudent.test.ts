import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CHECKPOINT_FILES } from '../src/checkpointFiles.ts';
import { decodeStudent, type StudentFiles } from '../src/decodeStudent.ts';
import { loadStudent } from '../src/loadStudent.ts';
import { initializeParameters } from '../src/parameters.ts';
import { saveStudent } from '../src/saveStudent.ts';
import { decodeTestVectors } from '../src/testVectorFile.ts';

let folder: string;
let files: StudentFiles;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-decode-'));
  const config = {
    features: 8,
    interactions: 1,
    radialBasis: { type: 'bessel', count: 4 },
    cutoff: 4,
    cutoffFunction: 'polynomial',
  } as const;
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  await saveStudent(folder, {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies, scale: 2, elements: [1] },
    provenance: { seed: 1 },
  });
  files = {
    config: readFileSync(join(folder, CHECKPOINT_FILES.config)),
    weights: readFileSync(join(folder, CHECKPOINT_FILES.weights)),
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('bytes of the files make the student that the folder makes', () => {
  expect(decodeStudent(files)).toEqual(loadStudent(folder));
});

test('weights that are not those that were saved are refused', () => {
  const weights = Uint8Array.from(files.weights);
  weights[weights.length - 3] ^= 1;
  expect(() => decodeStudent({ ...files, weights }, 'mine')).toThrow(
    expect.objectContaining({ code: 'student/hash', where: 'mine/model.safetensors' }),
  );
});

test('a page instead of the configuration is refused', () => {
  const config = new TextEncoder().encode('<!doctype html>');
  expect(() => decodeStudent({ ...files, config })).toThrow(
    expect.objectContaining({ code: 'student/json', where: 'student/config.json' }),
  );
});

test('test vectors are read, and anything else is refused', () => {
  const text = readFileSync(join(folder, CHECKPOINT_FILES.testVectors), 'utf8');
  expect(decodeTestVectors(text, 'v.json').vectors).toHaveLength(2);
  for (const wrong of ['{}', '{']) {
    expect(() => decodeTestVectors(wrong, 'v.json')).toThrow(
      expect.objectContaining({ code: 'student/test-vectors', where: 'v.json' }),
    );
  }
});
