import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TEACHERS } from '@mlffd/teachers';
import { mlffd } from './support/mlffd.ts';

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
