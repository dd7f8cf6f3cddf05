import { describe, expect, test } from '@jest/globals';
import type { KernelTeam } from '../src/fused/team.ts';
import { alone, FusedStudent } from './fusedStructures.ts';
import { box, randomStudent, SMALL, water } from './systems.ts';

/**
 * Relative to the largest value: sums of a hundred neighbours in another order, a few roundings of float32
 * (6e-8) each, through three blocks and back.
 */
const ROUNDING = 1e-5;
/**
 * Enough for every order in which threads can meet, sleeping and awake; fewer for three, which wait for
 * one another's time slices where there are two cores.
 */
const CALLS = (threads: number): number => (threads === 2 ? 10_000 : 1000);

const DEEP = { ...SMALL, interactions: 3 };

function deviation(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  let largest = 0;
  let difference = 0;
  for (let k = 0; k < reference.length; k++) {
    largest = Math.max(largest, Math.abs(reference[k]));
    difference = Math.max(difference, Math.abs(values[k] - reference[k]));
  }
  return difference / largest;
}

async function withTeam<T>(fused: FusedStudent, use: (team: KernelTeam) => T): Promise<T> {
  const team = await fused.team();
  try {
    return use(team);
  } finally {
    await team.dispose();
  }
}

describe.each([2, 3])('%i threads', (threads) => {
  test.each([
    ['periodic', box(96)],
    ['all pairs', box(50, 2, false)],
    ['fewer atoms than threads have rows', water()],
  ])('compute what one computes: %s', async (_, atoms) => {
    const student = randomStudent(DEEP);
    const reference = alone(student, atoms);
    const fused = new FusedStudent(student, threads);
    await withTeam(fused, (team) => {
      const structure = fused.place(atoms);
      expect(team.run(fused.image.address, structure.struct.address)).toBe(0);
      const { outputs, forces } = fused.results(structure);
      expect(deviation(outputs, reference.outputs)).toBeLessThan(ROUNDING);
      expect(deviation(forces, reference.forces)).toBeLessThan(ROUNDING);
    });
  });

  test('compute the same bits in every call and every team', async () => {
    const atoms = box(60, 3);
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const fused = new FusedStudent(randomStudent(DEEP), threads);
        return withTeam(fused, (team) => {
          const structure = fused.place(atoms);
          return Array.from({ length: 5 }, () => {
            team.run(fused.image.address, structure.struct.address);
            return fused.results(structure);
          });
        });
      }),
    );
    for (const result of runs.flat()) expect(result).toEqual(runs[0][0]);
  });

  test('meet in many quick calls', async () => {
    const fused = new FusedStudent(randomStudent(), threads);
    const reference = alone(randomStudent(), water());
    await withTeam(fused, (team) => {
      const structure = fused.place(water());
      for (let k = 0; k < CALLS(threads); k++) {
        if (team.run(fused.image.address, structure.struct.address) !== 0) throw new Error();
      }
      expect(deviation(fused.results(structure).forces, reference.forces)).toBeLessThan(ROUNDING);
    });
  });

  test('leave a call together where two atoms are at one place, whose ever they are', async () => {
    const atoms = box(60, 4, false);
    const reference = alone(randomStudent(), atoms);
    const fused = new FusedStudent(randomStudent(), threads);
    await withTeam(fused, (team) => {
      const structure = fused.place(atoms);
      const run = (): number => team.run(fused.image.address, structure.struct.address);
      for (const [a, b] of [
        [0, 1],
        [58, 59],
        [0, 59],
      ]) {
        const together = atoms.positions.slice();
        together.copyWithin(3 * b, 3 * a, 3 * a + 3);
        fused.move(structure, together);
        expect([run(), run()]).toEqual([-1, -1]);
        fused.move(structure, atoms.positions);
        expect(run()).toBe(0);
        const { forces } = fused.results(structure);
        expect(deviation(forces, reference.forces)).toBeLessThan(ROUNDING);
      }
    });
  });
});

test('threads that have slept go on, also in memory that has grown meanwhile', async () => {
  const fused = new FusedStudent(randomStudent(), 2);
  const team = await fused.team({ patience: 20 });
  try {
    const small = fused.place(water());
    expect(team.run(fused.image.address, small.struct.address)).toBe(0);
    // Long enough to fall asleep.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const bytes = fused.memory.buffer.byteLength;
    const atoms = box(400, 5);
    const large = fused.place(atoms);
    expect(fused.memory.buffer.byteLength).toBeGreaterThan(bytes);
    expect(team.run(fused.image.address, large.struct.address)).toBe(0);
    const reference = alone(randomStudent(), atoms);
    expect(deviation(fused.results(large).forces, reference.forces)).toBeLessThan(ROUNDING);
  } finally {
    await team.dispose();
  }
});

test('a calling thread that must not sleep computes the same', async () => {
  const fused = new FusedStudent(randomStudent(), 2);
  const team = await fused.team({ sleep: false });
  try {
    const structure = fused.place(box(60));
    expect(team.run(fused.image.address, structure.struct.address)).toBe(0);
    const { forces } = fused.results(structure);
    expect(deviation(forces, alone(randomStudent(), box(60)).forces)).toBeLessThan(ROUNDING);
  } finally {
    await team.dispose();
  }
});
