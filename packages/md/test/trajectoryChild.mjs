// Writes trajectories of all formats. Runs the built package.
//
//   node trajectoryChild.mjs snapshots FOLDER   copies the files within and after every call that
//                                               changes one, as a killed process would leave them: FOLDER/ENDING/NUMBER-FRAMES
//   node trajectoryChild.mjs forever FOLDER     writes until it is killed; says how many frames of
//                                               each file are written
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const fs = createRequire(import.meta.url)('node:fs');
const [, , task, folder] = process.argv;
const real = { ...fs };

/** What is being written, while copies are made of it. */
let watched;
let copies = 0;

function snapshot() {
  if (watched === undefined) return;
  const { ending, name, frames } = watched;
  const target = join(folder, ending, `${String(copies++).padStart(4, '0')}-${frames}`);
  real.mkdirSync(target, { recursive: true });
  for (const ending_ of ['', '.journal']) {
    const file = join(folder, `${name}${ending_}`);
    if (real.existsSync(file)) real.copyFileSync(file, join(target, `${name}${ending_}`));
  }
}

function watch(call, within) {
  fs[call] = (...args) => {
    // Temporary files are of no interest to anyone who comes after.
    const names = args.filter((arg) => typeof arg === 'string');
    const isTemporary = names.length === 1 && /\.(tmp|lock)$/.test(names[0]);
    if (watched === undefined || isTemporary || isQuiet(args[0])) return real[call](...args);
    within?.(...args);
    const result = real[call](...args);
    snapshot();
    return result;
  };
}

const quiet = new Set();
const isQuiet = (fd) => quiet.has(fd);

if (task === 'snapshots') {
  fs.openSync = (path, ...rest) => {
    const fd = real.openSync(path, ...rest);
    if (/\.(tmp|lock)$/.test(String(path))) quiet.add(fd);
    else quiet.delete(fd);
    return fd;
  };
  watch('writeSync', (fd, bytes, offset = 0, length = bytes.length - offset, position = null) => {
    if (position === null || length < 16) return;
    for (const part of [Math.floor(length / 3), length - 1]) {
      real.writeSync(fd, bytes, offset, part, position);
      snapshot();
    }
  });
  watch('ftruncateSync');
  watch('renameSync');
  watch('rmSync');
  syncBuiltinESMExports();
}

const { appendTrajectory, createTrajectory } = await import('../dist/index.js');
const { createAtoms } = await import('@mlffd/core');

function frameOf(k) {
  const values = (scale) => Float64Array.from({ length: 9 }, (_, i) => scale * Math.sin(k + i / 7));
  const atoms = createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: values(3),
    cell: [8, 9, 10],
    pbc: true,
  });
  const energies = {
    energy: -k / 3,
    kinetic: 1 / 3,
    total: 1 / 3 - k / 3,
    conserved: 1,
    temperature: 300,
  };
  const step = 10 * k;
  return { atoms, velocities: values(0.01), forces: values(0.5), ...energies, step, time: 5 * k };
}

const ENDINGS = ['xyz', 'traj', 'dcd', 'h5'];
if (task === 'snapshots') {
  for (const ending of ENDINGS) {
    mkdirSync(join(folder, ending), { recursive: true });
    const name = `run.${ending}`;
    watched = { ending, name, frames: 0 };
    copies = 0;
    snapshot();
    // Two frames go into the H5MD file at once, the last by `close`.
    const writer = await createTrajectory(join(folder, name), { foldBytes: 600 });
    for (let k = 0; k < 4; k++) {
      writer.write(frameOf(k));
      watched.frames++;
      snapshot();
    }
    writer.close();
    snapshot();
    watched.frames = 2;
    const again = await appendTrajectory(join(folder, name), { lastStep: 15 });
    again.write(frameOf(2));
    watched.frames = 3;
    again.close();
    snapshot();
    watched = undefined;
  }
} else {
  const writers = [];
  for (const ending of ENDINGS) {
    const path = join(folder, `run.${ending}`);
    writers.push(await createTrajectory(path, { foldBytes: 5000 }));
  }
  for (let k = 0; ; k++) {
    for (const writer of writers) {
      writer.write(frameOf(k));
      real.writeSync(1, `${writers.map(({ frames }) => frames).join(' ')}\n`);
    }
  }
}
