// A small training run that is the same wherever it runs: molecules, configuration, fingerprint.
import { createHash } from 'node:crypto';
import { createAtoms, Rng } from '../../../packages/core/dist/index.js';
import { createTeacher } from '../../../packages/teachers/dist/index.js';
import { inMemory, Trainer } from '../../../packages/train/dist/index.js';
import { aspirin } from '../../../packages/student/bench/structures.mjs';

/** Displacements, Angstrom. */
const RATTLE = 0.08;
const COUNTS = { train: 64, validation: 16, test: 32 };

export const CONFIG = {
  model: {
    features: 16,
    interactions: 2,
    radialBasis: { type: 'bessel', count: 8 },
    cutoff: 4,
    cutoffFunction: 'polynomial',
  },
  epochs: 8,
  batchSize: 8,
  optimizer: { learningRate: 5e-3 },
  schedule: { warmupSteps: 10 },
  ema: { decay: 0.98 },
  checkpoint: { everySteps: 3 },
  logEvery: 1,
};

/** Consecutive numbers for each part. */
export const SPLIT = (() => {
  let start = 0;
  return Object.fromEntries(
    Object.entries(COUNTS).map(([name, count]) => {
      const part = Array.from({ length: count }, (_, k) => start + k);
      start += count;
      return [name, part];
    }),
  );
})();

/** Displaced molecules of aspirin with energies and forces of Morse pairs. */
export async function structures() {
  const { numbers, positions } = aspirin();
  const teacher = await createTeacher({ type: 'morse', inner: 1.3, outer: 1.9 });
  const found = [];
  for (let k = 0; k < COUNTS.train + COUNTS.validation + COUNTS.test; k++) {
    const rng = new Rng(k, 'rattle');
    const moved = positions.map((x) => x + RATTLE * rng.normal());
    const atoms = createAtoms({ numbers, positions: moved });
    found.push({ atoms, ...(await teacher.calculate(atoms, ['energy', 'forces'])) });
  }
  await teacher.dispose();
  return found;
}

/** SHA-256 over every weight of a student, in the order of the names, and over its baseline. */
export function fingerprint({ parameters, baseline }) {
  const hash = createHash('sha256');
  for (const name of [...parameters.keys()].sort()) {
    hash.update(name).update(Float32Array.from(parameters.get(name)));
  }
  return hash
    .update(Float64Array.from(baseline.energies))
    .update(`${baseline.scale}`)
    .digest('hex');
}

/** Starts a run, or resumes it, and trains until its end. */
export async function train({ folder, data, config = CONFIG, resume = false, ...options }) {
  const common = { dataset: inMemory(data), split: SPLIT, ...options };
  const trainer = resume
    ? await Trainer.resume(folder, common)
    : await Trainer.create({ ...common, folder, config });
  return trainer.run();
}
