import {
  cpSync,
  existsSync,
  mkdirSync,
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
import { FileFormatError, FileSystemError } from '@mlffd/core';
import {
  CHECKPOINT_FILES,
  decodeSafetensors,
  encodeSafetensors,
  exportHub,
  loadStudent,
  saveStudent,
  StudentCalculator,
  verifyStudent,
} from '../src/index.ts';
import { UncertaintyError } from '../src/uncertainty/uncertainty.ts';
import {
  decodeUncertainty,
  encodeUncertainty,
  saveUncertainty,
} from '../src/uncertainty/uncertaintyFile.ts';
import { randomStudent, SMALL, water } from './systems.ts';
import { randomUncertainty, uncertainStudent } from './uncertainStudent.ts';

const student = uncertainStudent();
const uncertainty = student.uncertainty!;
const original = mkdtempSync(join(tmpdir(), 'uncertainty-'));
await saveStudent(original, student, { testStructures: [water()] });
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uncertainty-'));
  cpSync(original, folder, { recursive: true });
  file = join(folder, CHECKPOINT_FILES.uncertainty);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

afterAll(() => {
  rmSync(original, { recursive: true });
});

/** The error of loading the folder as it is now. */
function failure(): Error {
  try {
    loadStudent(folder);
  } catch (error) {
    return error as Error;
  }
  throw new Error('was loaded');
}

/** Rewrites the metadata, as a faulty program would. */
function editMetadata(changes: Readonly<Record<string, string>>): void {
  const { tensors, metadata } = decodeSafetensors(readFileSync(file));
  writeFileSync(file, encodeSafetensors({ tensors, metadata: { ...metadata, ...changes } }));
}

describe('the uncertainty in the folder of a student', () => {
  test('is read as it was written', async () => {
    expect(loadStudent(folder).uncertainty).toEqual(uncertainty);
    const [a, b] = [
      await StudentCalculator.load(folder),
      await StudentCalculator.fromStudent(student),
    ];
    expect(await a.uncertainty(water())).toEqual(await b.uncertainty(water()));
    await a.dispose();
    await b.dispose();
    expect((await verifyStudent(folder)).ok).toBe(true);
  });

  test('may be missing', () => {
    rmSync(file);
    expect(loadStudent(folder)).not.toHaveProperty('uncertainty');
  });

  test('is added without touching another file', async () => {
    await saveStudent(folder, randomStudent(), { card: '# Mine\n', testStructures: [water()] });
    expect(existsSync(file)).toBe(false);
    const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);
    saveUncertainty(folder, student, uncertainty);
    expect(loadStudent(folder).uncertainty).toEqual(uncertainty);
    for (const [name, bytes] of before) {
      expect(readFileSync(join(folder, String(name))).equals(bytes as Buffer)).toBe(true);
    }
    expect(readdirSync(folder)).toHaveLength(before.length + 1);
    saveUncertainty(folder, student, randomUncertainty(student, 2));
    expect(loadStudent(folder).uncertainty).toEqual(randomUncertainty(student, 2));
  });

  test('goes when another student takes the folder', async () => {
    await saveStudent(folder, randomStudent(SMALL, 7), { testStructures: [water()] });
    expect(existsSync(file)).toBe(false);
    expect(loadStudent(folder)).not.toHaveProperty('uncertainty');
  });

  test('goes with the weights to a model hub', () => {
    const files = exportHub(student);
    const bytes = files[CHECKPOINT_FILES.uncertainty] as Uint8Array;
    expect(decodeUncertainty(bytes, student)).toEqual(uncertainty);
    expect(Object.keys(exportHub(randomStudent()))).not.toContain(CHECKPOINT_FILES.uncertainty);
  });

  test('is the same bytes each time', () => {
    const again = encodeUncertainty(loadStudent(folder).uncertainty!);
    expect(readFileSync(file).equals(again)).toBe(true);
  });
});

describe('an uncertainty that cannot be used', () => {
  test.each([0, 4, 100, 900])('is refused when the file ends after %i bytes', (length) => {
    truncateSync(file, length);
    const error = failure();
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error).toMatchObject({ where: file });
  });

  test('is refused when a bit has flipped', () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 10] ^= 1;
    writeFileSync(file, bytes);
    expect(failure()).toMatchObject({
      code: 'student/uncertainty-file',
      hint: expect.stringContaining('mlffd calibrate') as unknown,
    });
  });

  test.each([
    [{ format: 'other' }],
    [{ version: '9' }],
    [{ heads: 'no hash' }],
    [{ factors: '{' }],
    [{ factors: '[]' }],
    [{ factors: '{"energy":1}' }],
    [{ provenance: '3' }],
  ])('is refused with %j', (changes) => {
    editMetadata(changes);
    expect(failure()).toBeInstanceOf(FileFormatError);
  });

  test.each([
    [{ network: 'of others' }],
    [{ factors: '{"energy":-1,"forces":1}' }],
    [{ factors: '{"energy":1e999,"forces":1}' }],
  ])('does not belong to the student with %j', (changes) => {
    editMetadata(changes);
    expect(failure()).toBeInstanceOf(UncertaintyError);
  });

  test('is not saved for other weights, another width, or with NaN', async () => {
    const other = randomStudent(SMALL, 2);
    const wide = randomStudent({ ...SMALL, features: 24 });
    expect(() => {
      saveUncertainty(folder, other, uncertainty);
    }).toThrow(UncertaintyError);
    for (const [of, wrong] of [
      [wide, uncertainty],
      [other, uncertainty],
      [student, { ...uncertainty, count: 0 }],
      [student, { ...uncertainty, heads: uncertainty.heads.map(() => NaN) }],
      [student, { ...uncertainty, energyFactor: NaN }],
    ] as const) {
      await expect(saveStudent(folder, { ...of, uncertainty: wrong })).rejects.toThrow(
        UncertaintyError,
      );
      expect(() => exportHub({ ...of, uncertainty: wrong })).toThrow(UncertaintyError);
    }
    expect(loadStudent(folder).uncertainty).toEqual(uncertainty);
  });

  test('is refused when it is a folder', () => {
    rmSync(file);
    mkdirSync(file);
    expect(failure()).toBeInstanceOf(FileSystemError);
  });
});
