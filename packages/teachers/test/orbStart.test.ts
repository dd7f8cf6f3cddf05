import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environmentFolder } from '../src/python/environmentFolder.ts';
import { findPython } from '../src/python/findPython.ts';
import { OrbTeacher } from '../src/python/orbTeacher.ts';
import { environmentName, PYTHON_PRESETS } from '../src/python/presets.ts';
import type { PythonPreset } from '../src/python/presets/preset.ts';
import { refusalError } from '../src/python/startErrors.ts';
import { withWeightFile } from '../src/python/weightFile.ts';
import { offline, testTorch, TORCH } from './orbSupport.ts';
import { failureOf, PYTHON, testPython } from './pythonSupport.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-orb-start-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('before anything is started', () => {
  test.each<[object, string]>([
    [{ model: 'orb-v9' }, 'model'],
    [{ precision: 'float16' }, 'precision'],
    [{ edgeMethod: 'guess' }, 'edgeMethod'],
    [{ device: 'gpu' }, 'device'],
    [{ maxNeighbors: 0 }, 'maxNeighbors'],
    [{ charge: 1 }, 'charge'],
    [{ spin: 0 }, 'spin'],
    [{ model: 'orb-v3-direct-omol', charge: 0.5 }, 'charge'],
    [{ model: 'orb-v3-direct-omol', charge: 0, spin: -1 }, 'spin'],
  ])('%j is refused', async (options, where) => {
    const python = '/nowhere/bin/python';
    const failure = await failureOf(OrbTeacher.start({ ...options, python }));
    expect(failure).toMatchObject({ code: 'teachers/invalid-option', where });
  });

  test('a weight file that is not there is', async () => {
    const weights = join(folder, 'none.ckpt');
    const failure = await failureOf(OrbTeacher.start({ weights, python: '/nowhere/bin/python' }));
    expect(failure).toMatchObject({
      code: 'teachers/missing-file',
      message: expect.stringContaining(weights),
      where: 'teacher, args, weights',
      hint: expect.stringContaining(process.cwd()),
    });
  });
});

describe('weights', () => {
  testTorch(
    'that cannot be had, or are none, are told with what to do',
    async () => {
      const cut = join(folder, 'cut.ckpt');
      // As a download that stopped: the beginning of a ZIP file without its end.
      writeFileSync(cut, Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(5000, 7)]));
      const start = { python: TORCH, device: 'cpu', env: offline(join(folder, 'cache')) };
      const [away, bad] = await Promise.all([
        failureOf(OrbTeacher.start(start)),
        failureOf(OrbTeacher.start({ ...start, weights: cut })),
      ]);
      const file = 'orb-v2-20241011.ckpt';
      expect(away).toMatchObject({
        code: 'teachers/offline',
        message: expect.stringContaining(file),
        hint: expect.stringMatching(
          /run: curl -fLO https:.*orb-v2\?weights=\/path\/to\/orb-v2-2024/s,
        ),
      });
      expect(bad).toMatchObject({
        code: 'teachers/bad-weights',
        message: expect.stringContaining(cut),
        hint: expect.stringContaining('about 101 MB'),
      });
    },
    120_000,
  );

  const preset: PythonPreset = {
    ...PYTHON_PRESETS['ase-emt'],
    weights: 'file',
    weightsArgument: 'model',
    weightsFrom: 'https://example.org/model.fnx (3 MB)',
  };

  test('that nobody named are asked for', async () => {
    const failure = await failureOf(
      Promise.resolve().then(() => withWeightFile('mine', preset, {})),
    );
    expect(failure).toMatchObject({
      code: 'teachers/missing-weights',
      where: 'teacher, args, model',
      hint: "Write mine?model=/path/to/FILE or { type: 'mine', args: { model: '/path/to/FILE' } }. Where to get it: https://example.org/model.fnx (3 MB).",
    });
  });

  test('may lie in the home folder, and need not be where none are needed', () => {
    expect(existsSync(homedir())).toBe(true);
    expect(withWeightFile('mine', preset, { model: '~/' })).toEqual({ model: homedir() });
    const included: PythonPreset = { ...preset, weights: 'included' };
    expect(withWeightFile('mine', included, {})).toEqual({});
    expect(withWeightFile('mine', included, { model: 3 })).toEqual({ model: 3 });
    expect(withWeightFile('mine', PYTHON_PRESETS['ase-emt'], { x: 1 })).toEqual({ x: 1 });
  });

  const python = { executable: 'python', version: '3.11.1', origin: 'PATH', pip: true } as const;

  test.each([
    [{ kind: 'missing-weights', message: 'none' }, 'teachers/missing-weights', 'path'],
    [{ kind: 'bad-weights', message: 'cut', file: 'w.pt' }, 'teachers/bad-weights', 'w.pt'],
    [
      { kind: 'offline', message: 'no' },
      'teachers/offline',
      'make(size=3, deep={"a": [True, None]})',
    ],
    [
      { kind: 'offline', message: 'no', url: 'https://x.org/w.pt' },
      'teachers/offline',
      'curl -fLO https://x.org/w.pt',
    ],
    [
      { kind: 'arguments', message: 'no', near: ['a', 'b'] },
      'teachers/calculator-arguments',
      'a or b',
    ],
  ])('of calculators without a preset: %j', (refusal, code, hint) => {
    const args = { size: 3, deep: { a: [true, null] } };
    const context = { calculator: 'my.own:make', args, python: { ...python, managed: false } };
    expect(refusalError(context, refusal)).toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    });
  });

  test('of presets that download by themselves', () => {
    const { calculator } = PYTHON_PRESETS['orb-v2'];
    const context = { calculator, preset: 'orb-v2', python: { ...python, managed: false } };
    const { hint } = refusalError(context, { kind: 'offline', message: 'no' });
    expect(hint).toMatch(/^On a machine with a connection run: PYTHONPATH=\S*python python -c/);
    expect(hint).toContain('They are at: https://');
    expect(refusalError(context, { kind: 'missing-weights', message: 'none' })).toMatchObject({
      code: 'teachers/missing-weights',
      hint: expect.stringContaining('orb-v2?weights='),
    });
  });
});

describe('the environment of Orb', () => {
  test('is one for all its models', () => {
    expect(environmentName('orb-v3-direct-inf-mpa')).toBe(environmentName('orb-v2'));
    expect(environmentName('gfn2-xtb')).toBe('gfn2-xtb');
    expect(environmentName('anything else')).toBe('anything else');
    expect(environmentFolder('orb')).toContain('orb');
  });

  testPython('wants no Python that its packages do not know', async () => {
    const failure = await failureOf(findPython({ python: PYTHON, minimum: '3.9', below: '3.10' }));
    expect(failure).toMatchObject({
      code: 'teachers/new-python',
      expected: 'Python 3.9 or newer, older than 3.10',
    });
  });
});
