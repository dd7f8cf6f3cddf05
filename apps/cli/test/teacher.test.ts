import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import { auditTeacher, Morse, TEACHERS, type TeacherFloor } from '@mlffd/teachers';
import { EXAMPLES } from '../src/commands/teacher/examples.ts';
import { auditReport } from '../src/output/teacherAudit.ts';
import { findingsOf } from '../src/output/teacherAuditFindings.ts';
import { auditText } from '../src/output/teacherAuditText.ts';
import { floorSection, floorText } from '../src/output/teacherFloor.ts';
import { mlffd } from './support/mlffd.ts';

/** Morse with a wind of 50 meV/Angstrom on every atom, as a direct-force teacher may have. */
class Wind implements Calculator {
  readonly name = 'wind';
  readonly properties: readonly Property[] = ['energy', 'forces'];
  readonly #base = new Morse();

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    const { energy, forces } = this.#base.calculate(atoms, properties);
    return {
      ...(energy === undefined ? {} : { energy }),
      ...(forces === undefined
        ? {}
        : { forces: forces.map((force, k) => (k % 3 === 0 ? force + 0.05 : force)) }),
    };
  }

  dispose(): void {
    // Nothing is held.
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-teacher-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('list names every teacher, with its licence', async () => {
  const { code, stdout } = await mlffd(['teacher', 'list']);
  expect(code).toBe(0);
  for (const name of TEACHERS) expect(stdout).toMatch(new RegExp(`^${name} .*licence `, 'm'));
  expect(stdout).toContain('ase:');
});

describe('check', () => {
  test('measures what can be measured, and says what was refused', async () => {
    const out = join(folder, 'new', 'emt.json');
    const { code, stdout, stderr } = await mlffd(['teacher', 'check', 'emt', '--out', out]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('isolated Cu');
    // EMT has no silicon.
    expect(stdout).toMatch(/not measured: .* of silicon/);
    const audit = JSON.parse(readFileSync(out, 'utf8')) as {
      format: string;
      summary: { gradient_error_max_eV_A: number };
    };
    expect(audit.format).toBe('mlffd-teacher-audit-1');
    // Exact derivatives in float64, and differences of sixth order.
    expect(audit.summary.gradient_error_max_eV_A).toBeLessThan(1e-6);
    expect(stdout).toContain('Nothing here stands in the way of a student.');
  });

  test('draws a page, and takes structures from a file', async () => {
    // Argon that feels a pair jump at 6 Angstrom, far enough from there to be measured.
    const file = join(folder, 'argon.xyz');
    const frame = (x: number): string => `3\n\nAr 0 0 0\nAr ${String(x)} 0.1 0\nAr 1.8 3.3 0.2\n`;
    writeFileSync(file, [3.7, 3.8, 3.9, 4].map(frame).join(''));
    const out = join(folder, 'page');
    const args = ['teacher', 'check', 'lj', '--structures', file, '--most', '2', '-o', out];
    const { code, stdout, stderr } = await mlffd(args);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain(join(out, 'teacher-check.html'));
    const html = readFileSync(join(out, 'teacher-check.html'), 'utf8');
    for (const title of ['The floor of a student', 'At the cutoff', 'Speed', 'Conformance suite']) {
      expect(html).toContain(title);
    }
    expect(html.match(/<svg role="img"|<svg [^>]*viewBox/g)?.length).toBeGreaterThan(2);
    const audit = JSON.parse(readFileSync(join(out, 'teacher-check.json'), 'utf8')) as {
      structures: { name: string }[];
      latency: { atoms: number }[];
    };
    // Evenly spread over the four frames.
    expect(audit.structures.map(({ name }) => name)).toEqual(['frame 1', 'frame 3']);
    expect(audit.latency.map(({ atoms }) => atoms)).toEqual([3, 21, 99, 501]);
  });

  test('an audit with faults says what they mean for a student', async () => {
    const audit = await auditTeacher(new Wind(), { structures: EXAMPLES.slice(1), sizes: [] });
    const warned = findingsOf(audit).filter(({ status }) => status === 'warn');
    expect(warned.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        'Net force per atom',
        'Forces against −dE/dr',
        'Conformance suite: checks passed',
      ]),
    );
    const net = warned.find(({ title }) => title === 'Net force per atom');
    expect(net?.measured).toBeCloseTo(50, 6);
    expect(auditText(audit)).toMatch(/Net force per atom +\| +50.*look/);
    expect(await auditReport(audit)).toContain('things to know before training');
  });

  test('refuses a name that nobody has', async () => {
    const { code, stderr } = await mlffd(['teacher', 'check', 'orb-v9']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('stillinger-weber');
  });
});

test('install refuses what needs no Python', async () => {
  const { code, stderr } = await mlffd(['teacher', 'install', 'chgnet']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('gfn2-xtb');
});

describe('the floor in a sentence', () => {
  const floor: TeacherFloor = {
    structures: 3,
    calls: 126,
    net_force_meV_A: 0.25,
    torque_meV: null,
    rotation_force_meV_A: 1e-9,
    rotation_energy_meV_atom: 0,
    gradient_error_meV_A: 12.3,
    gradient_resolution_meV_A: 0.4,
    curl_part: 0.02,
    curl_part_resolution: 0.001,
    failures: [{ check: 'structure', structure: 'one', error: 'refused' }],
  };

  test('tells what is measured from what differences cannot tell', () => {
    expect(floorText(floor, { ascii: true })).toBe(
      'net force 0.250 meV/A, rotation spread below 0.001 meV/A, non-conservative part 12.3 meV/A',
    );
    const noisy = { ...floor, gradient_resolution_meV_A: 15 };
    expect(floorText(noisy)).toContain('non-conservative part none above 15 meV/Å');
    const nothing = { ...floor, gradient_error_meV_A: null, net_force_meV_A: null };
    expect(floorText(nothing)).toMatch(/net force not measured.*part not measured/);
  });

  test('and as a section, with what was left out', () => {
    const { tables, callouts } = floorSection(floor, 40);
    expect(tables?.[0].rows.find(([what]) => what === 'Curl')?.slice(1, 3)).toEqual([
      '2 %',
      '0.100 %',
    ]);
    expect(callouts).toEqual([{ status: 'info', text: 'one was left out: refused' }]);
  });
});
