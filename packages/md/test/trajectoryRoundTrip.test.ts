import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fractionalPositions, InvalidArgumentError, type Pbc } from '@mlffd/core';
import fc from 'fast-check';
import {
  appendTrajectory,
  createTrajectory,
  openTrajectory,
  readTrajectory,
  streamTrajectory,
  type MdFrame,
  type TrajectoryFrame,
} from '../src/index.ts';
import {
  CELL,
  madeFrame,
  madeFrames,
  temporaryFolder,
  type FrameShape,
} from './trajectoryFrames.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const RUNS = { numRuns: 7, seed: 1 };
/** Momenta and kJ/mol are a few roundings away from velocities and eV; each is 1.1e-16. */
const ROUNDINGS = 6e-16;
/** Coordinates up to 100 A in float32, over a cell of 7 A. */
const FLOAT32_FRACTION = 5e-6;

const turned = [3, 4, 0.5, -5, 6, 1, 0.25, -2, 8];
const cells: Readonly<Record<string, readonly number[]>> = {
  none: [0, 0, 0, 0, 0, 0, 0, 0, 0],
  cube: [10, 0, 0, 0, 10, 0, 0, 0, 10],
  triclinic: CELL,
  turned,
  leftHanded: [0, 9, 0, 8, 0, 0, 0, 0, 7],
  film: [10, 0, 0, 0, 11, 0, 0, 0, 0],
};

const shapes = fc.record({
  atoms: fc.integer({ min: 1, max: 9 }),
  cell: fc.constantFrom(...Object.keys(cells)),
  count: fc.integer({ min: 1, max: 46 }),
  stress: fc.boolean(),
  energies: fc.boolean(),
  every: fc.integer({ min: 1, max: 1000 }),
  foldBytes: fc.constantFrom(1000, 5000, 2 ** 24),
  odd: fc.constantFrom(0, -0, 5e-324, 1e300, -1 / 3, 3, 1e21, 123456789012345680000),
});

function pbcOf(cell: string): boolean | Pbc {
  if (cell === 'none') return false;
  return cell === 'film' ? [true, true, false] : true;
}

async function write(path: string, frames: readonly MdFrame[], foldBytes = 2 ** 24) {
  rmSync(path, { force: true });
  const writer = await createTrajectory(path, { foldBytes });
  for (const frame of frames) writer.write(frame);
  expect(writer.frames).toBe(frames.length);
  expect(writer.path).toBe(path);
  writer.close();
  writer.close();
}

function expectNear(found: Float64Array | undefined, wanted: Float64Array): void {
  expect(found).toHaveLength(wanted.length);
  const worst = wanted.map((value, k) => Math.abs(found![k] - value) - ROUNDINGS * Math.abs(value));
  // Numbers below 1e-300 have fewer digits.
  expect(Math.max(...worst)).toBeLessThanOrEqual(1e-300);
}

describe.each(['xyz', 'h5', 'traj'])('.%s', (ending) => {
  const path = join(folder, `all.${ending}`);

  test('every bit of positions, cell, energy and stress comes back', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ count, cell, odd, foldBytes, ...shape }) => {
        const frames = madeFrames(count, { ...shape, cell: cells[cell], pbc: pbcOf(cell) });
        frames[0].atoms.positions[0] = odd;
        frames[0].forces[0] = odd;
        await write(path, frames, foldBytes);
        const read = await readTrajectory(path);
        expect(read).toHaveLength(count);
        read.forEach((frame, k) => {
          const { atoms, velocities, forces, energy, stress, step, time, temperature } = frames[k];
          expect(frame.atoms.numbers).toEqual(atoms.numbers);
          expect(frame.atoms.positions).toEqual(atoms.positions);
          expect(frame.atoms.cell).toEqual(atoms.cell);
          expect(frame.atoms.pbc).toEqual(atoms.pbc);
          expect(frame).toMatchObject({ energy, step, time, temperature });
          expect(frame.stress).toEqual(stress);
          if (ending === 'traj') expectNear(frame.velocities, velocities);
          else expect(frame.velocities).toEqual(velocities);
          if (ending === 'h5') expectNear(frame.forces, forces);
          else expect(frame.forces).toEqual(forces);
        });
      }),
      RUNS,
    );
  });

  test('charge, spin and notes come back', async () => {
    const frame = madeFrame(1, { atoms: 2 });
    const info = { name: 'NaN "quoted" é', tags: ['a', 'b'], weights: [1, 2.5], ready: true };
    const atoms = { ...frame.atoms, charge: -1, spin: 2, info };
    await write(path, [{ ...frame, atoms }]);
    const [read] = await readTrajectory(path);
    expect(read.atoms).toMatchObject({ charge: -1, spin: 2, info });
  });
});

describe('.dcd', () => {
  const path = join(folder, 'all.dcd');

  test('positions in float32 and the cell come back, turned to where the format wants it', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ count, cell, ...shape }) => {
        fc.pre(cell !== 'leftHanded');
        const frames = madeFrames(count, { ...shape, cell: cells[cell], pbc: pbcOf(cell) });
        await write(path, frames);
        const read = await readTrajectory(path, { atoms: frames[0].atoms });
        expect(read).toHaveLength(count);
        read.forEach((frame, k) => {
          const { atoms, step, time } = frames[k];
          expect(frame.atoms.numbers).toEqual(atoms.numbers);
          expect(frame.atoms.pbc).toEqual(atoms.pbc);
          expect(frame.step).toBe(step);
          // The time step is a float32, rounded to six digits.
          if (count > 1) expect(frame.time).toBeCloseTo(time, 8);
          if (cell === 'none') {
            expect(frame.atoms.positions).toEqual(atoms.positions.map(Math.fround));
            return;
          }
          const [found, wanted] = [fractionalPositions(frame.atoms), fractionalPositions(atoms)];
          // Along the normal of a film there is no vector to measure with.
          const apart = wanted.map((value, i) =>
            cell === 'film' && i % 3 === 2 ? 0 : Math.abs(found[i] - value),
          );
          expect(Math.max(...apart)).toBeLessThan(FLOAT32_FRACTION);
          if (cell !== 'turned') {
            expect(frame.atoms.positions).toEqual(atoms.positions.map(Math.fround));
          }
        });
      }),
      RUNS,
    );
  });

  test('without a structure there are positions, and no elements', async () => {
    await write(path, madeFrames(2, { atoms: 3 }));
    const [frame] = await readTrajectory(path);
    expect(frame.atoms.numbers).toEqual(new Int32Array(3));
    expect(frame.atoms.pbc).toEqual([true, true, true]);
  });

  test('a structure with another number of atoms is refused', async () => {
    const { atoms } = madeFrame(0, { atoms: 2 });
    await expect(readTrajectory(path, { atoms })).rejects.toMatchObject({
      code: 'md/frame-mismatch',
    });
  });

  test('steps that are not evenly spaced, other atoms and a left-handed cell are refused', async () => {
    const writer = await createTrajectory(path, { overwrite: true });
    const shape = { atoms: 3 };
    writer.write(madeFrame(0, shape));
    const refused = [
      madeFrame(0, shape),
      madeFrame(1, { atoms: 4 }),
      madeFrame(1, { ...shape, cell: cells.none, pbc: false }),
      madeFrame(1, { ...shape, cell: cells.leftHanded }),
    ];
    for (const frame of refused) {
      expect(() => {
        writer.write(frame);
      }).toThrow(InvalidArgumentError);
    }
    writer.write(madeFrame(1, shape));
    expect(() => {
      writer.write(madeFrame(3, shape));
    }).toThrow(
      expect.objectContaining({ code: 'md/frame-mismatch', expected: 'step 20 (evenly spaced)' }),
    );
    writer.close();
    expect(await readTrajectory(path)).toHaveLength(2);
  });
});

describe.each(['xyz', 'h5', 'traj', 'dcd'])('.%s', (ending) => {
  const path = join(folder, `one.${ending}`);
  const shape: FrameShape = { atoms: 4, stress: ending !== 'dcd' };
  const frames = madeFrames(60, shape);
  beforeAll(() => write(path, frames));

  test('frames are read in any order, and one after the other', async () => {
    const reader = await openTrajectory(path);
    expect(reader.frames).toBe(60);
    const all: TrajectoryFrame[] = [];
    for await (const frame of streamTrajectory(path)) all.push(frame);
    expect(all).toHaveLength(60);
    for (const k of [59, 0, 43, 17]) {
      expect(reader.read(k)).toEqual(all[k]);
      expect(reader.read(k).step).toBe(10 * k);
    }
    for (const k of [-1, 60, 0.5, NaN]) {
      expect(() => reader.read(k)).toThrow(expect.objectContaining({ code: 'md/no-frame' }));
    }
    reader.close();
    reader.close();
  });

  test('a reader that stops early closes the file', async () => {
    for await (const frame of streamTrajectory(path)) {
      expect(frame.step).toBe(0);
      break;
    }
  });

  test('append goes on, with the frames after lastStep cut off', async () => {
    for (const [lastStep, kept] of [
      [undefined, 60],
      [455, 46],
      [400, 41],
      [10, 2],
      [0, 1],
      [-1, 0],
    ] as const) {
      const writer = await appendTrajectory(path, lastStep === undefined ? {} : { lastStep });
      expect(writer.frames).toBe(kept);
      for (const frame of frames.slice(kept)) writer.write(frame);
      writer.flush();
      writer.close();
      const steps = (await readTrajectory(path)).map((frame) => frame.step);
      expect(steps).toEqual(frames.map((frame) => frame.step));
    }
  });

  test('stride writes every k-th frame, and goes on in step', async () => {
    const target = join(folder, `stride.${ending}`);
    // Steps of the frames that come before the break, and of the restart.
    for (const [before, lastStep] of [
      [23, 220],
      [23, 205],
      [9, 75],
      [4, 35],
      [1, 0],
      [0, 0],
    ]) {
      rmSync(target, { force: true });
      const first = await createTrajectory(target, { stride: 5 });
      for (const frame of frames.slice(0, before)) first.write(frame);
      first.flush();
      expect(first.path).toBe(target);
      expect(first.frames).toBe(Math.ceil(before / 5));
      first.close();
      const second = await appendTrajectory(target, { stride: 5, lastStep });
      const rest = frames.filter(({ step }) => before === 0 || step > lastStep);
      for (const frame of rest) second.write(frame);
      second.close();
      const steps = (await readTrajectory(target)).map((frame) => frame.step);
      expect(steps).toEqual(Array.from({ length: 12 }, (_, k) => 50 * k));
    }
  });

  test('an existing file is not overwritten unless told to', async () => {
    await expect(createTrajectory(path)).rejects.toMatchObject({ code: 'fs/already-exists' });
    expect(statSync(path).size).toBeGreaterThan(1000);
    const writer = await createTrajectory(path, { overwrite: true });
    writer.write(frames[0]);
    writer.close();
    expect(await readTrajectory(path)).toHaveLength(1);
  });

  test('two writers on one file are refused', async () => {
    const writer = await appendTrajectory(path);
    const before = writer.frames;
    for (const open of [appendTrajectory, createTrajectory]) {
      await expect(open(path, { overwrite: true })).rejects.toMatchObject({
        code: 'md/trajectory-busy',
        hint: expect.stringContaining('Close the other writer'),
      });
    }
    writer.close();
    const next = await appendTrajectory(path);
    expect(next.frames).toBe(before);
    next.close();
  });

  test('a folder that is not there', async () => {
    const nowhere = join(folder, 'no', `run.${ending}`);
    await expect(createTrajectory(nowhere)).rejects.toMatchObject({ name: 'FileSystemError' });
    await expect(appendTrajectory(nowhere)).rejects.toMatchObject({ name: 'FileSystemError' });
    await expect(openTrajectory(nowhere)).rejects.toMatchObject({ code: 'fs/not-found' });
  });
});

test('.xyz and .traj hold frames that differ', async () => {
  const frames = [3, 3, 5, 3].map((atoms, k) => madeFrame(k, { atoms }));
  for (const ending of ['xyz', 'traj']) {
    const path = join(folder, `mixed.${ending}`);
    await write(path, frames.slice(0, 2));
    const writer = await appendTrajectory(path);
    for (const frame of frames.slice(2)) writer.write(frame);
    writer.close();
    const read = await readTrajectory(path);
    expect(read.map(({ atoms }) => atoms.numbers)).toEqual(
      frames.map(({ atoms }) => atoms.numbers),
    );
  }
});

test('.h5 refuses frames that differ', async () => {
  const path = join(folder, 'mixed.h5');
  const writer = await createTrajectory(path);
  const shape = { atoms: 3, cell: cells.none, pbc: false };
  writer.write(madeFrame(0, shape));
  const refused = [
    madeFrame(1, { ...shape, atoms: 4 }),
    madeFrame(1, { ...shape, cell: CELL }),
    madeFrame(1, { ...shape, stress: true }),
    madeFrame(1, { ...shape, energies: true }),
    {
      ...madeFrame(1, shape),
      atoms: { ...madeFrame(1, shape).atoms, pbc: [true, false, false] as const },
    },
  ];
  for (const frame of refused) {
    expect(() => {
      writer.write(frame);
    }).toThrow(expect.objectContaining({ code: 'md/frame-mismatch' }));
  }
  writer.write(madeFrame(1, shape));
  writer.close();
  expect(await readTrajectory(path)).toHaveLength(2);
});

test('.h5: a frame without the stress of the others has none when it is read', async () => {
  const path = join(folder, 'nostress.h5');
  const writer = await createTrajectory(path);
  writer.write(madeFrame(0, { atoms: 3, stress: true }));
  writer.write(madeFrame(1, { atoms: 3 }));
  const early = await readTrajectory(path);
  expect(early[1].stress).toBeUndefined();
  writer.close();
  const read = await readTrajectory(path);
  expect(read.map(({ stress }) => stress?.length)).toEqual([6, undefined]);
  expect(read.map(({ atoms }) => atoms)).toEqual(early.map(({ atoms }) => atoms));
});

describe('masses', () => {
  test('.traj: velocities come back through the momenta of the masses given', async () => {
    const path = join(folder, 'masses.traj');
    const masses = Float64Array.of(2.014, 18, 1e-3);
    const frame = madeFrame(1, { atoms: 3 });
    for (const open of [createTrajectory, appendTrajectory]) {
      const writer = await open(path, open === createTrajectory ? { masses } : {});
      writer.write(frame);
      writer.close();
    }
    for (const read of await readTrajectory(path)) expectNear(read.velocities, frame.velocities);
    const writer = await appendTrajectory(path, { masses: Float64Array.of(1) });
    expect(() => {
      writer.write(frame);
    }).toThrow(expect.objectContaining({ code: 'md/invalid-option' }));
    writer.close();
  });
});

describe('format', () => {
  test('a name that says nothing is refused, unless the format is given', async () => {
    for (const name of ['run', 'run.pdb', 'a.b/run']) {
      await expect(createTrajectory(join(folder, name))).rejects.toMatchObject({
        code: 'md/unknown-format',
      });
    }
    const path = join(folder, 'run.trajectory');
    const writer = await createTrajectory(path, { format: 'traj' });
    writer.write(madeFrame(0, { atoms: 2 }));
    writer.close();
    expect(await readTrajectory(path, { format: 'traj' })).toHaveLength(1);
    await expect(readTrajectory(path, { format: 'nc' as 'dcd' })).rejects.toThrow(/nc/);
  });

  test('options out of range are refused', async () => {
    for (const options of [{ stride: 0 }, { stride: 1.5 }, { foldBytes: -1 }]) {
      const path = join(folder, 'never.xyz');
      await expect(createTrajectory(path, options)).rejects.toMatchObject({
        code: 'md/invalid-option',
      });
    }
  });
});
