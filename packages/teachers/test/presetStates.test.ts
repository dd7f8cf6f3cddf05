import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sha256 } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import { presetStates, type PresetState } from '../src/python/presetStates.ts';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import { requirementsOf } from '../src/python/presets/preset.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlffd-presets-'));
  process.env.MLFFD_ENVIRONMENTS = root;
});
afterEach(() => {
  delete process.env.MLFFD_ENVIRONMENTS;
  rmSync(root, { recursive: true, force: true });
});

function stateOf(states: readonly PresetState[], name: string): PresetState | undefined {
  return states.find((state) => state.name === name);
}

function makeEnvironment(name: string, complete: boolean, requirements: readonly string[]): void {
  const folder = join(root, name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', 'python'), '');
  const stamp = { requirements: sha256(requirements.join('\n')), complete };
  writeFileSync(join(folder, 'mlffd-environment.json'), JSON.stringify(stamp));
}

test('without anything all presets are absent', async () => {
  const states = await presetStates();
  expect(states.map(({ name }) => name)).toEqual(Object.keys(PYTHON_PRESETS));
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['absent']));
  expect(stateOf(states, 'mace-off')?.folder).toBe(join(root, 'mace'));
});

test('environments count when they are complete and of this version', async () => {
  const { mace, sevennet } = PYTHON_PRESETS;
  makeEnvironment('mace', true, requirementsOf(mace));
  makeEnvironment('sevennet', false, requirementsOf(sevennet));
  makeEnvironment('orb', true, ['orb-models==0.1']);
  const states = await presetStates();
  const found = ['mace', 'mace-off', 'sevennet', 'orb-v2'].map(
    (name) => stateOf(states, name)?.state,
  );
  expect(found).toEqual(['environment', 'environment', 'absent', 'absent']);
});

test('an interpreter that does not run has nothing', async () => {
  const states = await presetStates(join(root, 'nowhere'));
  expect(stateOf(states, 'ase-emt')).toMatchObject({ state: 'absent', missing: ['ase', 'numpy'] });
});

const peer = pythonPeer('reference');

(peer.skip === undefined ? test : test.skip)('packages of an interpreter are found', async () => {
  const states = await presetStates(peer.python);
  expect(stateOf(states, 'ase-emt')).toMatchObject({ state: 'interpreter', missing: [] });
  expect(stateOf(states, 'gfn2-xtb')?.state).toBe('interpreter');
  expect(stateOf(states, 'orb-v2')?.missing).toContain('orb-models');
});
