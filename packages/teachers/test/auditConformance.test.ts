import { describe, expect, test } from '@jest/globals';
import { type Calculator, CalculatorUnavailableError, createAtoms } from '@mlffd/core';
import { auditTeacher } from '../src/audit/auditTeacher.ts';
import type { TeacherAudit } from '../src/audit/report.ts';
import { ChgnetCalculator } from '../src/chgnet/chgnetCalculator.ts';
import { Emt } from '../src/emt/emt.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { CLUSTER, CRYSTAL, Swirl, Tilted } from './auditSupport.ts';

const STRUCTURES = [
  { name: 'crystal', atoms: CRYSTAL },
  { name: 'cluster', atoms: CLUSTER },
];

const failed = ({ conformance }: TeacherAudit): string[] => [
  ...new Set(conformance.filter(({ passed }) => !passed).map(({ check }) => check)),
];

describe('the conformance suite within an audit', () => {
  test('is passed by a good potential, open and periodic', async () => {
    const audit = await auditTeacher(new Emt(), { structures: STRUCTURES, sizes: [] });
    expect(failed(audit)).toEqual([]);
    const at = (structure: string): number =>
      audit.conformance.filter((own) => own.structure === structure).length;
    expect(at('crystal')).toBeGreaterThan(10);
    expect(at('cluster')).toBeGreaterThan(8);
    expect(audit.failures).toEqual([]);
  });

  test('is passed by CHGNet with the tolerances of float32', async () => {
    const structures = [
      createAtoms({
        symbols: ['Na', 'Cl'],
        positions: [0.04, -0.03, 0.02, 2.8, 2.85, 2.83],
        cell: [0, 2.845, 2.845, 2.845, 0, 2.845, 2.845, 2.845, 0],
        pbc: true,
      }),
    ];
    const teacher = await ChgnetCalculator.load();
    const audit = await auditTeacher(teacher, {
      structures,
      sizes: [2, 16],
      coordinates: 3,
      rotations: 1,
    });
    expect(failed(audit)).toEqual([]);
    // Forces are derivatives of the energy: what is found is the roughness of both.
    expect(audit.structures[0].curl_part).toBeLessThan(5e-3);
    expect(audit.latency.map(({ atoms }) => atoms)).toEqual([2, 16]);
    // The audit does not dispose of what it was given.
    expect((await teacher.calculate(structures[0], ['energy'])).energy).toBeLessThan(-3);
    await teacher.dispose();
  });

  test('fails where it should', async () => {
    const options = { structures: [CLUSTER], sizes: [] };
    const swirl = await auditTeacher(new Swirl(0.05, 0), options);
    expect(failed(swirl)).toEqual(expect.arrayContaining(['forces', 'rotation']));
    const tilted = await auditTeacher(new Tilted(0.05), options);
    expect(failed(tilted)).toContain('rotation');
    expect(failed(tilted)).not.toContain('forces');
    // Within tolerances of one's own nothing is wrong with it.
    const lenient = await auditTeacher(new Tilted(0.05), {
      ...options,
      tolerances: { symmetry: 1, energy: 1 },
    });
    expect(failed(lenient)).not.toContain('rotation');
  });

  test('takes structures that the teacher can do, and tells what a failing check threw', async () => {
    const iron = createAtoms({ symbols: ['Fe', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
    const audit = await auditTeacher(new Emt(), {
      structures: [{ name: 'iron', atoms: iron }, STRUCTURES[1]],
      sizes: [],
    });
    expect(new Set(audit.conformance.map(({ structure }) => structure))).toEqual(
      new Set(['cluster']),
    );
    // A single atom has no neighbour that could be moved, and two at one place have no energy.
    const rude: Calculator = {
      name: 'rude',
      properties: ['energy', 'forces'],
      calculate: (atoms) => {
        if (Number.isNaN(atoms.positions[atoms.positions.length - 1])) throw new Error('no idea');
        return new LennardJones().calculate(atoms, ['energy', 'forces']);
      },
      dispose: () => undefined,
    };
    const argon = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.9, 0.1, 0.2] });
    const found = await auditTeacher(rude, { structures: [argon], sizes: [] });
    const check = found.conformance.find((own) => own.check === 'invalid-atoms');
    expect(check).toMatchObject({ passed: false, detail: expect.stringContaining('no idea') });
  });

  test('a teacher that dies in it ends the audit', async () => {
    let calls = 0;
    const emt = new Emt();
    const mortal: Calculator = {
      name: 'mortal',
      properties: ['energy', 'forces'],
      calculate: (atoms, properties) => {
        // In the middle of the suite: everything before takes fewer than 110 calls.
        if (++calls > 130) throw new CalculatorUnavailableError('test/gone', 'it is gone');
        return emt.calculate(atoms, properties);
      },
      dispose: () => undefined,
    };
    await expect(auditTeacher(mortal, { structures: [CLUSTER] })).rejects.toThrow('it is gone');
  });
});
