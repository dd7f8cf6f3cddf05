import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CalculatorPool, createAtoms } from '@mlffd/core';
import { createTeacher, ThreadTeacher } from '../src/index.ts';

const salt = createAtoms({
  symbols: ['Na', 'Cl'],
  positions: [0, 0, 0, 2.9, 0.1, 0],
  cell: [5.6, 5.7, 5.8],
  pbc: true,
});

describe('a teacher in a thread of its own', () => {
  let thread: ThreadTeacher;
  beforeAll(async () => {
    thread = await ThreadTeacher.start('chgnet');
  });
  afterAll(async () => {
    await thread.dispose();
  });

  test('says of itself and answers what the teacher does, to the last bit', async () => {
    const direct = await createTeacher('chgnet');
    expect(thread.name).toBe(direct.name);
    expect(thread.properties).toEqual(direct.properties);
    expect(thread.elements).toEqual(direct.elements);
    const wanted = ['energy', 'forces', 'stress'] as const;
    expect(await thread.calculate(salt, wanted)).toEqual(await direct.calculate(salt, wanted));
    await direct.dispose();
  });

  test('answers calls that overlap in order', async () => {
    const energies = await Promise.all(
      [0, 0.1, 0.2].map(async (shift) => {
        const positions = salt.positions.map((x, k) => (k === 3 ? x + shift : x));
        return (await thread.calculate({ ...salt, positions }, ['energy'])).energy;
      }),
    );
    for (const [k, shift] of [0, 0.1, 0.2].entries()) {
      const positions = salt.positions.map((x, i) => (i === 3 ? x + shift : x));
      const { energy } = await thread.calculate({ ...salt, positions }, ['energy']);
      expect(energies[k]).toBe(energy);
    }
  });

  test('passes errors on with their kind and goes on', async () => {
    const astatine = { ...salt, numbers: Int32Array.of(85, 17) };
    await expect(thread.calculate(astatine, ['energy'])).rejects.toMatchObject({
      name: 'UnsupportedElementError',
      code: 'calculator/unsupported-element',
    });
    expect((await thread.calculate(salt, ['energy'])).energy).toBeLessThan(0);
  });
});

test('several in a pool answer as one', async () => {
  const spec = { type: 'lj', epsilon: 0.01, sigma: 2.5, cutoff: 5 } as const;
  const pool = new CalculatorPool([
    await ThreadTeacher.start(spec),
    await ThreadTeacher.start(spec),
  ]);
  const direct = await createTeacher(spec);
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => pool.calculate(salt, ['forces'])),
  );
  for (const answer of answers) expect(answer).toEqual(await direct.calculate(salt, ['forces']));
  await pool.dispose();
});

test('a teacher that cannot be made is an error of the start', async () => {
  await expect(
    ThreadTeacher.start({ type: 'chgnet', modelPath: '/nowhere/model.onnx' }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^fs\//) });
});

test('a closed thread refuses calls', async () => {
  const thread = await ThreadTeacher.start('lj');
  await thread.dispose();
  await expect(thread.calculate(salt, ['energy'])).rejects.toMatchObject({
    name: 'MlffdError',
    code: 'calculator/disposed',
  });
  await thread.dispose();
});
