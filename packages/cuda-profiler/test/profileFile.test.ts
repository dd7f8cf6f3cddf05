import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  compareProfiles,
  PROFILE_SCHEMA,
  type ProfileRecord,
  profileReport,
  readProfile,
  writeProfile,
} from '../src/index.ts';
import { profileOf, row } from './profiles.ts';

let folder: string;
let profile: ProfileRecord;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-profile-test-'));
  profile = await profileOf({ power: () => 12 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The same profile with all stretches so many times as long. */
function slower(factor: number): ProfileRecord {
  const systems = profile.systems.map((system) => ({
    ...system,
    blocks: system.blocks.map((time) => factor * time),
  }));
  return { ...profile, systems };
}

describe('profileSystems', () => {
  test('profiles every structure and fits the law of the cost', () => {
    expect(profile.systems.map(({ name, atoms, edges }) => [name, atoms, edges])).toEqual([
      ['argon-2', 2, 2],
      ['argon-12', 12, 22],
      ['argon-40', 40, 78],
    ]);
    expect(profile.law).toMatchObject({ variable: 'edges', sizes: 3 });
    for (const system of profile.systems) {
      expect(system.calls + system.warmup.calls).toBe(120);
      expect(system.memory).toMatchObject({ leaks: false, calls: 40, samples: 21 });
      expect(system.allocation?.heap).toBeGreaterThan(0);
      expect(system.energy).toMatchObject({ power: 12, idlePower: 12, reliable: false });
      expect(Object.keys(system.peaks)).toEqual(['calls', 'memory']);
      expect(system.course.length).toBeGreaterThan(10);
    }
  });

  test('stops in time, and does not watch memory that it has no time for', async () => {
    const slow = {
      name: 'slow',
      properties: ['energy'],
      calculate: () =>
        new Promise<{ energy: number }>((resolve) => {
          setTimeout(() => {
            resolve({ energy: 0 });
          }, 5);
        }),
      dispose: () => undefined,
    } as const;
    const fractions: number[] = [];
    const found = await profileOf({
      calculator: slow,
      systems: [row(2)],
      calls: 1e6,
      memoryCalls: 1e6,
      seconds: 0.1,
      subject: { name: '', hash: 'b', details: {} },
      onEvent: (event) => {
        if (event.type === 'progress') fractions.push(event.fraction);
      },
    });
    const [{ calls, warmup, memory, edges }] = found.systems;
    expect(calls + warmup.calls).toBeGreaterThanOrEqual(10);
    expect(calls + warmup.calls).toBeLessThan(100);
    expect({ memory, edges, law: found.law }).toEqual({ memory: null, edges: null, law: null });
    expect(found.subject.name).toBe('slow');
    expect(fractions.at(-1)).toBe(1);
  });

  test('leaves out sizes that would take too long, and says so', async () => {
    const calculate = (): Promise<{ energy: number }> =>
      new Promise((resolve) => {
        setTimeout(() => {
          resolve({ energy: 0 });
        }, 10);
      });
    const leftOut: [string, number][] = [];
    const found = await profileOf({
      calculator: { name: 'slow', properties: ['energy'], calculate, dispose: () => undefined },
      systems: [row(2), row(4), row(40), row(100)],
      calls: 10,
      memoryCalls: 0,
      // Of some 10 ms at the first two; a hundred times as much at ten times the atoms.
      longestCall: 0.5,
      onEvent: (event) => {
        if (event.type === 'left-out') leftOut.push([event.system, event.expected]);
      },
    });
    expect(found.systems.map(({ name }) => name)).toEqual(['argon-2', 'argon-4']);
    const expected = (100 * found.systems[1].latency.p50) / 1000;
    expect(leftOut).toEqual([
      ['argon-40', expected],
      ['argon-100', expected],
    ]);
  });

  test('needs a structure', async () => {
    await expect(profileOf({ systems: [] })).rejects.toMatchObject({
      code: 'profiler/no-systems',
    });
  });
});

describe('files of profiles', () => {
  test('hold all of it', () => {
    const path = join(folder, 'profile.json');
    writeProfile(path, profile);
    expect(readProfile(path)).toEqual(profile);
  });

  test.each<[string, (text: string) => string, string]>([
    ['nothing', () => '', 'profiler/invalid-profile'],
    ['half of it', (text) => text.slice(0, 3000), 'profiler/invalid-profile'],
    ['no profile', () => '{"format": "else"}', 'profiler/invalid-profile'],
    ['null', () => 'null', 'profiler/invalid-profile'],
    [
      'another version',
      (text) => text.replace(`"schema": ${PROFILE_SCHEMA}`, '"schema": 99'),
      'profiler/other-schema',
    ],
    ['a field less', (text) => text.replace('"p99"', '"p98"'), 'profiler/invalid-profile'],
  ])('are refused where they hold %s', (_, damage, code) => {
    const path = join(folder, 'damaged.json');
    writeProfile(path, profile);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(() => readProfile(path)).toThrow(expect.objectContaining({ code }));
  });
});

describe('compareProfiles', () => {
  test('is too slow beyond the limit, and not by chance', () => {
    const limit = 0.1;
    const same = compareProfiles(profile, profile, { limit });
    expect(same).toHaveLength(3);
    expect(same[0]).toMatchObject({ ratio: 1, tooSlow: false, significant: false, tail: 1 });
    const slow = compareProfiles(slower(50), profile, { limit });
    expect(slow.every(({ tooSlow, significant }) => tooSlow && significant)).toBe(true);
    const fast = compareProfiles(slower(0.02), profile, { limit });
    expect(fast.some(({ tooSlow }) => tooSlow)).toBe(false);
    expect(fast.every(({ significant }) => significant)).toBe(true);
  });

  test('knows another subject, and refuses other machines and structures', () => {
    const other = { ...profile, subject: { ...profile.subject, details: { threads: 2 } } };
    expect(compareProfiles(profile, other, { limit: 1 })[0].sameSubject).toBe(false);
    const machine = { ...profile.machine, cores: profile.machine.cores + 6 };
    expect(() => compareProfiles(profile, { ...profile, machine }, { limit: 1 })).toThrow(
      expect.objectContaining({
        code: 'profiler/other-machine',
        found: expect.stringContaining(`cores: ${machine.cores}, here`),
      }),
    );
    const systems = profile.systems.map((system) => ({ ...system, hash: 'else' }));
    expect(() => compareProfiles(profile, { ...profile, systems }, { limit: 1 })).toThrow(
      expect.objectContaining({ code: 'profiler/nothing-in-common' }),
    );
  });
});

describe('profileReport', () => {
  test('shows all that there is', async () => {
    const comparisons = compareProfiles(slower(50), profile, { limit: 0.1 });
    const html = await profileReport({
      profile,
      comparisons,
      limit: 0.1,
      hotspots: [
        {
          source: 'a trace',
          by: 'operator',
          runs: 10,
          wall: 100,
          rows: [{ name: 'MatMul', time: 60, share: 0.6, count: 3 }],
          overhead: [{ name: 'between operators', time: 38, share: 0.38, count: 1 }],
          error: 0.02,
        },
      ],
    });
    for (const text of [
      'What a call costs',
      'Distribution of the time of a call',
      'Against a baseline',
      'Time of a call by size',
      'Growth per call',
      'Energy of a call',
      'Hotspots by operator',
      'MatMul',
      'Over time, argon-40',
      'Taking the time of a call costs',
    ]) {
      expect(html).toContain(text);
    }
  });

  test('does without what there is not', async () => {
    const [system] = profile.systems;
    const bare = {
      ...system,
      edges: null,
      memory: null,
      allocation: null,
      energy: null,
      drift: null,
      warmup: { calls: 50, settled: false },
    };
    const html = await profileReport({ profile: { ...profile, systems: [bare], law: null } });
    expect(html).toContain('Not watched');
    expect(html).toContain('had not settled');
    expect(html).not.toContain('Against a baseline');
  });

  test('names a leak', async () => {
    const [system] = profile.systems;
    if (system.memory === null) throw new Error('not watched');
    const { growth } = system.memory;
    const heapUsed = { ...growth.heapUsed, slope: 1000, grows: true };
    const memory = { ...system.memory, leaks: true, growth: { ...growth, heapUsed } };
    const html = await profileReport({
      profile: { ...profile, systems: [{ ...system, memory }], law: null },
    });
    expect(html).toMatch(/1,?000/);
  });
});
