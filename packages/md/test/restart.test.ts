import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AbortedError, FileFormatError, FileSystemError } from '@mlffd/core';
import {
  langevin,
  MdError,
  readRestart,
  runMd,
  velocityVerlet,
  writeRestart,
  type Integrator,
  type MdEvent,
  type MdFrame,
  type MdRestart,
} from '../src/index.ts';
import { argonCrystal, later, smoothLennardJones } from './potentials.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const START = { atoms: argonCrystal(), temperature: 40, seed: 5 };
const STEPS = 60;

const integrators: readonly (readonly [string, Integrator])[] = [
  ['velocity Verlet', velocityVerlet({ timestep: 4 })],
  ['Langevin', langevin({ timestep: 4, temperature: 40, friction: 0.01, seed: 8 })],
  ['BAOAB', langevin({ timestep: 4, temperature: 40, friction: 0.01, seed: 8, scheme: 'baoab' })],
];

async function whole(integrator: Integrator): Promise<{ frames: MdFrame[]; restart: MdRestart }> {
  const frames: MdFrame[] = [];
  const { restart } = await runMd({
    ...START,
    calculator: smoothLennardJones(),
    integrator,
    steps: STEPS,
    stride: 5,
    onFrame: (frame) => void frames.push(frame),
  });
  return { frames, restart };
}

describe.each(integrators)('%s', (name, integrator) => {
  test.each([1, 23, 45, 59])('%p steps, restart, the rest: equal bit for bit', async (k) => {
    const expected = await whole(integrator);
    const path = join(folder, `${name}-${k}.json`);
    const frames: MdFrame[] = [];
    const shared = { integrator, stride: 5, onFrame: (frame: MdFrame) => void frames.push(frame) };
    await runMd({
      ...shared,
      ...START,
      calculator: smoothLennardJones(),
      steps: k,
      restart: { path },
    });
    // Another calculator, with a fresh neighbour list, and answers through promises.
    const { restart } = await runMd({
      ...shared,
      calculator: later(smoothLennardJones()),
      resume: readRestart(path),
      steps: STEPS,
    });
    expect(restart).toEqual(expected.restart);
    expect(frames).toEqual(expected.frames);
  });

  test('an aborted run goes on as if nothing had happened', async () => {
    const expected = await whole(integrator);
    const path = join(folder, `${name}-abort.json`);
    const abort = new AbortController();
    const frames: MdFrame[] = [];
    const events: MdEvent[] = [];
    const error: unknown = await runMd({
      ...START,
      calculator: smoothLennardJones(),
      integrator,
      steps: STEPS,
      stride: 5,
      restart: { path },
      signal: abort.signal,
      onEvent: (event) => void events.push(event),
      onFrame: (frame) => {
        frames.push(frame);
        if (frame.step === 30) abort.abort(new Error('enough'));
      },
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AbortedError);
    expect((error as AbortedError).where).toBe('step 30 of 60');
    expect((error as AbortedError).hint).toContain(path);
    expect((error as AbortedError).cause).toMatchObject({ message: 'enough' });
    expect(events.at(-1)).toEqual({ type: 'restart', step: 30, path });
    const { restart } = await runMd({
      calculator: smoothLennardJones(),
      integrator,
      resume: readRestart(path),
      steps: STEPS,
      stride: 5,
      onFrame: (frame) => void frames.push(frame),
    });
    expect(restart).toEqual(expected.restart);
    expect(frames).toEqual(expected.frames);
  });
});

test('charge, spin, info, masses and every bit of every number survive the file', () => {
  const path = join(folder, 'full.json');
  const [crystal] = [argonCrystal()];
  const awkward = Float64Array.from({ length: 96 }, (_, k) => [5e-324, -0, Math.PI, 1e300][k % 4]);
  const restart: MdRestart = {
    integrator: velocityVerlet({ timestep: 0.1 }).settings,
    ndof: 93,
    step: 2 ** 40,
    energy: 0.1 + 0.2,
    heat: -0,
    atoms: { ...crystal, charge: -1, spin: 2, info: { source: 'a "b"', list: [1, 2.5] } },
    masses: Float64Array.from({ length: 32 }, (_, k) => k + 1 / 3),
    velocities: awkward,
    forces: awkward.map((x) => -x),
  };
  writeRestart(path, restart);
  expect(readRestart(path)).toEqual(restart);
});

describe('a restart file that is not whole', () => {
  const write = async (): Promise<string> => {
    const path = join(folder, 'damaged.json');
    const { restart } = await whole(velocityVerlet({ timestep: 4 }));
    writeRestart(path, restart);
    return path;
  };

  test('truncated at any place', async () => {
    const path = await write();
    const bytes = readFileSync(path);
    for (const part of [0, 0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(path, bytes.subarray(0, Math.floor(part * (bytes.length - 2))));
      expect(() => readRestart(path)).toThrow(FileFormatError);
    }
  });

  test('one letter of the positions changed', async () => {
    const path = await write();
    const text = readFileSync(path, 'utf8');
    const at = text.indexOf('"positions":"') + 40;
    const letter = text[at] === 'A' ? 'B' : 'A';
    writeFileSync(path, text.slice(0, at) + letter + text.slice(at + 1));
    expect(() => readRestart(path)).toThrow(FileFormatError);
  });

  test.each(['null', '[]', '{"format":"something else"}'])('other JSON: %s', (text) => {
    const path = join(folder, 'other.json');
    writeFileSync(path, text);
    expect(() => readRestart(path)).toThrow(FileFormatError);
  });

  test('not there', () => {
    expect(() => readRestart(join(folder, 'nothing.json'))).toThrow(FileSystemError);
  });
});

describe('a restart that does not fit', () => {
  const begin = async (integrator: Integrator): Promise<MdRestart> => {
    const { restart } = await runMd({
      ...START,
      calculator: smoothLennardJones(),
      integrator,
      steps: 10,
    });
    return restart;
  };

  test.each([
    [velocityVerlet({ timestep: 2 }), 'timestep'],
    [langevin({ timestep: 4, temperature: 40, friction: 0.01, seed: 8 }), 'name'],
  ])('another integrator: %j', async (integrator, field) => {
    const resume = await begin(velocityVerlet({ timestep: 4 }));
    const run = runMd({ calculator: smoothLennardJones(), integrator, resume, steps: 20 });
    await expect(run).rejects.toBeInstanceOf(MdError);
    await expect(run).rejects.toMatchObject({ code: 'md/restart-mismatch' });
    await expect(run).rejects.toThrow(new RegExp(field));
  });

  test('fewer steps than it has', async () => {
    const integrator = velocityVerlet({ timestep: 4 });
    const resume = await begin(integrator);
    const run = runMd({ calculator: smoothLennardJones(), integrator, resume, steps: 9 });
    await expect(run).rejects.toThrow(/already longer/);
  });
});

test('the file is written at the start, at every interval, at the end, and leaves no other file behind', async () => {
  const inside = mkdtempSync(join(folder, 'interval-'));
  const path = join(inside, 'restart.json');
  const events: MdEvent[] = [];
  await runMd({
    ...START,
    calculator: smoothLennardJones(),
    integrator: velocityVerlet({ timestep: 4 }),
    steps: 25,
    restart: { path, every: 10 },
    onEvent: (event) => void events.push(event),
  });
  const steps = events.flatMap((event) => (event.type === 'restart' ? [event.step] : []));
  expect(steps).toEqual([0, 10, 20, 25]);
  expect(readRestart(path).step).toBe(25);
  expect(readdirSync(inside)).toEqual(['restart.json']);
});

test('a path that cannot be written to fails before the first step', async () => {
  const events: MdEvent[] = [];
  const run = runMd({
    ...START,
    calculator: smoothLennardJones(),
    integrator: velocityVerlet({ timestep: 4 }),
    steps: 5,
    restart: { path: join(folder, 'no', 'such', 'folder.json') },
    eventInterval: 0,
    onEvent: (event) => void events.push(event),
  });
  await expect(run).rejects.toBeInstanceOf(FileSystemError);
  expect(events.map((event) => event.type)).toEqual(['start']);
});
