// Baselines of teachers: a profile of each that this machine has, 3 to 1,000 atoms, in a folder that
// `mlffd profile TEACHER --compare FOLDER` finds them in.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemsOfSizes } from '../../../apps/cli/dist/commands/profile/systems.js';
import { teacherSubject } from '../../../apps/cli/dist/commands/profile/subject.js';
import {
  profilePath,
  profileSystems,
  writeProfile,
} from '../../../packages/cuda-profiler/dist/index.js';
import { createTeacher } from '../../../packages/teachers/dist/index.js';
import { digits } from '../table.mjs';

export const BASELINE_SIZES = [3, 22, 100, 500, 1000];
const TIMES = { calls: 500, seconds: 5, memoryCalls: 0, longestCall: 10 };
const TRIAL = { calls: 10, seconds: 0.05, memoryCalls: 0, longestCall: 0.2 };
const UNTRAINED = 'random weights';

/**
 * Teachers by name: the Python environment that they need, and what to create them with. Those whose weights are
 * not to be had here get random ones in a network of the published size, which takes the same time.
 *
 * @param options.root folder of the repository
 * @param options.folder for random weights
 */
function teachers({ root, folder }) {
  const scripts = join(root, 'tooling', 'python');
  const written = async (python, script, ...args) => {
    await promisify(execFile)(python, [join(scripts, ...script), ...args]);
  };
  const file = (name) => join(folder, name);
  const potentials = (name) => ['potentials', name];
  return [
    ...['lj', 'morse', 'emt', 'stillinger-weber', 'chgnet'].map((name) => ({ name })),
    ...['ase-emt', 'gfn1-xtb', 'gfn2-xtb'].map((name) => ({ name, peer: 'reference' })),
    { name: 'chgnet-python', peer: 'torch' },
    { name: 'sevennet', peer: 'torch' },
    {
      name: 'ani2x',
      peer: 'torch',
      untrained: async (python) => {
        await written(python, potentials('random_ani.py'), file('ani.pt'));
        return { type: 'ani2x', args: { weights: file('ani.pt') } };
      },
    },
    {
      name: 'orb-v2',
      peer: 'torch',
      untrained: async (python) => {
        await written(python, ['orb', 'random_weights.py'], 'orb-v2', '1', file('orb.ckpt'));
        return { type: 'orb', model: 'orb-v2', weights: file('orb.ckpt'), device: 'cpu' };
      },
    },
    {
      name: 'fennol',
      peer: 'jax',
      untrained: async (python) => {
        await written(python, ['fennol', 'make_model.py'], 'wide', file('wide.fnx'));
        return { type: 'fennol', model: file('wide.fnx') };
      },
    },
    {
      name: 'mace',
      peer: 'mace',
      untrained: async (python) => {
        await written(python, potentials('random_mace.py'), file('mace.model'), 'medium');
        return { type: 'mace', args: { weights: file('mace.model') } };
      },
    },
  ];
}

async function profileOf({ name, untrained }, { python, trial, log }) {
  const options = untrained === undefined ? { type: name } : await untrained(python);
  const calculator = await createTeacher(
    python === undefined ? options : { ...options, python, threads: 1 },
  );
  const subject =
    untrained === undefined
      ? teacherSubject(name, calculator.name)
      : teacherSubject(`${name}, ${UNTRAINED}`, `${calculator.name}, ${UNTRAINED}`);
  const systems = systemsOfSizes(BASELINE_SIZES, calculator.elements);
  try {
    return await profileSystems({
      calculator,
      subject,
      systems,
      ...(trial ? TRIAL : TIMES),
      onEvent: ({ type, system, expected }) => {
        if (type === 'left-out')
          log(`${name}: without ${system}, a call of which may take ${digits(expected)} s`);
      },
    });
  } finally {
    await calculator.dispose();
  }
}

/**
 * Profiles the teachers that there is an environment for.
 *
 * @param options.folder of the baselines
 * @param options.peers interpreters by environment
 * @param options.only names; all without
 * @param options.log takes a line
 * @returns profiles by name
 */
export async function teacherBaselines({ root, folder, peers, only, trial = false, log }) {
  mkdirSync(folder, { recursive: true });
  const weights = mkdtempSync(join(tmpdir(), 'mlffd-baselines-'));
  const found = {};
  try {
    for (const teacher of teachers({ root, folder: weights })) {
      const { name, peer } = teacher;
      if (only !== undefined && !only.includes(name)) continue;
      const python = peer === undefined ? undefined : peers[peer];
      if (peer !== undefined && python === undefined) {
        log(`${name}: skipped, no Python environment ${peer}`);
        continue;
      }
      log(name);
      const profile = await profileOf(teacher, { python, trial, log });
      writeProfile(profilePath(folder, profile), profile);
      found[name] = profile;
    }
  } finally {
    rmSync(weights, { recursive: true, force: true });
  }
  return found;
}

/** Columns and rows of medians by size: sizes are those nearest to the ones asked for. */
export function baselineTable(found) {
  const times = ({ systems }) =>
    BASELINE_SIZES.map((size) => {
      const near = systems.find(({ atoms }) => Math.abs(atoms / size - 1) < 0.2);
      return near === undefined ? '' : `${digits(near.latency.p50)} (${near.atoms})`;
    });
  return {
    columns: ['teacher', 'structures', ...BASELINE_SIZES.map((size) => `${size} atoms, ms`)],
    rows: Object.entries(found).map(([name, profile]) => [
      profile.subject.name.includes(UNTRAINED) ? `\`${name}\`, ${UNTRAINED}` : `\`${name}\``,
      profile.systems[0].name.replace(/-\d+.*$/, ''),
      ...times(profile),
    ]),
  };
}
