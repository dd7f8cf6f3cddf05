// Constant energy with a student in a process of its own: node --expose-gc nveRun.mjs < REQUEST
//
// Request: { student, start, temperature, timestep, steps, equilibration, bonds, shared }: folder of a
// student, a structure, K, fs, steps of the run and of the bath before it, whether there are bonds to watch,
// and steps that others repeat from the start of the run.
// Answer: what `longRun` tells, `frame` (where the run starts) and
// `trajectory` (the first `shared` steps: positions and forces of each).
import { readFileSync } from 'node:fs';
import { createAtoms, masses } from '../../../packages/core/dist/index.js';
import {
  langevin,
  minimize,
  removeDrift,
  runMd,
  velocityVerlet,
} from '../../../packages/md/dist/index.js';
import { StudentCalculator } from '../../../packages/student/dist/index.js';
import { longRun } from '../longRun.mjs';

const SEED = 1;
/** 1/fs */
const FRICTION = 0.02;
/** Packed boxes have contacts that no liquid has. */
const RELAXATION = { fmax: 0.3, maxSteps: 300 };
/** fs between two samples of the energy. */
const SAMPLE = 10;

/** The first steps, for others to compare with. */
async function firstSteps({ calculator, start, integrator, steps }) {
  const trajectory = [];
  await runMd({
    calculator,
    atoms: start.atoms,
    velocities: start.velocities,
    integrator,
    steps,
    onFrame: ({ atoms, forces }) => {
      trajectory.push({ positions: [...atoms.positions], forces: [...forces] });
    },
  });
  return trajectory;
}

const request = JSON.parse(readFileSync(0, 'utf8'));
const { temperature, timestep } = request;
const calculator = await StudentCalculator.load(request.student);
const relaxed = await minimize(calculator, createAtoms(request.start), RELAXATION);
const bath = langevin({ timestep, temperature, friction: FRICTION, seed: SEED });
const { frame: start } = await runMd({
  calculator,
  atoms: relaxed.atoms,
  temperature,
  seed: SEED,
  integrator: bath,
  steps: request.equilibration,
});
// The bath has set the centre of mass moving.
removeDrift(start.velocities, masses(start.atoms));
const integrator = velocityVerlet({ timestep });
const trajectory = await firstSteps({ calculator, start, integrator, steps: request.shared });
const { steps, bonds } = request;
const stride = Math.max(1, Math.min(Math.round(SAMPLE / timestep), Math.floor(steps / 100)));
const long = await longRun({ calculator, start, integrator, steps, stride, bonds });
await calculator.dispose();
const { atoms, velocities } = start;
process.stdout.write(
  JSON.stringify({
    ...long,
    frame: {
      numbers: [...atoms.numbers],
      positions: [...atoms.positions],
      cell: [...atoms.cell],
      pbc: atoms.pbc,
      velocities: [...velocities],
    },
    trajectory,
  }),
);
