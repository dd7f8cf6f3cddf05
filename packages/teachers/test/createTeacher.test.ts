import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, sha256 } from '@mlffd/core';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import { CHGNET_MODEL_PATH } from '../src/chgnet/modelFile.ts';
import {
  ARGON,
  ChgnetCalculator,
  createTeacher,
  IpiTeacherError,
  LennardJones,
  OnnxTeacher,
  teacherFingerprint,
  TEACHERS,
  type TeacherSpec,
} from '../src/index.ts';

describe('createTeacher', () => {
  test('makes every teacher it names', async () => {
    for (const name of TEACHERS) {
      // test/python*.test.ts have those that need Python.
      if (Object.hasOwn(PYTHON_PRESETS, name)) continue;
      const teacher = await createTeacher(name);
      expect(teacher.properties).toContain('forces');
      await teacher.dispose();
    }
  });

  test('hands the options on', async () => {
    const chgnet = await createTeacher({ type: 'chgnet', threads: 2 });
    expect(chgnet).toBeInstanceOf(ChgnetCalculator);
    expect(chgnet.name).toBe('chgnet-0.3.0');
    await chgnet.dispose();
    const lj = await createTeacher({ type: 'lj', ...ARGON, cutoff: 7, truncation: 'switch' });
    expect(lj).toBeInstanceOf(LennardJones);
    expect(lj.cutoff).toBe(7);
  });

  test('takes options out of a line of text', async () => {
    const lj = await createTeacher('lj?epsilon=0.02&sigma=3&cutoff=7');
    expect(lj.cutoff).toBe(7);
  });

  test('opens an exported potential by the name of its file', async () => {
    const file = fileURLToPath(new URL('fixtures/onnx/lennard-jones.onnx', import.meta.url));
    const teacher = await createTeacher(`onnx:${file}?threads=2`);
    expect(teacher).toBeInstanceOf(OnnxTeacher);
    await teacher.dispose();
    expect(await teacherFingerprint({ type: 'onnx', model: file })).toBe(
      sha256(readFileSync(file)),
    );
  });

  test('listens for drivers', async () => {
    const failure = await createTeacher('ipi:127.0.0.1:0?acceptTimeout=0.05').catch(
      (cause: unknown) => cause,
    );
    expect(failure).toBeInstanceOf(IpiTeacherError);
    expect(failure).toMatchObject({ code: 'teachers/ipi-no-driver' });
    const print = await teacherFingerprint('ipi:127.0.0.1:0?label=test');
    expect(await teacherFingerprint('ipi:127.0.0.1:0?label=other')).not.toBe(print);
  });

  test.each<[string, unknown]>([
    ['an unknown name', 'orbb'],
    ['a file of an unknown kind', 'pickle:a.pkl'],
    ['an unknown type', { type: 'macy' }],
    ['no type', {}],
    ['nothing', null],
    ['a name of an object method', 'constructor'],
  ])('refuses %s and says what there is', async (_, spec) => {
    const error = await createTeacher(spec as TeacherSpec).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({
      code: 'teachers/unknown-teacher',
      expected: expect.stringContaining(`one of ${TEACHERS.join(', ')}, or ase:module.path:Class`),
    });
  });

  test('refuses an option of another teacher', async () => {
    const spec = { type: 'lj', threads: 2 } as unknown as TeacherSpec;
    await expect(createTeacher(spec)).rejects.toThrow('no option threads');
  });
});

describe('teacherFingerprint', () => {
  test('of CHGNet is the hash of its file, whatever the threads', async () => {
    const expected = sha256(readFileSync(CHGNET_MODEL_PATH));
    expect(await teacherFingerprint('chgnet')).toBe(expected);
    expect(await teacherFingerprint({ type: 'chgnet', threads: 2 })).toBe(expected);
  });

  test('of Lennard-Jones follows its parameters and nothing else', async () => {
    const base = await teacherFingerprint({ type: 'lj', ...ARGON });
    expect(await teacherFingerprint('lj')).toBe(base);
    expect(await teacherFingerprint({ type: 'lj', skin: 1 })).toBe(base);
    expect(await teacherFingerprint({ type: 'lj', onset: 5 })).toBe(base);
    expect(await teacherFingerprint({ type: 'lj', cutoff: 9 })).not.toBe(base);
    expect(await teacherFingerprint({ type: 'lj', truncation: 'switch' })).not.toBe(base);
    expect(await teacherFingerprint({ type: 'lj', epsilon: 0.02, sigma: 3.405 })).not.toBe(base);
  });
});
