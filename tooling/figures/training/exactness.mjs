// What training does when it is killed, fed wrong labels, or asked for what cannot be.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createAtoms } from '../../../packages/core/dist/index.js';
import { StudentCalculator } from '../../../packages/student/dist/index.js';
import { evaluateStudent, inMemory } from '../../../packages/train/dist/index.js';
import { digits } from '../table.mjs';
import { child, killedRun } from './killedRun.mjs';
import { CONFIG, fingerprint, SPLIT, structures, train } from './smallRun.mjs';

const KILLS = 6;
/** The structure with a wrong label, and the label, eV. */
const WRONG = 9;
const ENERGY = 1e6;
/** Largest file of a process whose disk is full, KiB: less than a checkpoint. */
const FULL = 24;

const firstLine = (error) => error.message.split('\n')[0];

/** Force MAE of a student on the test structures, meV/A. */
async function testError(student, data) {
  const calculator = await StudentCalculator.fromStudent(student);
  const metrics = await evaluateStudent(calculator, inMemory(data), { indices: SPLIT.test });
  await calculator.dispose();
  return metrics.force_mae_meV_A;
}

/** The small run, stopped after a step; the error that ends it. */
async function stopped(folder, data, step) {
  const controller = new globalThis.AbortController();
  const onEvent = (event) => {
    if (event.type === 'step' && event.step === step) controller.abort();
  };
  return train({ folder, data, onEvent, signal: controller.signal }).catch((error) => error);
}

const failure = (promise) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

/** The same run with one impossible energy among the labels. */
async function divergence({ data, clean, folder }) {
  const wrong = data.map((one, k) => (k === WRONG ? { ...one, energy: ENERGY } : one));
  const told = [];
  const { student, reason } = await train({
    folder: join(folder, 'wrong-label'),
    data: wrong,
    onEvent: (event) => {
      if (event.type === 'outlier') told.push(event.structure);
      if (event.type === 'warning') told.push(...(event.message.match(/structure \d+/g) ?? []));
    },
  });
  const named = told.some((name) => name === WRONG || name === `structure ${WRONG}`);
  const onlyIt = told.every((name) => name === WRONG || name === `structure ${WRONG}`);
  const ratio = (await testError(student, data)) / (await testError(clean, data));
  return { reason, named: named && onlyIt, ratio };
}

/** Newest checkpoint last. */
const checkpoints = (run) =>
  readdirSync(join(run, 'checkpoints'))
    .sort()
    .map((name) => join(run, 'checkpoints', name));

function flipByte(file) {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

/** Stops a run, damages what it left, and resumes it. */
async function damaged({ folder, data, damage }) {
  await stopped(folder, data, 20);
  damage(checkpoints(folder));
  const events = [];
  const resumed = train({ folder, data, resume: true, onEvent: (event) => events.push(event) });
  const error = await failure(resumed);
  const rejected = events.find(({ type }) => type === 'checkpoint-rejected');
  const student = error === undefined ? (await resumed).student : undefined;
  return { error: error ?? rejected?.error, student };
}

/** Every fault: what was done, and a function that does it and says what came of it. */
function faults({ data, weights }) {
  const same = (student) => student !== undefined && fingerprint(student) === weights;
  /** A run that is refused, then the right one in the same folder. */
  const refused = async (folder, wrong) => {
    const error = await failure(train({ folder, data, ...wrong }));
    if (error === undefined) return {};
    const { student } = await train({ folder, data });
    return { error, lost: !same(student) };
  };
  const without = (key) => data.map((one) => ({ ...one, [key]: undefined }));
  const changed = (change) => data.map((one, k) => (k === WRONG ? { ...one, ...change } : one));
  return {
    'Ctrl-C': async (folder) => {
      const error = await stopped(folder, data, 20);
      const { student } = await train({ folder, data, resume: true, workers: 2 });
      return { error, lost: !same(student) };
    },
    'newest checkpoint cut off': async (folder) => {
      const damage = (files) => truncateSync(files.at(-1), 1000);
      const { error, student } = await damaged({ folder, data, damage });
      return { error, lost: !same(student) };
    },
    'one bit of the newest checkpoint flipped': async (folder) => {
      const damage = (files) => flipByte(files.at(-1));
      const { error, student } = await damaged({ folder, data, damage });
      return { error, lost: !same(student) };
    },
    'every checkpoint cut off': async (folder) => {
      const damage = (files) => files.forEach((file) => truncateSync(file, 1000));
      const { error, student } = await damaged({ folder, data, damage });
      return { error, lost: !same(student) };
    },
    'disk full while a checkpoint is written': async (folder) => {
      await stopped(folder, data, 4);
      const { error } = await child(folder, { workers: 1, resume: true, limit: FULL });
      const { student } = await train({ folder, data, resume: true });
      const [code, message] = error ?? [];
      return { error: error && { code, message }, lost: !same(student) };
    },
    'resumed with other labels': async (folder) => {
      await stopped(folder, data, 20);
      const other = changed({ energy: data[WRONG].energy + 0.1 });
      const error = await failure(train({ folder, data: other, resume: true }));
      const { student } = await train({ folder, data, resume: true });
      return { error, lost: !same(student) };
    },
    'key of the configuration misspelt': (folder) =>
      refused(folder, { config: { ...CONFIG, optimiser: { learningRate: 1e-3 } } }),
    'no energies in the data': (folder) => refused(folder, { data: without('energy') }),
    'no forces in the data': (folder) => refused(folder, { data: without('forces') }),
    'NaN among the forces': (folder) =>
      refused(folder, { data: changed({ forces: data[WRONG].forces.map(() => Number.NaN) }) }),
    'an element that the student was not trained for': async (folder) => {
      const { student } = await train({ folder, data });
      const calculator = await StudentCalculator.fromStudent(student);
      const [{ atoms }] = data;
      const numbers = atoms.numbers.map((z, k) => (k === 3 ? 16 : z));
      const other = createAtoms({ numbers, positions: atoms.positions });
      const before = await calculator.calculate(atoms, ['energy']);
      const error = await failure(calculator.calculate(other, ['energy']));
      const after = await calculator.calculate(atoms, ['energy']);
      await calculator.dispose();
      return { error, lost: before.energy !== after.energy };
    },
  };
}

/**
 * @param options.kills of the run that is killed, for a trial
 * @returns flat figures, and the table of faults
 */
export async function exactness({ folder, kills = KILLS }) {
  const where = join(folder, 'exactness');
  const file = join(where, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  rmSync(where, { recursive: true, force: true });
  mkdirSync(where, { recursive: true });
  console.log(`a run killed ${kills} times`);
  const killed = await killedRun({ folder: where, kills });
  console.log('a label of 1e6 eV');
  const data = await structures();
  const { student: clean } = await train({ folder: join(where, 'clean'), data });
  const weights = fingerprint(clean);
  const diverged = await divergence({ data, clean, folder: where });
  const rows = [];
  let lost = 0;
  const list = Object.entries(faults({ data, weights }));
  for (const [k, [cause, inject]] of list.entries()) {
    console.log(`fault: ${cause}`);
    const found = await inject(join(where, `fault-${k}`));
    if (found.error === undefined) throw new Error(`${cause}: nothing was said`);
    lost += found.lost ? 1 : 0;
    const went = found.lost ? 'no' : 'yes, in the same bits';
    rows.push([
      cause,
      `\`${found.error.code}\``,
      firstLine(found.error).replaceAll(where, '...'),
      went,
    ]);
  }
  const result = {
    figures: {
      resume_bitwise: killed.same && killed.weights === weights,
      resume_kills: killed.kills,
      resume_steps: killed.steps,
      resume_steps_repeated: killed.repeated,
      divergence_ended: diverged.reason === 'completed',
      divergence_named: diverged.named,
      divergence_mae_ratio: diverged.ratio,
      training_faults: list.length,
      training_faults_lost: lost,
    },
    weights,
    columns: ['what was caused', 'code', 'message', 'goes on, nothing lost'],
    rows,
    text:
      `A run of ${killed.steps} steps, killed (SIGKILL) ${killed.kills} times and resumed with 1, 2 and 3 ` +
      `workers in turn, ${killed.same ? 'ended in the same bits' : 'did NOT end in the same bits'} as the ` +
      `undisturbed one (${killed.repeated} steps were done twice). One energy of 1e6 eV among ` +
      `${SPLIT.train.length} changes the force error on the test set by a factor of ${digits(diverged.ratio)}.`,
  };
  writeFileSync(`${file}.part`, JSON.stringify(result));
  renameSync(`${file}.part`, file);
  return result;
}
