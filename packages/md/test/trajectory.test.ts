import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAtoms, FileFormatError, FileSystemError, readExtxyzFile } from '@mlffd/core';
import {
  readRestart,
  readTrajectory,
  streamTrajectory,
  runMd,
  TrajectoryWriter,
  velocityVerlet,
  type MdFrame,
  type TrajectoryFrame,
} from '../src/index.ts';
import { argonCrystal, smoothLennardJones } from './potentials.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  path = join(folder, 'run.xyz');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const integrator = velocityVerlet({ timestep: 4 });
const start = { atoms: argonCrystal(), temperature: 40, seed: 5, integrator };

async function frames(steps: number): Promise<MdFrame[]> {
  const found: MdFrame[] = [];
  await runMd({
    ...start,
    calculator: smoothLennardJones(),
    steps,
    onFrame: (frame) => void found.push(frame),
  });
  return found;
}

function write(list: MdFrame[]): void {
  const writer = TrajectoryWriter.create(path);
  list.forEach((frame) => {
    writer.write(frame);
  });
  writer.close();
}

describe('TrajectoryWriter', () => {
  test('every bit of positions, velocities, forces and energy comes back', async () => {
    const written = await frames(3);
    written[2] = { ...written[2], stress: Float64Array.of(1, 2, 3, 4, 5, 6.000000000000001) };
    write(written);
    const read = await readTrajectory(path);
    expect(read).toHaveLength(4);
    read.forEach((frame, k) => {
      const { atoms, velocities, forces, energy, step, time, temperature } = written[k];
      expect(frame.atoms.positions).toEqual(atoms.positions);
      expect(frame.atoms.cell).toEqual(atoms.cell);
      expect(frame.atoms.pbc).toEqual(atoms.pbc);
      expect(frame).toMatchObject({ velocities, forces, energy, step, time, temperature });
    });
    const streamed: TrajectoryFrame[] = [];
    for await (const frame of streamTrajectory(path)) streamed.push(frame);
    expect(streamed).toEqual(read);
    expect(read[2].stress).toEqual(written[2].stress);
    expect(read[1].stress).toBeUndefined();
    const [first] = readExtxyzFile(path);
    expect(first.atoms.info).toMatchObject({
      kinetic_energy: written[0].kinetic,
      conserved_energy: written[0].conserved,
    });
  });

  test('files without velocities or energies can be read', async () => {
    writeFileSync(path, '2\nProperties=species:S:1:pos:R:3\nH 0 0 0\nH 0 0 0.74\n');
    const [frame] = await readTrajectory(path);
    expect(Object.keys(frame)).toEqual(['atoms']);
  });

  test('append goes on after the last frame', async () => {
    const all = await frames(4);
    write(all.slice(0, 2));
    const writer = TrajectoryWriter.append(path);
    expect(writer.frames).toBe(2);
    all.slice(2).forEach((frame) => {
      writer.write(frame);
    });
    expect(writer.frames).toBe(5);
    writer.close();
    writer.close();
    expect((await readTrajectory(path)).map((frame) => frame.step)).toEqual([0, 1, 2, 3, 4]);
  });

  test('append starts a file that is not there', async () => {
    const writer = TrajectoryWriter.append(path);
    (await frames(0)).forEach((frame) => {
      writer.write(frame);
    });
    writer.close();
    expect(await readTrajectory(path)).toHaveLength(1);
  });

  test('a frame torn at any byte is cut off by append', async () => {
    const all = await frames(2);
    write(all.slice(0, 2));
    const intact = readFileSync(path);
    rmSync(path);
    write(all);
    const whole = readFileSync(path);
    const lengths = [1, 2, 3, 60, 300, 1000].map((extra) => intact.length + extra);
    for (const length of [...lengths, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      const writer = TrajectoryWriter.append(path);
      expect(writer.frames).toBe(2);
      writer.write(all[2]);
      writer.close();
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  test('append with lastStep drops the frames that will come again', async () => {
    const all = await frames(5);
    write(all);
    const writer = TrajectoryWriter.append(path, { lastStep: 2 });
    expect(writer.frames).toBe(3);
    all.slice(3).forEach((frame) => {
      writer.write(frame);
    });
    writer.close();
    expect((await readTrajectory(path)).map((frame) => frame.step)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('frames longer than a piece of reading are followed', async () => {
    const [small] = await frames(0);
    const count = 15_000;
    const big: MdFrame = {
      ...small,
      atoms: createAtoms({
        numbers: new Int32Array(count).fill(18),
        positions: Float64Array.from({ length: 3 * count }, (_, k) => k / 7),
      }),
      velocities: new Float64Array(3 * count).fill(1 / 3),
      forces: new Float64Array(3 * count).fill(-1 / 3),
    };
    write([big, big]);
    expect(readFileSync(path).length).toBeGreaterThan(2 ** 21);
    truncateSync(path, readFileSync(path).length - 10);
    const writer = TrajectoryWriter.append(path);
    expect(writer.frames).toBe(1);
    writer.close();
    expect(await readTrajectory(path)).toHaveLength(1);
  });

  test('a file that is no trajectory is refused and left alone', () => {
    const text = 'dear diary\nno atoms today\n';
    writeFileSync(path, text);
    expect(() => TrajectoryWriter.append(path)).toThrow(FileFormatError);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('an existing file is not overwritten unless told to', async () => {
    write(await frames(1));
    expect(() => TrajectoryWriter.create(path)).toThrow(FileSystemError);
    TrajectoryWriter.create(path, { overwrite: true }).close();
    expect(readFileSync(path)).toHaveLength(0);
  });

  test('a folder that is not there', () => {
    const nowhere = join(folder, 'no', 'run.xyz');
    expect(() => TrajectoryWriter.create(nowhere)).toThrow(FileSystemError);
    expect(() => TrajectoryWriter.append(nowhere)).toThrow(FileSystemError);
  });

  const onLinux = existsSync('/dev/full') ? test : test.skip;
  onLinux('a full disk is an error that says so', async () => {
    const writer = TrajectoryWriter.create('/dev/full', { overwrite: true });
    const [frame] = await frames(0);
    expect(() => {
      writer.write(frame);
    }).toThrow(/no space left/);
    expect(writer.frames).toBe(0);
  });
});

test('stop, crash, resume: the trajectory is that of one run', async () => {
  const calculator = smoothLennardJones();
  const expected = await frames(30);
  write(expected);
  const whole = readFileSync(path, 'utf8');
  rmSync(path);

  const restart = { path: join(folder, 'restart.json'), every: 10 };
  const first = TrajectoryWriter.create(path);
  // The crash: frames up to 17 are written, the restart is of step 10, and a torn frame follows.
  const crash = runMd({
    ...start,
    calculator,
    steps: 30,
    restart,
    onFrame: (frame) => {
      if (frame.step === 18) throw new Error('power cut');
      first.write(frame);
    },
  });
  await expect(crash).rejects.toThrow('power cut');
  first.close();
  appendFileSync(path, '32\nLattice="10.6 0');

  const resume = readRestart(restart.path);
  expect(resume.step).toBe(10);
  const second = TrajectoryWriter.append(path, { lastStep: resume.step });
  await runMd({
    calculator,
    integrator,
    resume,
    steps: 30,
    onFrame: (frame) => {
      second.write(frame);
    },
  });
  second.close();
  expect(readFileSync(path, 'utf8')).toBe(whole);
});
