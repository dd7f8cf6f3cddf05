// Time of a step of velocity Verlet with a student, in a process of its own: node stepTime.mjs < REQUEST
//
// Request: { student, frame, timestep }: folder of a student, structure and velocities, fs.
// Answer: { stepMs, backend }: median of pieces of dynamics that write no frame.
import { readFileSync } from 'node:fs';
import { createAtoms } from '../../../packages/core/dist/index.js';
import { runMd, velocityVerlet } from '../../../packages/md/dist/index.js';
import { median } from '../../../packages/student/bench/means.mjs';
import { StudentCalculator } from '../../../packages/student/dist/index.js';

/** Pieces that are timed. */
const PIECES = 7;
/** ms */
const PIECE = 700;
/** Steps before the first piece, and those whose time says how long a piece is. */
const WARM_UP = 20;
const GUESS = 50;

const { student, frame, timestep } = JSON.parse(readFileSync(0, 'utf8'));
const { velocities, ...structure } = frame;
const calculator = await StudentCalculator.load(student);
const integrator = velocityVerlet({ timestep });
const piece = ({ atoms, velocities: v }, steps) =>
  runMd({ calculator, atoms, velocities: v, integrator, steps });

const start = { atoms: createAtoms(structure), velocities: Float64Array.from(velocities) };
const first = await piece(start, WARM_UP);
const guess = await piece(first.frame, GUESS);
const steps = Math.max(GUESS, Math.round((PIECE * guess.stepsDone) / (1000 * guess.seconds)));
const times = [];
let from = guess.frame;
for (let k = 0; k < PIECES; k++) {
  const run = await piece(from, steps);
  times.push((1000 * run.seconds) / run.stepsDone);
  from = run.frame;
}
const { backend } = calculator;
await calculator.dispose();
process.stdout.write(JSON.stringify({ stepMs: median(times), backend }));
