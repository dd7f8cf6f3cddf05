import { expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { createTeacher, teacherFingerprint } from '../src/index.ts';

test('the example of the README', async () => {
  const a = 5.64;
  const salt = createAtoms({
    symbols: ['Na', 'Cl'],
    positions: [0, 0, 0, a / 2, 0, 0],
    cell: [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
    pbc: [true, true, true],
  });
  const teacher = await createTeacher({ type: 'chgnet', threads: 1 });
  const { energy, forces, stress } = await teacher.calculate(salt, ['energy', 'forces', 'stress']);
  await teacher.dispose();
  expect(energy).toBeCloseTo(-7.33, 1);
  expect(Math.max(...forces!.map(Math.abs))).toBeLessThan(1e-3);
  expect(stress).toHaveLength(6);
  expect(await teacherFingerprint('chgnet')).toMatch(/^[0-9a-f]{64}$/);
});
