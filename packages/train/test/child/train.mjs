// Trains in a process of its own: node train.mjs JOB.json, where the job says what and where.
// Prints one line per step, and the code of the error when one is thrown.
import { readFileSync, writeFileSync } from 'node:fs';
import { inMemory, Trainer } from '@mlffd/train';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const structures = job.structures.map(({ atoms, energy, forces, stress }) => ({
  atoms: {
    numbers: Int32Array.from(atoms.numbers),
    positions: Float64Array.from(atoms.positions),
    cell: Float64Array.from(atoms.cell),
    pbc: atoms.pbc,
  },
  energy,
  forces: Float64Array.from(forces),
  ...(stress ? { stress: Float64Array.from(stress) } : {}),
}));
const options = {
  dataset: inMemory(structures),
  split: job.split,
  onEvent: (event) => {
    if (event.type === 'step') process.stdout.write(`step ${event.step}\n`);
  },
};
try {
  const trainer = job.resume
    ? await Trainer.resume(job.folder, options)
    : await Trainer.create({ ...options, folder: job.folder, config: job.config });
  const { student, curve } = await trainer.run();
  const weights = Object.fromEntries(
    [...student.parameters].map(([name, values]) => [name, Array.from(values)]),
  );
  writeFileSync(job.result, JSON.stringify({ weights, curve }));
  process.stdout.write('done\n');
} catch (error) {
  process.stdout.write(`error ${error.name} ${error.code}\n`);
}
