import { describe, expect, test } from '@jest/globals';
import { CalculatorPool } from '@mlffd/core';
import { createTeacher } from '../src/createTeacher.ts';
import { TEACHERS, type TeacherSpec } from '../src/teacherSpec.ts';
import { parseName } from '../src/python/aseSpec.ts';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import { requirementsOf } from '../src/python/presets/preset.ts';
import { failureOf, PYTHON, SCRIPTS, testPython, WATER } from './pythonSupport.ts';

describe('a teacher in one line', () => {
  test.each<[string, ReturnType<typeof parseName>]>([
    ['gfn2-xtb', { name: 'gfn2-xtb', args: undefined }],
    [
      'ase:tblite.ase:TBLite?method=GFN2-xTB&accuracy=0.1',
      { name: 'ase:tblite.ase:TBLite', args: { method: 'GFN2-xTB', accuracy: 0.1 } },
    ],
    [
      'ase:a:B?n=3&t=true&p=True&f=False&x=None&z=null&s="3"&l=[1,2]&e=',
      {
        name: 'ase:a:B',
        args: { n: 3, t: true, p: true, f: false, x: null, z: null, s: '3', l: [1, 2], e: '' },
      },
    ],
    [
      'ase:a:B?file=/data/a%26b.pt&basis=6-31+G&url=http://x?y=z',
      {
        name: 'ase:a:B',
        args: { file: '/data/a&b.pt', basis: '6-31+G', url: 'http://x?y=z' },
      },
    ],
  ])('%s', (text, expected) => {
    expect(parseName(text)).toEqual(expected);
  });

  test.each(['ase:a:B?', 'ase:a:B?x', 'ase:a:B?=1', 'ase:a:B?x=1&x=2', 'ase:a:B?x=%E0%A4%A'])(
    '%s is refused',
    async (text) => {
      const failure = await failureOf(createTeacher(text));
      expect(failure).toMatchObject({ code: 'teachers/invalid-arguments', where: 'teacher' });
    },
  );

  test.each(['ase:', 'ase:tblite.ase', 'ase:tblite.ase:', 'ase:os;x:Y', 'ase:a-b:C', 'ase:a:B C'])(
    '%s is no path of a calculator',
    async (text) => {
      const failure = await failureOf(createTeacher(text));
      expect(failure).toMatchObject({ code: 'teachers/invalid-calculator' });
    },
  );
});

describe('options', () => {
  test.each<[unknown, string, string]>([
    [{ type: 'ase' }, 'teachers/invalid-calculator', 'teacher, calculator'],
    [{ type: 'ase-emt', calculator: 'a:B' }, 'teachers/unknown-option', 'teacher, calculator'],
    [{ type: 'ase-emt', timout: 3 }, 'teachers/unknown-option', 'teacher, timout'],
    [{ type: 'ase-emt', timeout: 0 }, 'teachers/invalid-option', 'timeout'],
    [{ type: 'ase-emt', startTimeout: Infinity }, 'teachers/invalid-option', 'startTimeout'],
    [{ type: 'ase-emt', threads: 1.5 }, 'teachers/invalid-option', 'threads'],
    [{ type: 'ase-emt', workers: 0 }, 'teachers/invalid-option', 'workers'],
    [{ type: 'ase-emt', args: { x: NaN } }, 'json/not-serializable', '$.x'],
    ['lj?epsilom=1', 'teachers/unknown-option', 'teacher, epsilom'],
    ['onnx', 'teachers/invalid-option', 'teacher, model'],
    ['fennol:', 'teachers/invalid-option', 'teacher, model'],
    ['onnx:a.onnx?cores=2', 'teachers/unknown-option', 'teacher, cores'],
    [{ type: 'orb', nighbors: 3 }, 'teachers/unknown-option', 'teacher, nighbors'],
  ])('%j is refused', async (spec, code, where) => {
    expect(await failureOf(createTeacher(spec as TeacherSpec))).toMatchObject({ code, where });
  });

  testPython('a line, an object and a preset are the same teacher', async () => {
    const saved = process.env.MLFFD_PYTHON;
    process.env.MLFFD_PYTHON = PYTHON;
    const [object, line, preset] = await Promise.all([
      createTeacher({
        type: 'ase',
        calculator: 'tblite.ase:TBLite',
        args: { method: 'GFN2-xTB', verbosity: 0, electronic_temperature: 5000 },
      }),
      createTeacher(
        'ase:tblite.ase:TBLite?method=GFN2-xTB&verbosity=0&electronic_temperature=5000',
      ),
      createTeacher('gfn2-xtb?electronic_temperature=5000'),
    ]).finally(() => {
      if (saved === undefined) delete process.env.MLFFD_PYTHON;
      else process.env.MLFFD_PYTHON = saved;
    });
    const { energy } = await object.calculate(WATER, ['energy']);
    expect((await line.calculate(WATER, ['energy'])).energy).toBe(energy);
    expect((await preset.calculate(WATER, ['energy'])).energy).toBe(energy);
    expect(line).toHaveProperty('fingerprint', expect.stringMatching(/^[0-9a-f]{64}$/));
    expect(object).toMatchObject({ fingerprint: (line as { fingerprint?: string }).fingerprint });
    expect([object.elements, preset.elements?.length]).toEqual([undefined, 86]);
    for (const teacher of [object, line, preset]) await teacher.dispose();
  });
});

describe('several workers', () => {
  testPython('are a pool that answers as one', async () => {
    const pool = await createTeacher({
      type: 'ase',
      calculator: 'faulty_calculator:Faulty',
      python: PYTHON,
      env: { PYTHONPATH: SCRIPTS },
      workers: 2,
    });
    expect(pool).toBeInstanceOf(CalculatorPool);
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => pool.calculate(WATER, ['energy', 'forces'])),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await pool.dispose();
  });

  testPython('are none where one cannot be started', async () => {
    const spec = { type: 'ase', calculator: 'no.such:Thing', python: PYTHON, workers: 2 } as const;
    expect(await failureOf(createTeacher(spec))).toMatchObject({
      code: 'teachers/missing-package',
    });
  });
});

describe('presets', () => {
  test.each(Object.entries(PYTHON_PRESETS))('%s says what it is', (name, preset) => {
    // FeNNol is of no use without a file.
    expect(TEACHERS.includes(name)).toBe(name !== 'fennol');
    expect(preset.license).toMatch(/^[A-Z]/);
    expect(preset.weights === 'included' || preset.weightsFrom !== undefined).toBe(true);
    expect(preset.reference).toMatch(/^https:\/\/(doi|arxiv)\.org\//);
    expect(preset.elements.length).toBeGreaterThan(5);
    expect(new Set(preset.elements).size).toBe(preset.elements.length);
    for (const requirement of requirementsOf(preset)) {
      expect(requirement).toMatch(/^[a-z0-9-]+==\d+(\.\d+)+$/);
    }
  });
});
