// The architecture of Orb with seeded random weights, through OrbTeacher and through orb-models alone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms } from '../../packages/core/dist/index.js';
import { OrbTeacher } from '../../packages/teachers/dist/python/orbTeacher.js';

const SEED = 1;

/** Largest difference of two lists of numbers. */
const distance = (a, b) => a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);

/**
 * Largest differences over the structures of tooling/python/orb/direct.py: energy eV/atom, forces
 * eV/Angstrom, stress eV/Angstrom^3.
 *
 * The weights are random, so that the answers are no predictions of Orb.
 */
export async function orbMaxDifference({ root, python, model = 'orb-v2' }) {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-orb-'));
  const weights = join(folder, 'random.ckpt');
  try {
    const script = join(root, 'tooling', 'python', 'orb', 'direct.py');
    const output = execFileSync(python, [script, model, weights, String(SEED)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    });
    const { cases } = JSON.parse(output);
    const teacher = await OrbTeacher.start({ model, weights, python, device: 'cpu' });
    try {
      const most = { structures: cases.length, energy: 0, forces: 0, stress: 0 };
      for (const { energy, forces, stress, ...structure } of cases) {
        const wanted = ['energy', 'forces', ...(stress === undefined ? [] : ['stress'])];
        const answer = await teacher.calculate(createAtoms(structure), wanted);
        const count = structure.numbers.length;
        most.energy = Math.max(most.energy, Math.abs(answer.energy - energy) / count);
        most.forces = Math.max(most.forces, distance(forces, answer.forces));
        if (stress !== undefined)
          most.stress = Math.max(most.stress, distance(stress, answer.stress));
      }
      return most;
    } finally {
      await teacher.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
