import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { writeExtxyz } from '@mlffd/core';
import {
  type IpiTeacherSpec,
  ipiSpecFingerprint,
  parseIpiSpec,
  requireIpiSpec,
  startIpiTeacher,
} from '../src/ipi/ipiSpec.ts';
import { pairAt, PLAIN_DRIVER } from './ipiSupport.ts';
import { failureOf, PYTHON, testPython } from './pythonSupport.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'ipi-spec-'));

afterAll(() => {
  rmSync(FOLDER, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

describe('text', () => {
  test('addresses and options', () => {
    const texts: readonly (readonly [string, IpiTeacherSpec])[] = [
      ['ipi:unix:water', { type: 'ipi', path: 'water' }],
      ['ipi:unix:/run/water', { type: 'ipi', path: '/run/water' }],
      ['ipi:localhost:31415', { type: 'ipi', host: 'localhost', port: 31415 }],
      ['ipi:[::1]:0?drivers=2', { type: 'ipi', host: '::1', port: 0, drivers: 2 }],
      [
        'ipi:unix:si?stress=false&label=7&elements=Si,C&vacuum=8.5',
        {
          type: 'ipi',
          path: 'si',
          stress: false,
          label: '7',
          elements: ['Si', 'C'],
          vacuum: 8.5,
        },
      ],
      [
        'ipi?command=lmp -in in.si -var data {data}',
        { type: 'ipi', command: ['lmp', '-in', 'in.si', '-var', 'data', '{data}'] },
      ],
      ['ipi?command=["lmp","-in","a b"]', { type: 'ipi', command: ['lmp', '-in', 'a b'] }],
    ];
    for (const [text, spec] of texts) expect(parseIpiSpec(text)).toEqual(spec);
    expect(parseIpiSpec('chgnet?threads=1')).toBeUndefined();
  });

  test('what cannot be read', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['ipi:', 'teachers/invalid-arguments'],
      ['ipi:unix:', 'teachers/invalid-arguments'],
      ['ipi:host', 'teachers/invalid-arguments'],
      ['ipi:unix:a?driver=2', 'teachers/unknown-option'],
      ['ipi:unix:a?type=2', 'teachers/unknown-option'],
      ['ipi:unix:a?drivers=two', 'teachers/invalid-option'],
    ];
    for (const [text, code] of wrong) {
      expect(() => parseIpiSpec(text)).toThrow(expect.objectContaining({ code }));
    }
    for (const option of [{ env: { A: 1 } }, { env: [] }, { command: 'lmp' }, { stress: 1 }]) {
      expect(() => {
        requireIpiSpec({ type: 'ipi', ...option });
      }).toThrow(expect.objectContaining({ code: 'teachers/invalid-option' }));
    }
  });
});

describe('fingerprint', () => {
  const input = file('in.si', 'pair_style sw\npair_coeff * * "Si.sw" Si\n');
  const parameters = (text: string): string => file('Si.sw', text);
  const print = async (options: Omit<IpiTeacherSpec, 'type'>): Promise<string> =>
    ipiSpecFingerprint({ type: 'ipi', ...options });

  test('needs a label or a command', async () => {
    const error = await failureOf(print({ path: 'water' }));
    expect(error).toMatchObject({ code: 'teachers/no-label', where: 'teacher, label' });
    expect(await print({ path: 'water', label: 'a' })).toMatch(/^[0-9a-f]{64}$/);
  });

  test('depends on what decides about answers, not on where and how fast', async () => {
    const base = { path: 'water', label: 'TIP4P' };
    const same = await print(base);
    expect(await print({ port: 0, label: 'TIP4P', drivers: 3, timeout: 5 })).toBe(same);
    const others = await Promise.all(
      [
        { label: 'TIP5P' },
        { ...base, vacuum: 5 },
        { ...base, elements: ['O', 'H'] },
        { ...base, init: 'x' },
        { ...base, cellFrame: false },
        { ...base, template: file('pair.extxyz', writeExtxyz([{ atoms: pairAt(2) }])) },
        { ...base, command: ['lmp'] },
      ].map(print),
    );
    expect(new Set([same, ...others]).size).toBe(8);
  });

  test('follows the files of a command, and those that these name', async () => {
    const command = ['lmp', '-in', input];
    parameters('Si Si Si 2.1683');
    const options = { command, cwd: FOLDER };
    const first = await print(options);
    expect(await print(options)).toBe(first);
    parameters('Si Si Si 2.1684');
    expect(await print(options)).not.toBe(first);
    parameters('Si Si Si 2.1683');
    expect(await print(options)).toBe(first);
    const elsewhere = { command, cwd: tmpdir(), env: { LAMMPS_POTENTIALS: FOLDER } };
    expect(await print(elsewhere)).toBe(first);
    writeFileSync(join(FOLDER, 'in.si'), 'pair_style none\n');
    expect(await print(options)).not.toBe(first);
  });
});

testPython('a teacher from text, with a template from a file', async () => {
  const template = file('template.extxyz', writeExtxyz([{ atoms: pairAt(2) }]));
  const spec = parseIpiSpec(`ipi?command=["${PYTHON}","${PLAIN_DRIVER}","unix:{path}"]`);
  const options = { ...spec!, template, elements: ['Cu'], label: 'plain' };
  const teacher = await startIpiTeacher(options);
  expect(teacher.name).toBe('plain');
  expect(teacher.elements).toEqual([29]);
  expect(teacher.fingerprint).toBe(await ipiSpecFingerprint(options));
  expect(await teacher.calculate(pairAt(3), ['energy'])).toHaveProperty('energy');
  await teacher.dispose();
});
