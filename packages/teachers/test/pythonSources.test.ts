import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { PythonTeacher } from '../src/python/pythonTeacher.ts';
import { failureOf, PYTHON, SCRIPTS, startTest, testPython, WATER } from './pythonSupport.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-sources-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A package of a user, whose factory is in a module of its own. */
function writePackage(comment: string, body: readonly string[]): void {
  const home = join(folder, 'loose');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '__init__.py'), '');
  const lines = [
    `# ${comment}`,
    'from faulty_calculator import Faulty',
    'def make(path=None):',
    ...body,
  ];
  writeFileSync(join(home, 'inner.py'), `${lines.join('\n')}\n`);
}

const search = (): Record<string, string> => ({
  PYTHONPATH: `${SCRIPTS}:${folder}`,
  PYTHONDONTWRITEBYTECODE: '1',
});
const READS = [
  '    calculator = Faulty()',
  '    calculator.mlffd_weights = [path]',
  '    return calculator',
];

async function fingerprintOf(args: Record<string, string> = {}): Promise<string> {
  const { teacher } = await startTest('loose.inner:make', {
    args,
    env: search(),
  });
  await teacher.dispose();
  return teacher.fingerprint;
}

describe('the fingerprint of a loose package', () => {
  testPython('follows the module of its factory', async () => {
    writePackage('first', ['    return Faulty()']);
    const first = await fingerprintOf();
    expect(await fingerprintOf()).toBe(first);
    writePackage('second', ['    return Faulty()']);
    expect(await fingerprintOf()).not.toBe(first);
  });

  testPython('follows what weight files hold, not where they lie', async () => {
    writePackage('weights', READS);
    const here = join(folder, 'here.txt');
    const there = join(folder, 'there.txt');
    writeFileSync(here, 'one');
    const first = await fingerprintOf({ path: here });
    renameSync(here, there);
    expect(await fingerprintOf({ path: there })).toBe(first);
    writeFileSync(there, 'two');
    expect(await fingerprintOf({ path: there })).not.toBe(first);
  });
});

describe('a preset', () => {
  testPython('is named by its distribution, and tells all its packages', async () => {
    const teacher = await PythonTeacher.start({ preset: 'gfn2-xtb', python: PYTHON });
    expect(teacher.name).toBe('gfn2-xtb (tblite 0.8.0)');
    expect(teacher.versions.packages).toEqual({ ase: '3.29.0', tblite: '0.8.0' });
    await teacher.dispose();
  });
});

testPython('a calculator says by a kind of its own what it does not take', async () => {
  writePackage('refuses', [
    '    from mlffd_worker.failures import StructureFailure',
    '    calculator = Faulty()',
    '    def calculate(*_):',
    '        raise StructureFailure("unsupported", "not this one", hint="Take another.")',
    '    calculator.calculate = calculate',
    '    return calculator',
  ]);
  const { teacher } = await startTest('loose.inner:make', {
    env: search(),
  });
  expect(await failureOf(teacher.calculate(WATER, ['energy']))).toMatchObject({
    code: 'teachers/unsupported-structure',
    found: 'not this one',
    hint: 'Take another.',
  });
  await teacher.dispose();
});
