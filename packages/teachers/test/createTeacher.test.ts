import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, sha256 } from '@mlffd/core';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import { CHGNET_MODEL_PATH } from '../src/chgnet/modelFile.ts';
import {
  ARGON,
  ChgnetCalculator,
  createTeacher,
  LennardJones,
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

  test.each<[string, unknown]>([
    ['an unknown name', 'orb'],
    ['an unknown type', { type: 'mace' }],
    ['no type', {}],
    ['nothing', null],
    ['a name of an object method', 'constructor'],
  ])('refuses %s and says what there is', async (_, spec) => {
    const error = await createTeacher(spec as TeacherSpec).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({
      code: 'teachers/unknown-teacher',
      expected:
        'one of chgnet, lj, morse, emt, stillinger-weber, gfn2-xtb, gfn1-xtb, ase-emt, or ase:module.path:Class',
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
