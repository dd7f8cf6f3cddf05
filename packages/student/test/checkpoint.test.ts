import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError, type MlffdError } from '@mlffd/core';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import {
  buildInferenceModel,
  CHECKPOINT_FILES,
  computeTestVectors,
  decodeSafetensors,
  encodeSafetensors,
  loadStudent,
  type NamedTensor,
  ParameterMismatchError,
  saveStudent,
  StudentCalculator,
  StudentConfigError,
  type StudentVerification,
  verifyStudent,
} from '../src/index.ts';
import { compareWithVectors } from '../src/testVectors.ts';
import { box, randomStudent, water } from './systems.ts';

const student = randomStudent();
const original = mkdtempSync(join(tmpdir(), 'student-'));
await saveStudent(original, student, { testStructures: [water(), box(12)] });
/** Files of every student. */
const ALWAYS = Object.values(CHECKPOINT_FILES).filter(
  (name) => name !== CHECKPOINT_FILES.uncertainty && name !== CHECKPOINT_FILES.domain,
);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'student-'));
  cpSync(original, folder, { recursive: true });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

afterAll(() => {
  rmSync(original, { recursive: true });
});

const path = (name: keyof typeof CHECKPOINT_FILES): string => join(folder, CHECKPOINT_FILES[name]);

const oksOf = ({ ways }: StudentVerification): Record<string, boolean> =>
  Object.fromEntries(Object.entries(ways).map(([way, { ok }]) => [way, ok]));

/** The error of loading the folder as it is now. */
function failure(): MlffdError {
  try {
    loadStudent(folder);
  } catch (error) {
    return error as MlffdError;
  }
  throw new Error('was loaded');
}

function editConfig(edit: (config: Record<string, Record<string, unknown>>) => void): void {
  const config = JSON.parse(readFileSync(path('config'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  edit(config);
  writeFileSync(path('config'), JSON.stringify(config));
}

/** Rewrites the weights, as someone would who edits them by hand. */
function editWeights(edit: (tensors: Map<string, NamedTensor>) => void): void {
  const tensors = new Map(decodeSafetensors(readFileSync(path('weights'))).tensors);
  edit(tensors);
  writeFileSync(path('weights'), encodeSafetensors({ tensors, metadata: {} }));
}

describe('a checkpoint folder', () => {
  test('holds five files and nothing temporary', () => {
    expect(readdirSync(folder).sort()).toEqual(ALWAYS.toSorted());
  });

  test('is read as it was written', () => {
    const loaded = loadStudent(folder);
    expect(loaded.config).toEqual({ ...student.config, sharedFilters: false, maxAtomicNumber: 99 });
    expect(loaded.parameters).toEqual(student.parameters);
    expect(loaded.baseline).toEqual(student.baseline);
    expect(loaded.provenance).toEqual(student.provenance);
  });

  test('is the same bytes each time', async () => {
    const again = mkdtempSync(join(tmpdir(), 'student-'));
    try {
      await saveStudent(again, loadStudent(folder), { testStructures: [water(), box(12)] });
      for (const name of ALWAYS) {
        if (name === CHECKPOINT_FILES.config) continue;
        expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, name)))).toBe(true);
      }
    } finally {
      rmSync(again, { recursive: true });
    }
  });

  test('gives a calculator with the same results', async () => {
    const fromMemory = await StudentCalculator.fromStudent(student);
    const fromDisk = await StudentCalculator.load(folder);
    try {
      const expected = await fromMemory.calculate(box(30), ['energy', 'forces']);
      expect(await fromDisk.calculate(box(30), ['energy', 'forces'])).toEqual(expected);
    } finally {
      await fromMemory.dispose();
      await fromDisk.dispose();
    }
  });

  test('verifies', async () => {
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(true);
    expect(found.vectors).toBe(2);
    expect(Object.keys(found.ways).sort()).toEqual(['fused', 'model.onnx', 'onnx']);
    for (const { ok } of Object.values(found.ways)) expect(ok).toBe(true);
  });

  test('is verified without the kernels where they do not serve the student', async () => {
    await saveStudent(folder, randomStudent({ ...student.config, charge: true }));
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(true);
    expect(Object.keys(found.ways).sort()).toEqual(['model.onnx', 'onnx']);
  });

  test('has a card that names elements and size, or the one that was given', async () => {
    const card = readFileSync(path('card'), 'utf8');
    expect(card).toContain('H, C, N, O');
    expect(card).toContain('# PaiNN student 16x2');
    await saveStudent(folder, student, { card: '# Mine\n' });
    expect(readFileSync(path('card'), 'utf8')).toBe('# Mine\n');
  });

  test('has test vectors of its own where none are given', async () => {
    await saveStudent(folder, student);
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(true);
    expect(found.vectors).toBe(5);
  });
});

describe('verifyStudent', () => {
  test('tells when a stored force differs', async () => {
    const text = readFileSync(path('testVectors'), 'utf8');
    const content = JSON.parse(text) as { vectors: { forces: number[] }[] };
    content.vectors[0].forces[0] += 0.01;
    writeFileSync(path('testVectors'), JSON.stringify(content));
    editConfig((config) => {
      config.files = {};
    });
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(false);
    expect(Math.abs(found.forceError - 0.01)).toBeLessThan(1e-4);
  });

  test('tells that the model is of another student', async () => {
    const other = buildInferenceModel(randomStudent(undefined, 2), { dense: true });
    writeFileSync(path('model'), other);
    editConfig((config) => {
      config.files = {};
    });
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(false);
    expect(oksOf(found)).toEqual({ onnx: true, fused: true, 'model.onnx': false });
    expect(found.forceError).toBe(found.ways['model.onnx']!.forceError);
  });

  test('tells that the weights are others, on every back end', async () => {
    editWeights((tensors) => {
      const { data, shape } = tensors.get('outnet.0.weight')!;
      tensors.set('outnet.0.weight', { shape, data: data.map((x) => 1.01 * x) });
    });
    editConfig((config) => {
      config.files = {};
    });
    const found = await verifyStudent(folder);
    expect(found.ok).toBe(false);
    expect(oksOf(found)).toEqual({ onnx: false, fused: false, 'model.onnx': true });
  });

  test('tells that kernels compute something else', async () => {
    const { vectors } = await computeTestVectors(student, [water(), box(12)]);
    const kernels = nodeKernels();
    const found = [400, 6].map((intervals) =>
      FusedCalculator.fromStudent(student, { kernels, intervals }),
    );
    expect((await compareWithVectors(found[0], vectors)).ok).toBe(true);
    // A table so coarse that it is another network.
    expect((await compareWithVectors(found[1], vectors)).ok).toBe(false);
  });

  test('refuses test vectors that are none', async () => {
    writeFileSync(path('testVectors'), '{"vectors"');
    editConfig((config) => {
      config.files = {};
    });
    await expect(verifyStudent(folder)).rejects.toBeInstanceOf(FileFormatError);
    writeFileSync(path('testVectors'), '{}');
    await expect(verifyStudent(folder)).rejects.toMatchObject({ code: 'student/test-vectors' });
  });
});

describe('weights', () => {
  test('missing', () => {
    rmSync(path('weights'));
    expect(failure()).toBeInstanceOf(FileSystemError);
    expect(failure().code).toBe('fs/not-found');
  });

  test.each([
    ['in the length', 5],
    ['in the header', 100],
    ['in the values', 3000],
  ])('truncated %s', (_where, length) => {
    truncateSync(path('weights'), length);
    const error = failure();
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.where).toBe(path('weights'));
    expect(error.hint).toContain('not copied completely');
  });

  test('of the wrong length', () => {
    writeFileSync(
      path('weights'),
      Buffer.concat([readFileSync(path('weights')), Buffer.from('more')]),
    );
    expect(failure().code).toBe('safetensors/length');
  });

  test('without one tensor', () => {
    editWeights((tensors) => tensors.delete('outnet.0.bias'));
    expect(failure()).toBeInstanceOf(ParameterMismatchError);
    expect(failure().message).toContain('"outnet.0.bias"');
    expect(failure().where).toBe(path('weights'));
  });

  test('with a tensor of another shape but the same size', () => {
    editWeights((tensors) => {
      const { data } = tensors.get('outnet.0.weight')!;
      tensors.set('outnet.0.weight', { shape: [16, 8], data });
    });
    expect(failure()).toBeInstanceOf(ParameterMismatchError);
    expect(failure().found).toBe('shape [16, 8]');
    expect(failure().expected).toContain('[8, 16]');
  });

  test('with one changed bit', () => {
    const bytes = readFileSync(path('weights'));
    bytes[bytes.length - 2] ^= 1;
    writeFileSync(path('weights'), bytes);
    expect(failure()).toBeInstanceOf(FileFormatError);
    expect(failure().code).toBe('student/hash');
  });
});

describe('configuration', () => {
  test('missing', () => {
    rmSync(path('config'));
    expect(failure().code).toBe('fs/not-found');
  });

  test('cut off', () => {
    truncateSync(path('config'), 80);
    expect(failure()).toBeInstanceOf(FileFormatError);
    expect(failure().code).toBe('student/json');
  });

  test('with a typing error', () => {
    editConfig((config) => {
      config.model.cutof = 5;
    });
    expect(failure()).toBeInstanceOf(StudentConfigError);
    expect(failure().hint).toBe('Did you mean "cutoff"?');
    expect(failure().where).toBe(`${path('config')}, model`);
  });

  test('of another width than the weights', () => {
    editConfig((config) => {
      config.model.features = 18;
    });
    expect(failure()).toBeInstanceOf(ParameterMismatchError);
  });

  test.each([
    ['format', 'something else'],
    ['version', 99],
    ['baseline', { scale: 1, energies: { H: '0' }, elements: ['H'] }],
    ['baseline', { scale: 1, energies: [], elements: ['H'] }],
    ['baseline', { scale: 1, energies: {}, elements: 'H' }],
    ['baseline', { scale: 1, energies: {}, elements: ['Og'] }],
    ['provenance', 'mine'],
  ])('with %s %j', (key, value) => {
    editConfig((config) => {
      (config as Record<string, unknown>)[key] = value;
    });
    expect(failure()).toBeInstanceOf(StudentConfigError);
  });
});

describe('model.onnx', () => {
  test('missing', () => {
    rmSync(path('model'));
    expect(failure().code).toBe('fs/not-found');
  });

  test('truncated', () => {
    truncateSync(path('model'), 5000);
    const error = failure();
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.code).toBe('student/model');
    expect(error.hint).toContain('copy it again');
  });

  test('of another student', async () => {
    const other = mkdtempSync(join(tmpdir(), 'student-'));
    try {
      await saveStudent(other, randomStudent(undefined, 2));
      writeFileSync(path('model'), readFileSync(join(other, CHECKPOINT_FILES.model)));
      expect(failure().code).toBe('student/hash');
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});

test('a folder that cannot be made is a file system error', async () => {
  const inside = join(path('card'), 'folder');
  await expect(saveStudent(inside, student)).rejects.toBeInstanceOf(FileSystemError);
});
