// Molecular dynamics at constant energy in a process of its own: node --expose-gc mdRun.mjs < REQUEST
//
// Request: { student, start, backend, seconds, steps }: folder of a student, a structure, how long to
// measure the time of a step, and how many steps of a long run then follow (0 for none).
// Answer: { relaxedSimd, step, call, inRun, free } in microseconds, and `long`, see `longRun`.
import { readFileSync } from 'node:fs';
import { createAtoms, isPromise, withPositions } from '../../../packages/core/dist/index.js';
import { langevin, mdOverhead, runMd, velocityVerlet } from '../../../packages/md/dist/index.js';
import { median, timeCalls } from '../../../packages/student/bench/means.mjs';
import { hasRelaxedSimd } from '../../../packages/student/dist/fused/kernels.js';
import { loadStudent, StudentCalculator } from '../../../packages/student/dist/index.js';
import { longRun } from '../longRun.mjs';

/** fs */
const TIMESTEP = 0.5;
/** K */
const TEMPERATURE = 300;
const EQUILIBRATION = { steps: 4000, friction: 0.01, seed: 1 };
/** Steps and calls alone in turn so often. */
const ROUNDS = 5;
/** Structures of the trajectory on which the model alone is called. */
const KEPT = 1000;
const FREE_STEPS = 10_000;

/** The calculator, with the begin and the duration of every call, and the first structures of a run. */
function recording(calculator) {
  const record = { begins: [], durations: [], structures: [] };
  const calculate = (atoms, properties) => {
    if (record.structures.length < KEPT) {
      record.structures.push(withPositions(atoms, atoms.positions.slice()));
    }
    const begin = performance.now();
    const done = (results) => {
      record.durations.push(performance.now() - begin);
      return results;
    };
    record.begins.push(begin);
    const answer = calculator.calculate(atoms, properties);
    return isPromise(answer) ? answer.then(done) : done(answer);
  };
  const { name, properties } = calculator;
  return { record, recorder: { name, properties, calculate, dispose: () => undefined } };
}

const integrator = velocityVerlet({ timestep: TIMESTEP });

/** A run that goes on where a frame is. */
const runFrom = ({ atoms, velocities }, options) =>
  runMd({ atoms, velocities, integrator, ...options });

/** Steps, and the model alone on the structures that they went through, in turn. */
async function stepTimes(calculator, start, seconds) {
  const steps = [];
  const inRun = [];
  const alone = [];
  let frame = start;
  const { record, recorder } = recording(calculator);
  for (let round = 0; round <= ROUNDS; round++) {
    record.structures.length = 0;
    record.begins.length = 0;
    record.durations.length = 0;
    // Enough steps for its share of the time, by those of the round before.
    const guess = round === 0 ? KEPT : Math.ceil((1e3 * seconds) / ROUNDS / median(inRun));
    ({ frame } = await runFrom(frame, { calculator: recorder, steps: Math.max(guess, KEPT) }));
    const samples = [];
    await timeCalls(calculator, record.structures, {
      seconds: seconds / ROUNDS,
      least: KEPT,
      samples,
    });
    // The first round warms up; its first call has no list yet.
    if (round === 0) inRun.push(...record.durations);
    else {
      if (round === 1) inRun.length = 0;
      record.begins.slice(2).forEach((begin, k) => steps.push(begin - record.begins[k + 1]));
      record.durations.forEach((value) => inRun.push(value));
      samples.forEach((value) => alone.push(value));
    }
  }
  return { frame, times: { step: steps, inRun, call: alone } };
}

const request = JSON.parse(readFileSync(0, 'utf8'));
const calculator = await StudentCalculator.fromStudent(loadStudent(request.student), {
  backend: request.backend,
});
const atoms = createAtoms(request.start);
const equilibrated = await runMd({
  calculator,
  atoms,
  temperature: TEMPERATURE,
  seed: EQUILIBRATION.seed,
  integrator: langevin({
    timestep: TIMESTEP,
    temperature: TEMPERATURE,
    friction: EQUILIBRATION.friction,
    seed: EQUILIBRATION.seed,
  }),
  steps: EQUILIBRATION.steps,
});
const { frame, times } = await stepTimes(calculator, equilibrated.frame, request.seconds);
const { microsecondsPerStep } = await mdOverhead({ atoms, steps: FREE_STEPS, integrator });
const answer = { relaxedSimd: hasRelaxedSimd(), timestep: TIMESTEP, free: microsecondsPerStep };
for (const [name, values] of Object.entries(times)) answer[name] = 1e3 * median(values);
if (request.steps > 0) {
  answer.long = await longRun({ calculator, start: frame, integrator, steps: request.steps });
}
await calculator.dispose();
process.stdout.write(JSON.stringify(answer));
