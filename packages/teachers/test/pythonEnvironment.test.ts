import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environmentFolder } from '../src/python/environmentFolder.ts';
import { findPython } from '../src/python/findPython.ts';
import { installTeacherEnvironment, makeEnvironment } from '../src/python/installEnvironment.ts';
import { failureOf, PYTHON, testPython } from './pythonSupport.ts';

/** Makes a package by hand, so that nothing is fetched from anywhere. */
const MAKE_WHEEL = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    info = "mlffd_probe-1.2.3.dist-info"
    wheel.writestr("mlffd_probe.py", "ANSWER = 42\\n")
    wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: mlffd-probe\\nVersion: 1.2.3\\n")
    wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "/RECORD", "mlffd_probe.py,,\\n" + info + "/METADATA,,\\n" + info + "/WHEEL,,\\n" + info + "/RECORD,,\\n")
`;

let folder: string;
let wheel: string;
const HAS_UV = works('uv', ['--version']);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-environment-'));
  wheel = join(folder, 'mlffd_probe-1.2.3-py3-none-any.whl');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const probe = (file: string) => ({ requirements: [file], minimum: '3.9' });

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.each([
  ['uv', true],
  ['venv and pip', false],
])('made by %s', (_, uv) => {
  (uv && !HAS_UV ? test.skip : testPython)('an environment has what was asked for', async () => {
    execFileSync(PYTHON, ['-c', MAKE_WHEEL, wheel]);
    const target = join(folder, uv ? 'by-uv' : 'by-pip');
    const commands: string[] = [];
    const options = {
      uv,
      python: PYTHON,
      onEvent: ({ command }: { command: string }) => commands.push(command),
    };
    const made = await makeEnvironment(target, probe(wheel), options);
    expect(made).toEqual({ folder: target, python: join(target, 'bin', 'python'), made: true });
    expect(commands).toHaveLength(2);
    const answer = execFileSync(made.python, ['-c', 'import mlffd_probe as m; print(m.ANSWER)']);
    expect(answer.toString().trim()).toBe('42');
    // Once is enough.
    expect(await makeEnvironment(target, probe(wheel), options)).toMatchObject({ made: false });
    expect(commands).toHaveLength(2);
  });
});

describe('an environment that cannot be made', () => {
  testPython('is an error with the command to repeat, and made anew by the next try', async () => {
    execFileSync(PYTHON, ['-c', MAKE_WHEEL, wheel]);
    const target = join(folder, 'failing');
    const options = { uv: HAS_UV, python: PYTHON };
    const missing = join(folder, 'nowhere-1.0-py3-none-any.whl');
    const failure = await failureOf(makeEnvironment(target, probe(missing), options));
    expect(failure).toMatchObject({
      code: 'teachers/install-failed',
      hint: expect.stringMatching(/then run: .*install.*nowhere-1\.0/),
    });
    expect(await makeEnvironment(target, probe(wheel), options)).toMatchObject({ made: true });
  });

  testPython('never removes a folder that is something else', async () => {
    const target = join(folder, 'thesis');
    mkdirSync(target);
    writeFileSync(join(target, 'thesis.tex'), 'years');
    const failure = await failureOf(makeEnvironment(target, probe(wheel), { python: PYTHON }));
    expect(failure).toMatchObject({ name: 'FileSystemError', code: 'fs/already-exists' });
    expect(readFileSync(join(target, 'thesis.tex'), 'utf8')).toBe('years');
  });

  testPython('stops when told to', async () => {
    const stop = new AbortController();
    const failure = await failureOf(
      makeEnvironment(join(folder, 'stopped'), probe(wheel), {
        python: PYTHON,
        signal: stop.signal,
        onEvent: () => {
          stop.abort();
        },
      }),
    );
    expect(failure).toMatchObject({ name: 'AbortedError' });
  });

  testPython('needs a Python that is new enough', async () => {
    const contents = { requirements: [wheel], minimum: '3.999' };
    const target = join(folder, 'future');
    const failure = await failureOf(
      makeEnvironment(target, contents, { uv: false, python: PYTHON }),
    );
    expect(failure).toMatchObject({
      code: 'teachers/old-package',
      expected: 'Python 3.999 or newer',
    });
  });

  test('has a name that is known', async () => {
    const failure = await failureOf(installTeacherEnvironment('gfn9-xtb', join(folder, 'x')));
    expect(failure).toMatchObject({
      code: 'teachers/unknown-teacher',
      expected: expect.stringContaining('gfn2-xtb'),
    });
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});

describe('where environments are', () => {
  const saved = { ...process.env };
  afterAll(() => {
    for (const name of ['MLFFD_ENVIRONMENTS', 'XDG_DATA_HOME', 'MLFFD_PYTHON']) {
      if (saved[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = saved[name];
    }
  });

  test('follows the variables', () => {
    delete process.env.MLFFD_ENVIRONMENTS;
    process.env.XDG_DATA_HOME = '/data';
    expect(environmentFolder('ase-emt')).toBe('/data/mlffd/environments/ase-emt');
    process.env.XDG_DATA_HOME = '';
    expect(environmentFolder('ase-emt')).toMatch(/\.local\/share\/mlffd\/environments\/ase-emt$/);
    process.env.MLFFD_ENVIRONMENTS = '/envs';
    expect(environmentFolder('ase-emt')).toBe('/envs/ase-emt');
  });

  testPython('a preset finds its own, others take the PATH', async () => {
    delete process.env.MLFFD_PYTHON;
    process.env.MLFFD_ENVIRONMENTS = join(folder, 'all');
    const programs = join(environmentFolder('ase-emt'), 'bin');
    mkdirSync(programs, { recursive: true });
    symlinkSync(PYTHON, join(programs, 'python'));
    const own = await findPython({ preset: 'ase-emt' });
    expect(own.origin).toBe('environment');
    expect(own.executable).toBe(join(programs, 'python'));
    expect((await findPython({ preset: 'gfn2-xtb' })).origin).toBe('PATH');
    process.env.MLFFD_PYTHON = PYTHON;
    expect((await findPython({ preset: 'ase-emt' })).origin).toBe('MLFFD_PYTHON');
  });
});
