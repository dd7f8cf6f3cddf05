import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Calculator, createAtoms, isMlffdError, readExtxyzFile } from '@mlffd/core';
import {
  CHECKS,
  type Figure,
  validate,
  type ValidateOptions,
  type ValidationEvent,
  type ValidationResults,
  validationSettings,
  type Verdict,
} from '../src/index.ts';
import {
  cluster,
  consistent,
  crystal,
  folders,
  pairPotential,
  studentOf,
} from './validationModels.ts';

const next = folders();
const settings = validationSettings('quick', {
  temperature: 200,
  timestep: 1,
  teacherPicoseconds: 0.4,
  picoseconds: 0.4,
  frames: 10,
  frameInterval: 2,
  mechanicsSteps: 60,
  attributionPicoseconds: 0.2,
  scanPoints: 30,
});

function options(changes: Partial<ValidateOptions>): ValidateOptions {
  return {
    teacher: { calculator: pairPotential('teacher'), hash: 'teacher', inconsistency: consistent },
    students: [studentOf('close', { depth: 0.352 })],
    systems: [cluster, crystal],
    settings,
    seed: 3,
    folder: next(),
    ...changes,
  };
}

const figureOf = (
  { checks }: ValidationResults,
  [check, key]: readonly [string, string],
  at: { readonly student?: string; readonly system?: string | null } = {},
): Figure => {
  const record = checks.find(
    (one) =>
      one.check === check &&
      (at.student === undefined || one.student === at.student) &&
      (at.system === undefined || one.system === at.system),
  );
  const found = record?.result.figures.find((figure) => figure.key === key);
  if (found === undefined) throw new Error(`no figure ${check}/${key}`);
  return found;
};

const verdictOf = ({ verdicts }: ValidationResults, student: string, use: string): Verdict => {
  const found = verdicts
    .find((one) => one.student === student)
    ?.verdicts.find(({ useCase }) => useCase === use);
  if (found === undefined) throw new Error(`no verdict ${use}`);
  return found;
};

describe('students of a pair potential', () => {
  let results: ValidationResults;
  let folder: string;
  const events: ValidationEvent[] = [];

  beforeAll(async () => {
    folder = next();
    results = await validate(
      options({
        folder,
        students: [
          studentOf('close', { depth: 0.352 }),
          studentOf('crooked', { force: 1.4 }),
          studentOf('hollow', { hole: 2.2 }),
          studentOf('foreign', { elements: [1] }),
        ],
        onEvent: (event) => events.push(event),
      }),
    );
  });

  test('one that is close is fit, by figures that pass', () => {
    expect(verdictOf(results, 'close', 'minimisation').answer).toBe('yes');
    expect(verdictOf(results, 'close', 'short-md').passed).toBe(true);
    expect(verdictOf(results, 'close', 'npt').passed).toBe(true);
    const close = { student: 'close' };
    for (const name of [
      ['forces-own-path', 'force-rmse'],
      ['forces-teacher-path', 'force-rmse'],
      ['forces-own-path', 'force-rmse-Cu'],
      ['gradient', 'force-gradient'],
      ['mechanics', 'timestep-ratio'],
      ['mechanics', 'reversal'],
      ['mechanics', 'torque'],
      ['invariance', 'rotation'],
      ['invariance', 'skin'],
      ['extensivity', 'extensivity'],
      ['minima', 'minimum-energy'],
      ['precision', 'rounding'],
      ['frequencies', 'frequencies'],
    ] as const) {
      expect([name, figureOf(results, name, close).status]).toEqual([name, 'pass']);
    }
    const periodic = { student: 'close', system: 'crystal' };
    expect(figureOf(results, ['volumes', 'volume'], periodic).status).toBe('pass');
    expect(figureOf(results, ['gradient', 'stress-gradient'], periodic).status).toBe('pass');
    expect(figureOf(results, ['mechanics', 'torque'], periodic).status).toBe('skipped');
    expect(figureOf(results, ['volumes', 'volume'], { system: 'cluster' }).status).toBe('skipped');
  });

  test('forces that are no gradient are found out', () => {
    expect(figureOf(results, ['gradient', 'force-gradient'], { student: 'crooked' }).status).toBe(
      'fail',
    );
    const { answer, reasons, passed } = verdictOf(results, 'crooked', 'short-md');
    expect([answer, passed]).toEqual(['no', false]);
    expect(reasons.join()).toMatch(/Forces against differences of the energy/);
    expect(failures('crooked')).toContain('not-a-gradient');
  });

  test('a hole in the repulsion is named, with its frame', () => {
    expect(failures('hollow')).toContain('soft-repulsion');
    const modes = results.checks
      .filter(({ student }) => student === 'hollow')
      .flatMap(({ result }) => result.failures ?? []);
    const soft = modes.find(({ code }) => code === 'soft-repulsion');
    expect(readExtxyzFile(join(folder, soft?.frame ?? ''))[0].atoms.numbers).toHaveLength(2);
  });

  test('a student that does not know an element is asked nothing else', () => {
    expect(failures('foreign')).toEqual(['unseen-element']);
    expect(figureOf(results, ['stability', 'stable-part'], { student: 'foreign' })).toMatchObject({
      status: 'skipped',
      why: 'the student was not trained for Cu',
    });
    expect(verdictOf(results, 'foreign', 'minimisation').answer).toBe('no');
  });

  test('tells of each check, and gives plain JSON', () => {
    const started = events.filter(({ type }) => type === 'check-started');
    const perStudent = CHECKS.reduce((sum, { per }) => sum + (per === 'student' ? 1 : 2), 0);
    expect(started).toHaveLength(4 * perStudent);
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    expect(results.passed).toBe(false);
  });

  test('the teacher ran once for all', () => {
    const runs = readdirSync(join(folder, 'runs')).filter((name) => name.startsWith('teacher-'));
    expect(runs.map((name) => name.replace(/-[0-9a-f]+$/, '')).sort()).toEqual([
      'teacher-cluster-bath',
      'teacher-cluster-path',
      'teacher-crystal-bath',
      'teacher-crystal-path',
    ]);
  });

  test('a second call reads what is there', async () => {
    const again: ValidationEvent[] = [];
    const same = await validate(
      options({
        folder,
        onEvent: (event) => again.push(event),
      }),
    );
    expect(new Set(again.map(({ type }) => type))).toEqual(new Set(['check-reused']));
    expect(same.checks).toEqual(results.checks.filter(({ student }) => student === 'close'));
  });

  function failures(student: string): string[] {
    return results.checks
      .filter((record) => record.student === student)
      .flatMap(({ result }) => (result.failures ?? []).map(({ code }) => code));
  }
});

test('stopped anywhere and called again, it finds the same', async () => {
  const only = CHECKS.filter(({ id }) =>
    ['stability', 'forces-own-path', 'mechanics'].includes(id),
  );
  const straight = await validate(options({ systems: [cluster], checks: only }));
  const folder = next();
  // Every stop is at another call: in baths, on paths, between checks.
  for (let most = 150; ; most += 400) {
    const controller = new AbortController();
    let calls = 0;
    const counting = (calculator: Calculator): Calculator => ({
      ...calculator,
      calculate: (atoms, properties) => {
        calls += 1;
        if (calls === most) controller.abort();
        return calculator.calculate(atoms, properties);
      },
    });
    const student = studentOf('close', { depth: 0.352 });
    try {
      const results = await validate(
        options({
          teacher: {
            calculator: counting(pairPotential('teacher')),
            hash: 'teacher',
            inconsistency: consistent,
          },
          students: [{ ...student, calculator: counting(student.calculator) }],
          systems: [cluster],
          checks: only,
          folder,
          signal: controller.signal,
        }),
      );
      expect(results).toEqual(straight);
      expect(most).toBeGreaterThan(150);
      break;
    } catch (error) {
      expect(isMlffdError(error) && error.code).toBe('md/aborted');
    }
  }
});

test('a teacher whose forces are no gradient runs in a weak bath, and is no baseline', async () => {
  const teacher = {
    calculator: pairPotential('teacher', { force: 1.05 }),
    hash: 'crooked',
    inconsistency: { conservative: false, figures: [] },
  };
  const checks = CHECKS.filter(({ id }) => id === 'energy-conservation');
  const results = await validate(options({ teacher, systems: [cluster], checks }));
  const figure = figureOf(results, ['energy-conservation', 'nve-slope-teacher']);
  expect(figure.status).toBe('skipped');
  expect(figure.why).toMatch(/not the gradient of its energy/);
});

test('a run that explodes is a finding with its frame, not an error', async () => {
  const checks = CHECKS.filter(({ id }) =>
    ['stability', 'minima', 'drift-owner', 'structure'].includes(id),
  );
  const folder = next();
  const student = studentOf('bomb', { hole: 3.2 });
  const results = await validate(
    options({ students: [student], systems: [cluster], checks, folder }),
  );
  const [{ result }] = results.checks;
  const mode = result.failures?.[0];
  expect(mode?.severity).toBe('fatal');
  expect(['explosion', 'close-contact', 'broken-bond']).toContain(mode?.code);
  expect(existsSync(join(folder, mode?.frame ?? 'none'))).toBe(true);
  expect(figureOf(results, ['stability', 'stable-part']).status).toBe('fail');
});

test('a bond is stretched where there is one, and its bumps are named', async () => {
  const atoms = createAtoms({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 0, 0, 2.5] });
  const checks = CHECKS.filter(({ id }) => id === 'bond-stretches');
  const results = await validate(
    options({
      students: [studentOf('close', { depth: 0.352 }), studentOf('hollow', { hole: 2.4 })],
      systems: [{ name: 'pair', atoms }, cluster],
      checks,
    }),
  );
  const at = (student: string): Figure =>
    figureOf(results, ['bond-stretches', 'collapse'], { student, system: 'pair' });
  expect(at('close').status).toBe('pass');
  expect(at('hollow').status).toBe('fail');
  const hollow = results.checks.find(({ student }) => student === 'hollow');
  expect(hollow?.result.failures?.map(({ code }) => code)).toEqual(['soft-repulsion']);
  const rings = results.checks.find(({ system }) => system === 'cluster');
  expect(rings?.result.notes?.join()).toContain('part of a ring');
});

test('diffusion takes runs that are long enough', async () => {
  const checks = CHECKS.filter(({ id }) => id === 'diffusion');
  const long = {
    ...settings,
    timestep: 2,
    frameInterval: 10,
    teacherPicoseconds: 2,
    picoseconds: 2,
  };
  const results = await validate(options({ systems: [crystal], checks, settings: long }));
  expect(figureOf(results, ['diffusion', 'diffusion-agrees']).status).toBe('pass');
});

test('what cannot be named or moved is refused', async () => {
  const refused = async (changes: Partial<ValidateOptions>): Promise<string> => {
    try {
      await validate(options(changes));
      return 'accepted';
    } catch (error) {
      return isMlffdError(error) ? error.message : String(error);
    }
  };
  expect(await refused({ students: [] })).toBe('students need names of their own');
  expect(await refused({ systems: [cluster, cluster] })).toBe('systems need names of their own');
  expect(await refused({ students: [studentOf('a b')] })).toBe('students need names of their own');
  const atom = {
    ...cluster.atoms,
    numbers: cluster.atoms.numbers.slice(0, 1),
    positions: new Float64Array(3),
  };
  expect(await refused({ systems: [{ name: 'atom', atoms: atom }] })).toBe(
    'system atom has no motion to look at',
  );
  expect(() => validationSettings('quick', { picoseconds: 0 })).toThrow('picoseconds');
});
