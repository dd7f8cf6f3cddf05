// Trains our student on one core and answers for the test structures: node trainPair.mjs REQUEST.json
// Request and result are those of tooling/python/schnetpack/train_painn.py.
import { readFileSync, writeFileSync } from 'node:fs';
import { createAtoms } from '../../../packages/core/dist/index.js';
import { StudentCalculator } from '../../../packages/student/dist/index.js';
import { inMemory, Trainer } from '../../../packages/train/dist/index.js';

const request = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const begin = performance.now();
const { structures, split } = JSON.parse(readFileSync(request.frames, 'utf8'));
const dataset = inMemory(
  structures.map(({ numbers, positions, energy, forces }) => ({
    atoms: createAtoms({ numbers, positions }),
    energy,
    forces: Float64Array.from(forces),
  })),
);
const epochs = [];
let last;
const trainer = await Trainer.create({
  dataset,
  split,
  folder: request.folder,
  config: {
    model: request.model,
    seed: request.seed,
    epochs: request.epochs,
    batchSize: request.batchSize,
    optimizer: { learningRate: request.learningRate },
    schedule: { type: 'cosine', final: 0.01 },
    ema: { decay: request.emaDecay },
    loss: request.loss,
    workers: 1,
  },
  onEvent: (event) => {
    if (event.type !== 'epoch') return;
    const now = performance.now();
    const { force_mae_meV_A: force, energy_mae_meV_atom: energy } = event.point.validation;
    const seconds = (now - last) / 1000;
    last = now;
    const row = { epoch: epochs.length + 1, seconds, forceMae: force / 1000, energyMae: energy };
    epochs.push(row);
    const mae = `${force.toFixed(1)} meV/A`;
    console.log(`ours ${row.epoch}/${request.epochs}: ${mae}, ${seconds.toFixed(1)} s`);
  },
});
const ready = performance.now();
last = ready;
const { student } = await trainer.run();
const end = performance.now();
const calculator = await StudentCalculator.fromStudent(student);
const predictions = [];
for (const k of split.test) {
  const { energy, forces } = await calculator.calculate(dataset.get(k).atoms, ['energy', 'forces']);
  predictions.push({ energy, forces: [...forces] });
}
await calculator.dispose();
writeFileSync(
  request.result,
  JSON.stringify({
    versions: { node: process.versions.node },
    prepareSeconds: (ready - begin) / 1000,
    seconds: (end - ready) / 1000,
    epochs,
    predictions,
  }),
);
