import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  type Calculator,
  CalculatorUnavailableError,
  createAtoms,
  InvalidArgumentError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import { type AuditEvent, auditTeacher } from '../src/audit/auditTeacher.ts';
import type { TeacherAudit } from '../src/audit/report.ts';
import { Emt } from '../src/emt/emt.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { Morse } from '../src/morse/morse.ts';
import { CLUSTER, CRYSTAL, DIFFERENCES, ROUNDING, Swirl } from './auditSupport.ts';
import { pair } from './fixtures.ts';

const STRUCTURES = [
  { name: 'crystal', atoms: CRYSTAL },
  { name: 'cluster', atoms: CLUSTER },
];

describe('auditTeacher', () => {
  test('a potential without faults has none', async () => {
    const audit = await auditTeacher(new Emt(), { structures: STRUCTURES });
    expect(audit.failures).toEqual([]);
    const { summary } = audit;
    for (const value of [
      summary.net_force_max_eV_A,
      summary.torque_max_eV,
      summary.repeat_force_max_eV_A,
      summary.rotation_energy_max_eV_atom,
      summary.rotation_force_max_eV_A,
      summary.size_consistency_max_eV_atom,
    ]) {
      expect(value).toBeLessThan(ROUNDING);
    }
    expect(summary.gradient_error_max_eV_A).toBeLessThan(DIFFERENCES);
    expect(summary.curl_part_max).toBeLessThan(DIFFERENCES);
    expect(summary.gradient_resolution_max_eV_A).toBeLessThan(1e3 * DIFFERENCES);
    // EMT ends where its smooth step is 7e-6: ASE's energy of Al2 jumps by 1.1 meV there.
    expect(summary.cutoff_energy_jump_max_eV).toBeCloseTo(1.1e-3, 4);
    // ASE's EMT gives -E0 for a single atom.
    expect(audit.isolated_atoms).toContainEqual({ element: 'Cu', energy_eV: 3.51, error: null });
    expect(audit.structures.map(({ name, torque_eV }) => [name, torque_eV === null])).toEqual([
      ['crystal', true],
      ['cluster', false],
    ]);
    expect(audit.size_consistency.map(({ kind, atoms }) => [kind, atoms])).toEqual([
      ['far-apart', 6],
      ['supercell', 8],
    ]);
    expect(audit.structures[0].latency_min_ms).toBeLessThanOrEqual(
      audit.structures[0].latency_median_ms,
    );
    expect(audit.fingerprint).toBe(new Emt().fingerprint);
  });

  test('is plain data, and the same again but for the times', async () => {
    const untimed = (audit: TeacherAudit): unknown =>
      JSON.parse(JSON.stringify(audit), (key, value: unknown) =>
        key.startsWith('latency') || key === 'repeats' ? undefined : value,
      );
    const first = await auditTeacher(new Morse(), { structures: [CLUSTER], seed: 3 });
    const second = await auditTeacher(new Morse(), { structures: [CLUSTER], seed: 3 });
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(untimed(second)).toEqual(untimed(first));
  });

  test('finds a push, a torque and forces that are no gradient, of the size they have', async () => {
    const audit = await auditTeacher(new Swirl(0.02, 0.3), {
      structures: [CLUSTER],
      coordinates: 9,
    });
    const { positions } = CLUSTER;
    const [ys, xs] = [1, 0].map((axis) => [0, 1, 2].map((i) => positions[3 * i + axis]));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const [found] = audit.structures;
    expect(found.net_force_eV_A).toBeCloseTo(Math.hypot(0.9 - 0.02 * sum(ys), 0.02 * sum(xs)), 10);
    // About the mean position the torque of the swirl is its strength times sum x^2 + y^2 around z,
    // and has x and y components -sum x z and -sum y z.
    const around = (axis: number): number[] => {
      const values = [0, 1, 2].map((i) => positions[3 * i + axis]);
      return values.map((value) => value - sum(values) / 3);
    };
    const [x, y, z] = [around(0), around(1), around(2)];
    const moment = [
      -sum(x.map((value, i) => value * z[i])),
      -sum(y.map((value, i) => value * z[i])),
      sum(x.map((value, i) => value ** 2 + y[i] ** 2)),
    ];
    expect(found.torque_eV).toBeCloseTo(0.02 * Math.hypot(...moment), 10);
    const errors = positions.map((_, k) => {
      const i = 3 * Math.floor(k / 3);
      return [0.3 - 0.02 * positions[i + 1], 0.02 * positions[i], 0][k % 3];
    });
    expect(found.gradient_coordinates).toBe(9);
    expect(found.gradient_error_max_eV_A).toBeCloseTo(Math.max(...errors.map(Math.abs)), 6);
    expect(found.gradient_error_rms_eV_A).toBeCloseTo(
      Math.sqrt(sum([...errors].map((error) => error ** 2)) / 9),
      6,
    );
    expect(found.rotation_energy_spread_eV_atom).toBeLessThan(ROUNDING);
    expect(found.rotation_force_max_eV_A).toBeGreaterThan(0.1);
    // The swirl is stronger where the second copy is, 50 Angstrom away.
    expect(audit.size_consistency[0].force_error_max_eV_A).toBeGreaterThan(0.9);
  });

  test('knows what its differences are good for', async () => {
    // Steps of a third of the width of the well, and energies that are rounded to float32.
    const coarse = await auditTeacher(new Morse(), { structures: [CLUSTER], displacement: 0.3 });
    const rounded = new Morse();
    const calculate = rounded.calculate.bind(rounded);
    rounded.calculate = (atoms, properties) => {
      const results = calculate(atoms, properties);
      return { ...results, energy: Math.fround(results.energy!) };
    };
    const noisy = await auditTeacher(rounded, { structures: [CLUSTER], displacement: 1e-6 });
    for (const { summary } of [coarse, noisy]) {
      expect(summary.gradient_error_max_eV_A).toBeGreaterThan(1e-3);
      // Of the order of the error itself, not of what an exact force leaves.
      expect(summary.gradient_resolution_max_eV_A).toBeGreaterThan(
        0.3 * summary.gradient_error_max_eV_A!,
      );
    }
  });

  test('finds a jump at the cutoff', async () => {
    const structures = [pair(['Ar', 'Ar'], 3.8)];
    const [jumping, smooth] = await Promise.all(
      (['shift', 'shifted-force'] as const).map(async (truncation) =>
        auditTeacher(new LennardJones({ truncation, cutoff: 6 }), { structures }),
      ),
    );
    // The force that `shift` leaves at 6 Angstrom: 24 epsilon (2 x^12 - x^6) / r, x = sigma / r.
    const x6 = (3.405 / 6) ** 6;
    const force = Math.abs((24 * 0.0103235 * (2 * x6 ** 2 - x6)) / 6);
    expect(jumping.cutoffs).toMatchObject([{ elements: ['Ar', 'Ar'], distance_A: 6 }]);
    expect(jumping.summary.cutoff_force_jump_max_eV_A! / force).toBeCloseTo(1, 2);
    expect(smooth.summary.cutoff_force_jump_max_eV_A).toBeLessThan(1e-5);
  });

  test('goes on where the teacher refuses, and tells what', async () => {
    const iron = createAtoms({ symbols: ['Fe', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
    const audit = await auditTeacher(new Emt(), {
      structures: [{ name: 'iron', atoms: iron }, CRYSTAL],
    });
    expect(audit.structures.map(({ name }) => name)).toEqual(['structure 1']);
    expect(audit.isolated_atoms.find(({ element }) => element === 'Fe')).toMatchObject({
      energy_eV: null,
      error: expect.stringContaining('Fe'),
    });
    expect(audit.failures[0]).toMatchObject({ check: 'structure', structure: 'iron' });
    // Two atoms at one place have no finite answer, which is not one.
    const broken = await auditTeacher(new LennardJones(), { structures: [pair(['Ar', 'Ar'], 0)] });
    expect(broken.structures).toEqual([]);
    expect(broken.summary.net_force_max_eV_A).toBeNull();
    expect(broken.failures[0].error).toContain('no finite energy');
  });

  test('a teacher that is gone ends it', async () => {
    const gone: Calculator = {
      name: 'gone',
      properties: ['energy', 'forces'],
      calculate: async () =>
        Promise.reject(new CalculatorUnavailableError('test/gone', 'the process is gone')),
      dispose: () => undefined,
    };
    await expect(auditTeacher(gone, { structures: [CLUSTER] })).rejects.toThrow(
      CalculatorUnavailableError,
    );
  });

  test('tells how far it is, and stops when told to', async () => {
    const events: AuditEvent[] = [];
    await auditTeacher(new Emt(), {
      structures: STRUCTURES,
      onEvent: (event) => events.push(event),
    });
    expect(events.map(({ done }) => done)).toEqual(events.map((_, k) => k));
    expect(events.every(({ total }) => total === events.length)).toBe(true);
    const stop = new AbortController();
    await expect(
      auditTeacher(new Emt(), {
        structures: STRUCTURES,
        signal: stop.signal,
        onEvent: ({ done }) => {
          if (done === 3) stop.abort();
        },
      }),
    ).rejects.toThrow(AbortedError);
  });

  test('unusable options and teachers are refused', async () => {
    for (const options of [
      { structures: [] },
      { structures: [CLUSTER], displacement: 0 },
      { structures: [CLUSTER], rotations: 1.5 },
      { structures: [CLUSTER], directions: 1 },
      { structures: [CLUSTER], sizes: [3, 0] },
      { structures: [CLUSTER], separation: Infinity },
    ]) {
      await expect(auditTeacher(new Emt(), options)).rejects.toThrow(InvalidArgumentError);
    }
    const energyOnly: Calculator = {
      name: 'energy only',
      properties: ['energy'],
      calculate: () => ({ energy: 0 }),
      dispose: () => undefined,
    };
    await expect(auditTeacher(energyOnly, { structures: [CLUSTER] })).rejects.toThrow(
      PropertyNotAvailableError,
    );
  });
});
