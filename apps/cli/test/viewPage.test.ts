import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAtoms, type Calculator, type Results } from '@mlffd/core';
import { initializeParameters, saveStudent } from '@mlffd/student';
import { serveSite, type SiteServer } from '../src/commands/view/server.ts';
import { siteOf } from '../src/commands/view/site.ts';
import { Engine } from '../view/engine.ts';
import { driftText, paceText, rateText, timeText } from '../view/format.ts';
import { formulaOf } from '../view/formula.ts';
import { RateMeter } from '../view/rateMeter.ts';
import { fetchBytes, fetchStudent, structuresOf } from '../view/studentFiles.ts';
import { troubleOf } from '../view/trouble.ts';

/** Two atoms on a spring of the given stiffness, eV/Angstrom^2, and a rest length of 1 Angstrom. */
function spring(stiffness: number): Calculator {
  return {
    name: 'spring',
    properties: ['energy', 'forces'],
    cutoff: 3,
    calculate({ positions: r }): Results {
      const length = Math.hypot(r[3] - r[0], r[4] - r[1], r[5] - r[2]);
      const pull = (stiffness * (length - 1)) / length;
      const half = [0, 1, 2].map((k) => pull * (r[3 + k] - r[k]));
      return {
        energy: 0.5 * stiffness * (length - 1) ** 2,
        forces: Float64Array.from([...half, ...half.map((f) => -f)]),
      };
    },
    dispose: () => undefined,
  };
}

const pair = createAtoms({ symbols: ['N', 'N'], positions: [0, 0, 0, 0, 0, 1] });
const settings = { temperature: 300, timestep: 0.5, thermostat: false };
/** Oscillation of the energy of velocity Verlet at this step and spring, meV/atom. */
const STEP_ERROR = 0.5;

describe('the engine of the page', () => {
  test('makes steps, and keeps the energy', () => {
    const engine = new Engine(spring(30), pair, settings);
    engine.resume();
    for (let k = 0; k < 20; k++) engine.advance(1);
    const { positions, sample } = engine.snapshot();
    expect(positions).toHaveLength(6);
    expect(sample.step).toBeGreaterThanOrEqual(20);
    expect(sample.time).toBeCloseTo(0.5 * sample.step, 9);
    expect(sample.stepsPerSecond).toBeGreaterThan(0);
    expect(sample.nsPerDay).toBeCloseTo(0.0864 * 0.5 * sample.stepsPerSecond, 9);
    expect(Math.abs(sample.drift)).toBeLessThan(STEP_ERROR);
  });

  test('goes on with a thermostat, and with another time step', () => {
    const engine = new Engine(spring(30), pair, settings);
    engine.advance(1);
    engine.change({ ...settings, temperature: 900 });
    const before = engine.snapshot().sample;
    engine.change({ temperature: 900, timestep: 0.25, thermostat: true });
    expect(engine.snapshot().sample.drift).toBeCloseTo(before.drift, 9);
    engine.advance(1);
    const { sample } = engine.snapshot();
    expect(sample.time - before.time).toBeCloseTo(0.25 * (sample.step - before.step), 9);
    expect(Math.abs(sample.drift)).toBeLessThan(STEP_ERROR);
  });

  test('stops when an atom leaves', () => {
    const engine = new Engine(spring(0), pair, { ...settings, temperature: 1000 });
    const run = (): void => {
      for (let k = 0; k < 1e5; k++) engine.advance(0);
    };
    expect(run).toThrow(expect.objectContaining({ code: 'view/flew-apart' }));
  });

  test('lets atoms that start alone stay alone', () => {
    const far = createAtoms({ symbols: ['N', 'N'], positions: [0, 0, 0, 0, 0, 9] });
    const engine = new Engine(spring(0), far, settings);
    for (let k = 0; k < 200; k++) engine.advance(0);
    expect(engine.snapshot().sample.step).toBe(200);
  });
});

describe('what is beside the page', () => {
  let folder: string;
  let server: SiteServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlffd-page-'));
    const page = join(folder, 'page');
    mkdirSync(page);
    writeFileSync(join(page, 'index.html'), '');
    const config = {
      features: 8,
      interactions: 1,
      radialBasis: { type: 'bessel', count: 4 },
      cutoff: 4,
      cutoffFunction: 'polynomial',
    } as const;
    const energies = new Float64Array(100);
    energies.set([-1], 7);
    const student = join(folder, 'nitrogen', 'student');
    await saveStudent(student, {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies, scale: 1, elements: [7] },
      provenance: {},
    });
    server = await serveSite(siteOf({ student, structures: [pair, pair], page }), 0);
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is read and checked: the student, given structures, then its own', async () => {
    const { name, student, structures } = await fetchStudent(new URL(server.url));
    expect(name).toBe('nitrogen');
    expect(student.baseline.elements).toEqual([7]);
    expect(structures.map(({ label }) => label)).toEqual([
      'N₂ · structure 1',
      'N₂ · structure 2',
      'N₈ · test structure 1',
    ]);
    expect(structures[0].atoms.positions).toEqual(pair.positions);
    expect(structures[2].atoms.pbc).toEqual([true, true, true]);
  });

  test('is missed with a message that says what to do', async () => {
    await expect(fetchBytes(new URL('gone.wasm', server.url))).rejects.toMatchObject({
      code: 'view/missing-file',
      found: 'HTTP 404',
    });
    await expect(fetchBytes(new URL('http://127.0.0.1:1/x'))).rejects.toMatchObject({
      code: 'view/missing-file',
      found: 'no answer',
    });
  });
});

describe('what the page says', () => {
  test('rates, times and drifts', () => {
    expect([rateText(0), rateText(4.26), rateText(23456.7)]).toEqual(['–', '4.3', '23,457']);
    expect([paceText(0), paceText(0.523), paceText(812.3)]).toEqual(['–', '0.52', '812']);
    expect([timeText(250), timeText(12_345), timeText(2.5e6)]).toEqual([
      '250 fs',
      '12.35 ps',
      '2.500 ns',
    ]);
    expect([driftText(0.0123), driftText(-4.567), driftText(1234)]).toEqual([
      '+0.012',
      '−4.57',
      '+1234',
    ]);
  });

  test('formulas in the order of Hill', () => {
    const formula = (symbols: string[]): string =>
      formulaOf(createAtoms({ symbols, positions: new Float64Array(3 * symbols.length) }));
    expect(formula(['O', 'H', 'C', 'H', 'H', 'Br'])).toBe('CH₃BrO');
    expect(formula(['O', 'H', 'H'])).toBe('H₂O');
    expect(formula(new Array<string>(12).fill('Ar'))).toBe('Ar₁₂');
  });

  test('files by their name and frame', () => {
    const text = '1\n\nAr 0 0 0\n';
    const label = (content: string): string[] =>
      structuresOf(content, { where: 'a.xyz', origin: 'a.xyz' }).map((item) => item.label);
    expect(label(text)).toEqual(['Ar · a.xyz']);
    expect(label(text + text)).toEqual(['Ar · a.xyz 1', 'Ar · a.xyz 2']);
  });

  test('errors: ours with what to do, others by their message', () => {
    let error: unknown;
    try {
      structuresOf('', { where: 'a.xyz', origin: 'a.xyz' });
    } catch (caught) {
      error = caught;
    }
    expect(troubleOf(error)).toMatchObject({ code: 'extxyz/empty', found: 'nothing' });
    expect(troubleOf(new TypeError('odd'))).toEqual({ message: 'odd', code: 'view/error' });
  });
});

test('steps per second are those of the last second and a half', () => {
  const meter = new RateMeter();
  expect(meter.perSecond).toBe(0);
  meter.restart(0, 0);
  for (let second = 1; second <= 4; second++) meter.mark(1000 * second, 100 * second);
  meter.mark(5000, 900);
  expect(meter.perSecond).toBe(300);
  meter.restart(9000, 900);
  expect(meter.perSecond).toBe(0);
});
