import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { teacherFingerprint } from '../src/createTeacher.ts';
import type { JsonValue } from '../src/python/presets/preset.ts';
import { findPython } from '../src/python/findPython.ts';
import { refusalError } from '../src/python/startErrors.ts';
import { PythonTeacher } from '../src/python/pythonTeacher.ts';
import { failureOf, helium, HYDROGEN, isRunning, PYTHON, SCRIPTS } from './pythonSupport.ts';
import { startTest, testPython } from './pythonSupport.ts';

let folder: string;
const variable = process.env.MLFFD_PYTHON;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-python-'));
});

afterEach(() => {
  if (variable === undefined) delete process.env.MLFFD_PYTHON;
  else process.env.MLFFD_PYTHON = variable;
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('without a Python', () => {
  test.each([
    ['/nowhere/bin/python', 'no such program'],
    ['true', 'it is no Python'],
    ['false', 'Command failed'],
  ])('%s is refused', async (python, found) => {
    const failure = await failureOf(findPython({ python }));
    expect(failure).toMatchObject({
      name: 'PythonTeacherError',
      code: 'teachers/no-python',
      found: expect.stringContaining(found),
      where: 'the option `python`',
      hint: expect.stringContaining('.venv/bin/python'),
    });
  });

  test('the variable is named where it is wrong', async () => {
    process.env.MLFFD_PYTHON = '/nowhere/bin/python';
    const failure = await failureOf(PythonTeacher.start({ preset: 'ase-emt' }));
    expect(failure).toMatchObject({
      code: 'teachers/no-python',
      where: 'the variable MLFFD_PYTHON',
    });
  });

  test('an old one is told from none', async () => {
    const old = join(folder, 'old-python');
    const answer = { executable: old, version: [3, 7, 1], pip: true, managed: false };
    writeFileSync(old, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
    expect(await failureOf(findPython({ python: old }))).toMatchObject({
      code: 'teachers/old-package',
      found: '3.7.1',
      expected: 'Python 3.9 or newer',
    });
  });
});

const REFUSED: readonly [string, Record<string, JsonValue>, string, string][] = [
  ['no_such_module.sub:Class', {}, 'teachers/missing-package', 'pip install'],
  ['faulty_calculator:Fault', {}, 'teachers/no-calculator', 'Did you mean Faulty'],
  ['faulty_calculator:NUMBER', {}, 'teachers/no-calculator', 'module.path:Class'],
  ['faulty_calculator:no_calculator', {}, 'teachers/no-calculator', 'module.path:Class'],
  ['faulty_calculator:strict', { sise: 1 }, 'teachers/calculator-arguments', 'arguments'],
  ['faulty_calculator:reads_file', { path: '/nowhere/w.pt' }, 'teachers/missing-file', 'path'],
  [
    'faulty_calculator:downloads',
    { url: 'http://127.0.0.1:9/weights.pt' },
    'teachers/offline',
    `-c 'from faulty_calculator import downloads; downloads(url="http://127.0.0.1:9/weights.pt")'`,
  ],
  ['faulty_calculator:raises', {}, 'teachers/start-failed', 'Try it without the worker'],
  ['faulty_calculator:leaves', {}, 'teachers/start-failed', 'Try it without the worker'],
];

describe('a calculator that cannot be loaded', () => {
  testPython('is an error that says why and what to do', async () => {
    const failures = await Promise.all(
      REFUSED.map(([calculator, args]) => failureOf(startTest(calculator, { args }))),
    );
    for (const [k, [calculator, , code, hint]] of REFUSED.entries()) {
      const { message } = failures[k] as Error;
      expect({ calculator, message, ...(failures[k] as object) }).toMatchObject({
        calculator,
        code,
        hint: expect.stringContaining(hint),
        where: expect.stringContaining(PYTHON),
      });
    }
  });

  testPython('in time', async () => {
    const failure = await failureOf(startTest('faulty_calculator:never', { startTimeout: 0.5 }));
    expect(failure).toMatchObject({
      code: 'teachers/start-failed',
      expected: 'a calculator within 0.5 s',
    });
  });

  testPython('before it is stopped', async () => {
    const stop = new AbortController();
    const start = startTest('faulty_calculator:never', {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'log') stop.abort();
      },
    });
    expect(await failureOf(start)).toMatchObject({ name: 'AbortedError' });
    const again = startTest('faulty_calculator:never', { signal: stop.signal });
    expect(await failureOf(again)).toMatchObject({ name: 'AbortedError' });
  });
});

describe('a missing package', () => {
  testPython('of a preset is told with the command for this very Python', async () => {
    const environment = join(folder, 'bare');
    execFileSync(PYTHON, ['-m', 'venv', '--without-pip', environment]);
    const python = join(environment, 'bin', 'python');
    const failure = await failureOf(PythonTeacher.start({ preset: 'gfn2-xtb', python }));
    expect(failure).toMatchObject({
      code: 'teachers/missing-package',
      expected: expect.stringMatching(/^the Python package (ase|numpy)$/),
      hint: `Run: uv pip install --python ${python} ase==3.29.0 numpy==2.4.6 tblite==0.8.0`,
    });
  });

  test('for pythons of all kinds', () => {
    const base = {
      executable: '/my python/bin/python',
      version: '3.12.1',
      origin: 'PATH',
    } as const;
    const refusal = { kind: 'missing-package', module: 'tblite.ase', message: 'No module' };
    const hints = [
      { pip: true, managed: false },
      { pip: false, managed: false },
      { pip: true, managed: true },
    ].map((rest) => {
      const python = { ...base, ...rest };
      return refusalError({ calculator: 'my.own:Mixture', python }, refusal).hint;
    });
    expect(hints).toEqual([
      "Run: '/my python/bin/python' -m pip install tblite==0.8.0",
      "Run: uv pip install --python '/my python/bin/python' tblite==0.8.0",
      'Run: python3 -m venv .venv && .venv/bin/python -m pip install tblite==0.8.0 && export MLFFD_PYTHON=$PWD/.venv/bin/python',
    ]);
  });

  testPython('that is too old, too', async () => {
    const old = join(folder, 'old');
    mkdirSync(join(old, 'ase'), { recursive: true });
    writeFileSync(join(old, 'ase', '__init__.py'), '__version__ = "3.19.1"\nAtoms = None\n');
    mkdirSync(join(old, 'ase', 'calculators'));
    writeFileSync(join(old, 'ase', 'calculators', '__init__.py'), '');
    writeFileSync(
      join(old, 'ase', 'calculators', 'calculator.py'),
      'class Calculator: pass\nall_changes = []\n',
    );
    const failure = await failureOf(
      PythonTeacher.start({ preset: 'ase-emt', python: PYTHON, env: { PYTHONPATH: old } }),
    );
    expect(failure).toMatchObject({
      code: 'teachers/old-package',
      hint: expect.stringContaining("'ase>=3.22'"),
    });
  });
});

describe('what a start tells', () => {
  testPython('versions, and arguments that nobody takes', async () => {
    const { teacher, events } = await startTest('tblite.ase:TBLite', {
      args: { methd: 'GFN1-xTB', verbosity: 0 },
    });
    expect(teacher.name).toBe('TBLite (tblite 0.8.0)');
    expect(teacher.versions.packages).toEqual({ ase: '3.29.0', tblite: '0.8.0' });
    expect(events.map(({ type }) => type)).toEqual(['worker-started', 'unknown-argument']);
    expect(events[1]).toMatchObject({ argument: 'methd' });
    await teacher.dispose();
  });

  testPython('versions that a preset was not tried with', async () => {
    const other = join(folder, 'other', 'tblite-0.99.0.dist-info');
    mkdirSync(other, { recursive: true });
    writeFileSync(
      join(other, 'METADATA'),
      'Metadata-Version: 2.1\nName: tblite\nVersion: 0.99.0\n',
    );
    const { teacher, events } = await startTest('', {
      preset: 'gfn2-xtb',
      env: { PYTHONPATH: join(folder, 'other') },
    });
    expect(events).toContainEqual({
      type: 'version-differs',
      package: 'tblite',
      expected: '0.8.0',
      found: '0.99.0',
    });
    expect(teacher.name).toBe('gfn2-xtb (tblite 0.99.0)');
    await teacher.dispose();
  });
});

describe('the fingerprint', () => {
  testPython('follows what decides about answers, files that arguments name included', async () => {
    const path = join(folder, 'weights.txt');
    const spec = { type: 'ase', calculator: 'faulty_calculator:reads_file' } as const;
    const rest = { args: { path }, python: PYTHON, env: { PYTHONPATH: SCRIPTS } };
    writeFileSync(path, 'one');
    const [base, faster, other] = await Promise.all([
      teacherFingerprint({ ...spec, ...rest }),
      teacherFingerprint({ ...spec, ...rest, threads: 2, timeout: 5 }),
      teacherFingerprint({ ...spec, ...rest, forceConsistent: true }),
    ]);
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(faster).toBe(base);
    expect(other).not.toBe(base);
    writeFileSync(path, 'two');
    expect(await teacherFingerprint({ ...spec, ...rest })).not.toBe(base);
  });

  testPython('may not change while a teacher works', async () => {
    const home = join(folder, 'changing');
    mkdirSync(home);
    const write = (comment: string): void => {
      const text = `# ${comment}\nfrom faulty_calculator import Faulty\n`;
      writeFileSync(join(home, 'changing.py'), text);
    };
    write('first');
    const { teacher, events } = await startTest('changing:Faulty', {
      args: { faults: ['killed'] },
      env: { PYTHONPATH: `${home}:${SCRIPTS}`, PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(teacher.name).toContain('sha256:');
    write('second');
    await failureOf(teacher.calculate(helium(), ['energy']));
    const failure = await failureOf(teacher.calculate(HYDROGEN, ['energy']));
    expect(failure).toMatchObject({ code: 'teachers/changed' });
    await teacher.dispose();
    const pids = events.flatMap((event) => (event.type === 'worker-started' ? [event.pid] : []));
    expect(pids.some(isRunning)).toBe(false);
  });
});
