import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { Graph, toOnnx } from '@mlffd/graph';
import {
  buildPairPainn,
  CALL_SPAN,
  declarePairs,
  FusedPotential,
  fusedStages,
  initializeParameters,
  nodeKernels,
  profileStudent,
  type Student,
  type StudentConfig,
} from '@mlffd/student';

const CONFIG: StudentConfig = {
  features: 8,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 6 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
};
const ATOMS = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0],
});

function student(config: StudentConfig = CONFIG): Student {
  return {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 8] },
    provenance: {},
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'student-profile-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Folders of the names of nodes in a profile. */
function scopesOf(path: string): Set<string> {
  const events = JSON.parse(readFileSync(path, 'utf8')) as { cat: string; name: string }[];
  const names = events.filter(({ cat }) => cat === 'Node').map(({ name }) => name);
  return new Set(names.map((name) => name.split('/').slice(0, -1).join('/')));
}

test('on ONNX Runtime, every node of the profile is in a block', async () => {
  const profile = await profileStudent(student(), ATOMS, { backend: 'onnx', folder, calls: 3 });
  expect(profile.backend).toBe('onnx');
  expect(profile.files).toHaveLength(1);
  const [{ path, span }] = profile.files;
  // The session that no call needed has left nothing behind.
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([path]);
  const blocks = ['interaction0', 'interaction1', 'mixing0', 'mixing1', 'readout', 'edges'];
  expect([...scopesOf(path)].sort()).toEqual(
    [
      ...['embedding', 'readout'],
      ...['interaction0/filter', 'interaction1/filter'],
      ...['interaction0/filter/grad', 'interaction1/filter/grad'],
      ...blocks.filter((name) => /\d/.test(name)),
      ...blocks.map((name) => `${name}/grad`),
    ].sort(),
  );
  const count = (name: string): number =>
    profile.spans.filter((entry) => entry.name === name).length;
  expect(count(CALL_SPAN)).toBe(3);
  expect(count(span)).toBe(3);
  const calls = profile.spans.filter(({ name }) => name === CALL_SPAN);
  for (const inner of profile.spans) {
    expect(calls.some(({ start, end }) => start <= inner.start && inner.end <= end)).toBe(true);
    expect(inner.frame === true).toBe(inner.scope === undefined);
  }
});

test('fused, each call has all stages in the blocks that they are named after', async () => {
  const profile = await profileStudent(student(), ATOMS, { backend: 'fused', calls: 4 });
  const stages = fusedStages(CONFIG);
  const spans = profile.spans.filter(({ name }) => name !== CALL_SPAN);
  expect(spans.map(({ name, scope }) => ({ name, scope }))).toEqual(
    Array.from({ length: 4 }, () => stages).flat(),
  );
  expect(spans.every(({ start, end }) => start <= end)).toBe(true);
});

test('stages change nothing of the answer, and two atoms at one place are still refused', async () => {
  const isolated = student({ ...CONFIG, isolatedAtoms: 'baseline' });
  const [whole, staged] = [undefined, (): void => undefined].map((onStage) => {
    const kernels = nodeKernels();
    return new FusedPotential(isolated, { kernels, ...(onStage && { onStage }) }).evaluate(ATOMS);
  });
  expect(staged.energy).toBe(whole.energy);
  expect(staged.forces).toEqual(whole.forces);
  const profile = await profileStudent(isolated, ATOMS, { backend: 'fused', calls: 2 });
  // What the student computes of isolated atoms when it is made is no call.
  expect(profile.spans.filter(({ name }) => name === CALL_SPAN)).toHaveLength(2);
  expect(profile.spans).toHaveLength(2 * (fusedStages(CONFIG).length + 1));
  const clash = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 0, 0, 0] });
  await expect(
    profileStudent(student(), clash, { backend: 'fused', displacement: 0 }),
  ).rejects.toMatchObject({ code: 'student/coincident-atoms' });
});

test('the repulsion of nuclei is told by itself', async () => {
  const repelled = student({ ...CONFIG, zbl: true });
  const profile = await profileStudent(repelled, ATOMS, { backend: 'onnx', folder, calls: 2 });
  expect(profile.spans.filter(({ scope }) => scope === 'repulsion')).toHaveLength(2);
});

describe('a profile is refused', () => {
  test.each([
    ['without a folder', { backend: 'onnx' as const }],
    ['of no call', { backend: 'fused' as const, calls: 0 }],
  ])('%s', async (_, options) => {
    await expect(profileStudent(student(), ATOMS, options)).rejects.toMatchObject({
      code: 'student/profile',
    });
  });

  test('in a folder that is not there', async () => {
    await expect(
      profileStudent(student(), ATOMS, { backend: 'onnx', folder: join(folder, 'none') }),
    ).rejects.toMatchObject({ code: 'graph/session-profile-folder' });
  });

  test('and stopped when that is asked for', async () => {
    const signal = AbortSignal.abort();
    const options = { backend: 'onnx', folder, signal } as const;
    await expect(profileStudent(student(), ATOMS, options)).rejects.toMatchObject({
      code: 'student/aborted',
    });
    expect(existsSync(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('the student of pairs, which trains, has the same blocks', () => {
  const graph = new Graph();
  const pairs = declarePairs(graph);
  const energies = buildPairPainn(graph, CONFIG, {
    parameter: ({ name, shape }) => graph.input(name, shape),
    pairs,
  });
  const text = Buffer.from(toOnnx({ outputs: { energies }, name: 'pairs' })).toString('latin1');
  for (const block of [
    'embedding/',
    'interaction0/filter/',
    'interaction1/',
    'mixing1/',
    'readout/',
  ]) {
    expect(text).toContain(block);
  }
});
