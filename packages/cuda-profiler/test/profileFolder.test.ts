import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findProfile, type ProfileRecord, profilePath, writeProfile } from '../src/index.ts';
import { profileOf, row } from './profiles.ts';

let folder: string;
let profile: ProfileRecord;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-profile-folder-'));
  profile = await profileOf({ systems: [row(2)], calls: 10, memoryCalls: 0 });
  writeProfile(profilePath(folder, profile), profile);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a folder of baselines', () => {
  test('has one file for each calculator, its settings, and machine', () => {
    const { machine, subject } = profile;
    const others = [
      { machine: { ...machine, cores: machine.cores + 1 }, subject },
      { machine, subject: { ...subject, hash: 'b' } },
      { machine, subject: { ...subject, details: { threads: 2 } } },
    ];
    const names = [profile, ...others].map((key) => basename(profilePath(folder, key)));
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^pairs-[0-9a-f]{8}\.json$/);
    const odd = { machine, subject: { ...subject, name: 'ASE: a/b (../c)' } };
    expect(basename(profilePath(folder, odd))).toMatch(/^ASE-a-b-..-c--[0-9a-f]{8}\.json$/);
    const detailed = (details: Record<string, number>): string =>
      profilePath(folder, { machine, subject: { ...subject, details } });
    expect(detailed({ a: 1, b: 2 })).toBe(detailed({ b: 2, a: 1 }));
  });

  test('gives the profile of a calculator on a machine, and tells what it has instead', () => {
    expect(findProfile(folder, profile)).toEqual(profile);
    writeFileSync(join(folder, 'notes.txt'), 'no profile');
    const { machine } = profile;
    const elsewhere = { ...profile, machine: { ...machine, cpu: 'Another' } };
    expect(() => findProfile(folder, elsewhere)).toThrow(
      expect.objectContaining({
        code: 'profiler/no-baseline',
        expected: expect.stringContaining('Another') as unknown,
        found: basename(profilePath(folder, profile)),
      }),
    );
    expect(() => findProfile(join(folder, 'none'), profile)).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});
