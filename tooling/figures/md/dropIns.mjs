// The same steps in ASE, with the Python drop-in and with the socket: how far from ours, and how fast.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms, formatExtxyzFrame, masses } from '../../../packages/core/dist/index.js';
import { runMd, velocityVerlet } from '../../../packages/md/dist/index.js';
import { createTeacher } from '../../../packages/teachers/dist/index.js';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { remembered } from '../measured.mjs';
import { digits } from '../table.mjs';

const SCRIPT = ['tooling', 'python', 'md', 'student_in_ase.py'];
const PACKAGE = ['packages', 'student', 'python'];
/** Teachers that ASE calls itself. */
const IN_ASE = { 'gfn2-xtb': { way: 'tblite', method: 'GFN2-xTB' } };
/** Steps of a teacher, whose time is told beside. */
const TEACHER_STEPS = 10;

const largest = (a, b) =>
  a.reduce(
    (most, row, k) => row.reduce((worst, x, c) => Math.max(worst, Math.abs(x - b[k][c])), most),
    0,
  );

/** Milliseconds of a step of ours with a teacher in this process. */
async function teacherStep(spec, { atoms, velocities, timestep }) {
  const calculator = await createTeacher(spec);
  try {
    const integrator = velocityVerlet({ timestep });
    const options = { calculator, integrator, steps: TEACHER_STEPS };
    const { frame } = await runMd({ ...options, atoms, velocities });
    const { seconds, stepsDone } = await runMd({
      ...options,
      atoms: frame.atoms,
      velocities: frame.velocities,
    });
    return (1000 * seconds) / stepsDone;
  } finally {
    await calculator.dispose();
  }
}

/**
 * Runs ASE from where a run at constant energy began.
 *
 * @param options.found what `conserved` gave for the system
 */
export function dropIns({ root, system, student, found, folder, python }) {
  const { frame, trajectory, timestep } = found;
  const { velocities, ...structure } = frame;
  const atoms = createAtoms(structure);
  const request = {
    structure: { ...structure, velocities, masses: [...masses(atoms)] },
    timestep,
    steps: trajectory.length - 1,
  };
  const script = join(root, ...SCRIPT);
  const run = (way) => {
    console.log(`${system.key}: ASE, ${way.way}`);
    return ask(python, [script], { request: { ...request, ...way }, cores: 1 });
  };
  const distance = (answer) => ({
    ms: answer.milliseconds,
    df: largest(
      answer.forces,
      trajectory.map(({ forces }) => forces),
    ),
    dx: largest(
      answer.positions,
      trajectory.map(({ positions }) => positions),
    ),
  });
  return remembered(join(folder, 'drop-ins.json'), async () => {
    const packaged = distance(run({ way: 'package', path: join(root, ...PACKAGE), student }));
    const place = mkdtempSync(join(tmpdir(), 'mlffd-'));
    try {
      const template = join(place, 'template.xyz');
      writeFileSync(template, formatExtxyzFrame({ atoms, results: {} }));
      const name = `mlffd-figures-${process.pid}`;
      const program = join(root, 'apps', 'cli', 'dist', 'bin.js');
      const serve = ['serve', student, '--template', template, '--unix', name];
      const socket = distance(
        run({ way: 'socket', name, command: [process.execPath, program, ...serve] }),
      );
      const inAse = IN_ASE[system.teacher];
      const teacherMs =
        inAse === undefined
          ? await teacherStep(system.teacher, {
              atoms,
              velocities: Float64Array.from(velocities),
              timestep,
            })
          : run({ ...inAse, steps: TEACHER_STEPS }).milliseconds;
      return { packaged, socket, teacherMs, teacherWhere: inAse === undefined ? 'here' : 'ASE' };
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
}

/** Flat figures of all systems. */
export function dropInFigures(results) {
  const figures = {
    python_dropin_max_df: Math.max(...results.map(({ engines }) => engines.packaged.df)),
    python_dropin_max_dx: Math.max(...results.map(({ engines }) => engines.packaged.dx)),
    ipi_max_df: Math.max(...results.map(({ engines }) => engines.socket.df)),
    ipi_max_dx: Math.max(...results.map(({ engines }) => engines.socket.dx)),
  };
  for (const { system, engines } of results) {
    figures[`python_dropin_ms_${system.key}`] = engines.packaged.ms;
    figures[`ipi_ms_${system.key}`] = engines.socket.ms;
    figures[`teacher_ms_${system.key}`] = engines.teacherMs;
  }
  return figures;
}

/** Columns and rows of the table. */
export function dropInTable(results) {
  const distance = ({ df, dx }) => `${digits(df, 2)} eV/A, ${digits(dx, 2)} A`;
  return {
    columns: [
      'system',
      'atoms',
      'Python drop-in: farthest force, position',
      'socket: farthest force, position',
      'ours, ms/step',
      'ASE and drop-in',
      'ASE and socket',
      'teacher',
    ],
    rows: results.map(({ system, found, engines }) => [
      system.title,
      digits(found.frame.numbers.length),
      distance(engines.packaged),
      distance(engines.socket),
      digits(found.stepMs),
      digits(engines.packaged.ms),
      digits(engines.socket.ms),
      `${digits(engines.teacherMs)} (${system.teacherName}, ${engines.teacherWhere === 'ASE' ? 'ASE' : 'in process'})`,
    ]),
  };
}
