import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isMlffdError } from '@mlffd/core';
import { settingsOf, usesOf } from '../src/commands/validate/flags.ts';
import { openStudent, studentNames } from '../src/commands/validate/students.ts';
import { systemsFor } from '../src/commands/validate/systems.ts';
import { inconsistencyOf } from '../src/commands/validate/teacherFloor.ts';
import { VIEWER_FALLBACK, withViewer } from '../src/commands/validate/report/viewer.ts';

const folder = mkdtempSync(join(tmpdir(), 'mlffd-cli-validate-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (error) {
    return isMlffdError(error) ? error.code : String(error);
  }
}

describe('what is validated on', () => {
  const none: [] = [];

  test('molecules and crystals by name', async () => {
    const flags = { systems: 'water smiles:C rocksalt:Na,Cl:5.69 fcc:Cu:3.6:2 water', most: 9 };
    const systems = await systemsFor(flags, none);
    expect(systems.map(({ name }) => name)).toEqual(['H2O', 'CH4', 'Cl4Na4', 'Cu32', 'H2O-2']);
    expect(systems.map(({ relax }) => relax)).toEqual([false, false, false, false, false]);
    expect(systems[3].atoms.pbc).toEqual([true, true, true]);
  });

  test('one structure of a file for each composition, smallest first', async () => {
    const path = join(folder, 'some.xyz');
    const frames = [
      '3\n\nO 0 0 0\nH 0 0 1\nH 0 1 0\n',
      '2\n\nN 0 0 0\nN 0 0 1\n',
      '1\n\nH 0 0 0\n',
    ];
    writeFileSync(path, [...frames, frames[1]].join(''));
    const names = async (most: number): Promise<string[]> =>
      (await systemsFor({ structures: path, most }, none)).map(({ name }) => name);
    expect(await names(5)).toEqual(['N2', 'H2O']);
    expect(await names(1)).toEqual(['N2']);
    writeFileSync(path, frames[2]);
    expect(await codeOf(() => systemsFor({ structures: path, most: 1 }, none))).toBe(
      'usage/no-structures',
    );
  });

  test('nothing that is not known', async () => {
    for (const systems of ['unobtainium', 'rocksalt:Na:5', 'fcc:Cu:x', 'fcc:Cu:3.6:0']) {
      expect(await codeOf(() => systemsFor({ systems, most: 1 }, none))).toBe(
        'usage/unknown-system',
      );
    }
    expect(await codeOf(() => systemsFor({ most: 1 }, [{ folder }]))).toBe('usage/no-structures');
    expect(await codeOf(() => openStudent(folder, 'none'))).toBe('validate/no-student');
  });
});

test('students are told apart by their folders', () => {
  expect(studentNames(['runs/a/student', 'runs/b'])).toEqual(['a', 'b']);
  expect(studentNames(['x/tiny', 'y/tiny/student'])).toEqual(['x-tiny', 'y-tiny']);
  expect(studentNames(['x/tiny', 'x/tiny'])).toEqual(['x-tiny-1', 'x-tiny-2']);
  expect(studentNames(['/a/$$/'])).toEqual(['student']);
});

test('flags change the budget', async () => {
  const settings = settingsOf({
    budget: 'quick',
    temperature: '500',
    picoseconds: '0.2',
    frames: '3',
  });
  expect(settings).toMatchObject({
    temperature: 500,
    picoseconds: 0.2,
    attributionPicoseconds: 0.2,
    frames: 3,
    timestep: 0.5,
  });
  expect(await codeOf(() => settingsOf({ budget: 'quick', temperature: 'hot' }))).toBe(
    'usage/number',
  );
  expect(usesOf('npt, long-nve')).toEqual(['npt', 'long-nve']);
  expect(await codeOf(() => usesOf('npt,forever'))).toBe('usage/unknown-use');
});

describe('the floor of a teacher', () => {
  const floor = {
    structures: 1,
    calls: 10,
    net_force_meV_A: 0,
    torque_meV: null,
    rotation_force_meV_A: 0.1,
    rotation_energy_meV_atom: 0.1,
    curl_part: 0,
    curl_part_resolution: 0,
    failures: [{ check: 'structure', structure: 'odd', error: 'no answer' }],
  } as const;

  test('an error below what differences resolve is none', () => {
    const found = inconsistencyOf({
      ...floor,
      gradient_error_meV_A: 3,
      gradient_resolution_meV_A: 6,
    });
    expect(found.conservative).toBe(true);
    expect(found.figures.map(({ key }) => key)).not.toContain('torque');
    expect(found.notes?.join()).toContain('odd was left out: no answer');
  });

  test('a clear one ends the conservation of energy', () => {
    const found = inconsistencyOf({
      ...floor,
      gradient_error_meV_A: 30,
      gradient_resolution_meV_A: 1,
    });
    expect(found.conservative).toBe(false);
    expect(found.notes?.join()).toContain('no baseline');
  });
});

test('without frames or a place for them a report stays as it is', () => {
  const html = `<html><p>${VIEWER_FALLBACK}</p></html>`;
  expect(withViewer(html, [])).toBe(html);
});
