import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BOHR, CalculatorPool, createAtoms, HARTREE } from '@mlffd/core';
import fc from 'fast-check';
import { toCellFrame } from '../src/ipi/cellFrame.ts';
import type { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { largestDifference } from './fixtures.ts';
import {
  FakeDriver,
  type FakeDriverOptions,
  freeName,
  listenTest,
  pairAt,
  replyBytes,
} from './ipiSupport.ts';
import { until } from './pythonSupport.ts';

// A few operations in float64 on numbers of order 10.
const ROUNDING = 1e-12;
const CELL = [4, 0, 0, 0.5, 5, 0, 0.25, 0.75, 6];

const teachers: IpiTeacher[] = [];

afterEach(async () => {
  await Promise.all(teachers.splice(0).map(async (teacher) => teacher.dispose()));
});

async function start(
  options: Parameters<typeof listenTest>[0] = {},
  drivers: readonly FakeDriverOptions[] = [{}],
): Promise<{ teacher: IpiTeacher; drivers: FakeDriver[] }> {
  const { teacher } = await listenTest(options);
  teachers.push(teacher);
  const fakes = drivers.map((driver) => new FakeDriver(teacher.address, driver));
  await until(() => teacher.drivers === fakes.length, 'all drivers are there');
  return { teacher, drivers: fakes };
}

describe('the frame of the cell', () => {
  test('keeps distances, and turns forces and virials back', () => {
    const numbers = (length: number): fc.Arbitrary<number[]> =>
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: length,
        maxLength: length,
      });
    fc.assert(
      fc.property(numbers(9), numbers(6), fc.boolean(), (strain, xs, mirrored) => {
        const cell = Float64Array.from(strain, (x, k) => x + (k % 4 === 0 ? 4 : 0));
        if (mirrored) cell.subarray(0, 3).forEach((x, k, row) => (row[k] = -x));
        const positions = Float64Array.from(xs);
        const { structure, back } = toCellFrame({ positions, cell });
        const h = structure.cell;
        expect([h[1], h[2], h[5]]).toEqual([0, 0, 0]);
        expect(Math.min(h[0], h[4], h[8])).toBeGreaterThan(0);
        // Vectors and the outer products of cell vectors are turned as forces and virials are.
        const outer = (m: Float64Array): Float64Array =>
          Float64Array.from({ length: 9 }, (_, k) => m[Math.floor(k / 3)] * m[3 + (k % 3)]);
        const answer = back({ energy: 1, forces: structure.positions, virial: outer(h) });
        expect(largestDifference(answer.forces, positions)).toBeLessThan(ROUNDING);
        expect(largestDifference(answer.virial, outer(cell))).toBeLessThan(100 * ROUNDING);
      }),
      { seed: 1 },
    );
  });

  test('a cell that is there is sent as it is', () => {
    const structure = { positions: Float64Array.of(1, 2, 3), cell: Float64Array.from(CELL) };
    expect(toCellFrame(structure).structure).toBe(structure);
  });
});

test('units, and the sign and order of the virial', async () => {
  const { teacher, drivers } = await start();
  const atoms = createAtoms({
    symbols: ['Cu', 'Cu'],
    positions: [0, 0, 0, 2, 0, 0],
    cell: CELL,
    pbc: true,
  });
  const { energy, forces, stress } = await teacher.calculate(atoms, ['energy', 'forces', 'stress']);
  // The driver answers x of the second atom in Bohr as Hartree, and the numbers 1, 2, 3, ...
  expect(Math.abs(energy! - (2 / BOHR) * HARTREE)).toBeLessThan(ROUNDING);
  const unit = HARTREE / BOHR;
  expect(
    largestDifference(
      forces!,
      [1, 2, 3, 4, 5, 6].map((x) => x * unit),
    ),
  ).toBeLessThan(1e-10);
  // Virial rows 1 2 3, 4 5 6, 7 8 9: xx yy zz, and yz xz xy as means; tension is positive.
  const voigt = [1, 5, 9, 7, 5, 3].map((w) => (-w * HARTREE) / (4 * 5 * 6));
  expect(largestDifference(stress!, voigt)).toBeLessThan(ROUNDING);
  expect([...drivers[0].questions[0].cells].slice(0, 3)).toEqual(
    [4, 0.5, 0.25].map((x) => x / BOHR),
  );
});

test.each([
  ['upper', [1, 2, 3, 0, 4, 5, 0, 0, 6]],
  ['lower', [1, 0, 0, 2, 4, 0, 3, 5, 6]],
])('a virial of which only the %s triangle is sent', async (_, virials) => {
  const answer = (): Buffer =>
    replyBytes({ energies: [0], atoms: 2, forces: [0, 0, 0, 0, 0, 0], virials });
  const { teacher } = await start({}, [{ answer }]);
  const { stress } = await teacher.calculate(pairAt(2), ['stress']);
  const voigt = [1, 4, 6, 5, 3, 2].map((w) => (-w * HARTREE) / 1000);
  expect(largestDifference(stress!, voigt)).toBeLessThan(ROUNDING);
});

describe('conversations', () => {
  test('consolidated and with the status between; EXIT at the end', async () => {
    const path = freeName('talk');
    const { teacher, drivers } = await start({ path });
    await teacher.calculate(pairAt(2), ['energy']);
    await teacher.dispose();
    await drivers[0].closed;
    const [hello, question] = ['STATUS', ['STATUS', 'POSDATA', 'GETFORCE']];
    expect(drivers[0].headers).toEqual([hello, ...question, 'EXIT']);
    expect(existsSync(`/tmp/ipi_${path}`)).toBe(false);

    const polled = await start({ consolidated: false });
    await polled.teacher.calculate(pairAt(2), ['energy']);
    expect(polled.drivers[0].headers).toEqual([hello, 'STATUS', 'POSDATA', 'STATUS', 'GETFORCE']);
  });

  test('INIT where a driver asks for it, with the index of the bead', async () => {
    const needs = { first: 'NEEDINIT' };
    const { teacher, drivers } = await start({ init: 'model:a' }, [needs, {}, needs]);
    await Promise.all([2, 3, 4].map((x) => teacher.calculate(pairAt(x), ['energy'])));
    expect(drivers.flatMap(({ inits }) => inits.map(({ text }) => text))).toEqual([
      'model:a',
      'model:a',
    ]);
    const indices = drivers.map(({ inits }) => inits.map(({ index }) => index));
    expect(indices).toEqual([[0], [], [2]]);
    const plain = await start({}, [needs]);
    expect(plain.drivers[0].inits).toEqual([{ index: 0, text: '\0' }]);
  });

  test('batches: filled up, each structure with its own answer', async () => {
    const { teacher, drivers } = await start({ batchSize: 4 }, [{ first: 'NEEDINIT' }]);
    expect(drivers[0].inits).toEqual([{ index: 0, text: 'batch_size:4' }]);
    expect(teacher.concurrency).toBe(4);
    const xs = [2, 2.5, 3, 3.5, 4, 4.5];
    const ask = ['energy', 'forces', 'stress'] as const;
    const answers = await Promise.all(xs.map((x) => teacher.calculate(pairAt(x), ask)));
    const unit = HARTREE / BOHR;
    for (const [k, { energy, forces, stress }] of answers.entries()) {
      expect(Math.abs(energy! - xs[k] * unit)).toBeLessThan(1e-10);
      const place = k % 4;
      expect(Math.abs(forces![0] - (6 * place + 1) * unit)).toBeLessThan(1e-10);
      expect(Math.abs(stress![0] + ((9 * place + 1) * HARTREE) / 1000)).toBeLessThan(ROUNDING);
    }
    const sent = drivers[0].questions.map(({ positions }) =>
      [3, 9, 15, 21].map((at) => Math.round(positions[at] * BOHR * 10) / 10),
    );
    expect(sent).toEqual([
      [2, 2.5, 3, 3.5],
      [4, 4.5, 4.5, 4.5],
    ]);
  });

  test('a driver that does not ask for INIT gets one structure at a time', async () => {
    const { teacher, drivers } = await start({ batchSize: 4 });
    expect(teacher.concurrency).toBe(1);
    await Promise.all([2, 3].map((x) => teacher.calculate(pairAt(x), ['energy'])));
    expect(drivers[0].questions).toHaveLength(2);
  });

  test('structures of other sizes go into other batches', async () => {
    const { teacher, drivers } = await start({ batchSize: 2, checkSpecies: false }, [
      { first: 'NEEDINIT' },
    ]);
    const single = createAtoms({ symbols: ['Cu'], positions: [1, 0, 0] });
    const structures = [pairAt(2), single, pairAt(3), single];
    const answers = await Promise.all(
      structures.map((atoms) => teacher.calculate(atoms, ['forces'])),
    );
    expect(answers.map(({ forces }) => forces!.length)).toEqual([6, 3, 6, 3]);
    expect(drivers[0].questions.map(({ positions }) => positions.length)).toEqual([12, 6]);
  });
});

test('several drivers work side by side, also below a pool', async () => {
  const { teacher, drivers } = await start({ elements: [29], stress: false }, [{}, {}, {}]);
  expect(teacher.concurrency).toBe(3);
  expect(teacher.properties).toEqual(['energy', 'forces']);
  const pool = new CalculatorPool([teacher]);
  const xs = Array.from({ length: 30 }, (_, k) => 2 + k / 10);
  const answers = await Promise.all(xs.map(async (x) => pool.calculate(pairAt(x), ['energy'])));
  const unit = HARTREE / BOHR;
  expect(
    largestDifference(
      answers.map(({ energy }) => energy! / unit),
      xs,
    ),
  ).toBeLessThan(1e-12);
  expect(drivers.every(({ questions }) => questions.length >= 1)).toBe(true);
});

test('a cluster with dependent lattice vectors is sent as it is', async () => {
  const { teacher, drivers } = await start();
  const cell = [1, 2, 3, 2, 4, 6 + 1e-12, 0, 0, 1];
  const atoms = createAtoms({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2, 0, 0], cell });
  const { forces } = await teacher.calculate(atoms, ['energy', 'forces']);
  expect(Math.abs(forces![0] - HARTREE / BOHR)).toBeLessThan(1e-10);
  expect([...drivers[0].questions[0].inverses].every((x) => x === 0)).toBe(true);
});

test('a process ends although a teacher with an idle driver is left behind', () => {
  const code = `
    const [teacher, net] = await Promise.all([import('./dist/ipi/ipiTeacher.js'), import('node:net')]);
    const onEvent = (event) => {
      if (event.type !== 'listening') return;
      const driver = net.connect(event.address.port, '127.0.0.1');
      driver.on('data', () => driver.write('READY       ')).unref();
    };
    const { drivers } = await teacher.IpiTeacher.listen({ port: 0, onEvent });
    process.stdout.write(String(drivers));`;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(run).toMatchObject({ status: 0, stdout: '1', signal: null });
});

test('a structure may be changed by its owner as soon as it was asked about', async () => {
  const { teacher } = await start();
  const atoms = pairAt(2);
  const answer = teacher.calculate(atoms, ['energy']);
  atoms.positions.fill(0);
  expect(Math.abs((await answer).energy! - (2 * HARTREE) / BOHR)).toBeLessThan(ROUNDING * 10);
});
