import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Atoms, BOHR, createAtoms, HARTREE, writeExtxyz } from '@mlffd/core';
import { initialVelocities, runMd, velocityVerlet } from '@mlffd/md';
import { pythonPeer } from '@mlffd/peers';
import { initializeParameters, saveStudent, StudentCalculator } from '@mlffd/student';
import { Mlffd, mlffd } from './support/cli.ts';
import { waterAtRest } from './support/springWater.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

/**
 * A student with random weights, which takes no training: with these it pulls at water by about
 * 1 eV/Angstrom and as smoothly as any other.
 */
const CONFIG = {
  features: 16,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 8 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
} as const;
const SEED = 3;
/**
 * The network computes in float32, and positions that went to Bohr and back differ in the last bit of
 * float64: a number of order 10 may be rounded to the next float32. eV, eV/Angstrom.
 */
const FLOAT32 = 1e-5;
/** The same after 40 steps, Angstrom. */
const PATH = 1e-6;
const STEPS = 40;
/** fs. */
const TIMESTEP = 0.5;
/** Error of the integrator of i-PI with steps of 0.25 fs, eV. */
const CONSERVED = 0.001;

const folder = temporaryFolder();
const peer = pythonPeer('reference');
if (peer.skip !== undefined) process.stdout.write(`skipped: ${peer.skip}\n`);
const withPython = peer.skip === undefined ? test : test.skip;

let student: string;
let calculator: StudentCalculator;

beforeAll(async () => {
  student = join(folder(), 'student');
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  energies.set([-2041.8], 8);
  await saveStudent(student, {
    config: CONFIG,
    parameters: initializeParameters(CONFIG, SEED),
    baseline: { energies, scale: 1, elements: [1, 8] },
    provenance: { note: 'random weights' },
  });
  calculator = await StudentCalculator.load(student);
});

afterAll(async () => {
  await calculator.dispose();
});

const freeName = (): string => `mlffd-e2e-${randomBytes(6).toString('hex')}`;

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Runs a program of the Python environment to its end. */
async function python(program: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const [out, errors, end] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (end[0] !== 0) throw new Error(`${program} ${args.join(' ')}:\n${out}\n${errors}`);
  return out;
}

/** Several water molecules; cells are triclinic, so small that images feel each other. */
function structures(isPeriodic: boolean): Atoms[] {
  const { numbers, positions } = waterAtRest();
  return Array.from({ length: 4 }, (_, k) =>
    createAtoms({
      numbers,
      // One of them far from its cell.
      positions: positions.map((x, i) => x + 0.03 * Math.sin(7 * k + i) + (k === 3 ? 500 : 0)),
      ...(isPeriodic ? { cell: [4.6 + 0.1 * k, 0, 0, 0.4, 5, 0, -0.3, 0.2, 4.8], pbc: true } : {}),
    }),
  );
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...Array.from(a, (x, k) => Math.abs(x - b[k])));
}

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

/** What ase_server.py prints. */
interface AseOutput {
  readonly answers: readonly {
    readonly energy: number;
    readonly forces: readonly number[];
    readonly stress: readonly number[] | null;
  }[];
  readonly trajectory: readonly (readonly number[])[];
}

withPython('ASE over a Unix socket and over TCP: single points and dynamics', async () => {
  const script = fileURLToPath(new URL('../tooling/python/ipi/ase_server.py', import.meta.url));
  const port = await freePort();
  const name = freeName();
  await Promise.all(
    [
      { isPeriodic: false, asked: `unix:${name}`, flags: ['--unix', name] },
      { isPeriodic: true, asked: String(port), flags: ['--port', String(port)] },
    ].map(async ({ isPeriodic, asked, flags }) => {
      const all = structures(isPeriodic);
      const velocities = initialVelocities(all[0], { temperature: 300, seed: 1 });
      const file = join(folder(), `ase-${String(isPeriodic)}.xyz`);
      const velo = { kind: 'real', values: velocities, columns: 3 } as const;
      writeFileSync(
        file,
        writeExtxyz(all.map((atoms, k) => (k === 0 ? { atoms, arrays: { velo } } : { atoms }))),
      );
      const served = mlffd(['serve', student, '--template', file, ...flags]);
      const args = [script, file, asked, String(STEPS), String(TIMESTEP)];
      const { answers, trajectory } = JSON.parse(
        await python(peer.python!, args, folder()),
      ) as AseOutput;
      const { code, stdout, stderr } = await served;
      expect(`${String(code)}${stdout}`).toBe('0');
      expect(stderr).toContain('the server closed the connection');

      for (const [k, { energy, forces, stress }] of answers.entries()) {
        const exact = await calculator.calculate(all[k], [
          ...(['energy', 'forces'] as const),
          ...(isPeriodic ? (['stress'] as const) : []),
        ]);
        expect(Math.abs(energy - exact.energy!)).toBeLessThan(FLOAT32);
        expect(largest(forces, exact.forces!)).toBeLessThan(FLOAT32);
        expect(stress === null).toBe(!isPeriodic);
        if (stress !== null) {
          expect(largest(stress, exact.stress!)).toBeLessThan(FLOAT32);
          expect(Math.max(...stress.map(Math.abs))).toBeGreaterThan(100 * FLOAT32);
        }
      }
      const own: number[][] = [];
      await runMd({
        ...{ calculator, atoms: all[0], velocities, steps: STEPS },
        integrator: velocityVerlet({ timestep: TIMESTEP }),
        onFrame: ({ atoms }) => void own.push(Array.from(atoms.positions)),
      });
      expect(trajectory).toHaveLength(STEPS + 1);
      for (const [k, positions] of trajectory.entries()) {
        expect(largest(positions, own[k])).toBeLessThan(PATH);
      }
      expect(largest(own[0], own[STEPS])).toBeGreaterThan(0.01);
    }),
  );
});

/** A system of i-PI, which has a driver of its own. */
interface IpiSystem {
  readonly name: string;
  readonly beads: number;
  /** More about its socket. */
  readonly socket: string;
  /** What the driver says about its work. */
  readonly done: string;
}

const SYSTEMS: readonly IpiSystem[] = [
  { name: 'classical', beads: 1, socket: '', done: `${STEPS + 1} answers` },
  {
    name: 'plain',
    beads: 2,
    socket: '<consolidate_messages> False </consolidate_messages>',
    done: `${2 * (STEPS + 1)} answers`,
  },
  {
    // Of four beads, three come at once, and then one that is filled up. At the start all are at one
    // place, so that two of the three need not be computed.
    name: 'batches',
    beads: 4,
    socket: '<batch_size> 3 </batch_size>',
    done: `${2 * (STEPS + 1)} answers about ${4 * (STEPS + 1) - 2} structures`,
  },
];

/** Input of i-PI for a water molecule in a box, classical and quantum. */
const ipiInput = (sockets: readonly string[]): string => `
<simulation verbosity='low' floatformat='%24.16e'>
  <output prefix='sim'>
    <properties stride='1' filename='out'> [ step, conserved, potential, kinetic_md ] </properties>
    <checkpoint stride='${STEPS}' filename='restart' overwrite='True'/>
  </output>
  <total_steps> ${STEPS} </total_steps>
  <prng> <seed> 1 </seed> </prng>
  ${SYSTEMS.map(
    ({ name, socket }, k) => `
  <ffsocket name='${name}' mode='unix' pbc='False'>
    <address> ${sockets[k]} </address>
    <latency> 1e-4 </latency>
    ${socket}
  </ffsocket>`,
  ).join('')}
  ${SYSTEMS.map(
    ({ name, beads }) => `
  <system prefix='${name}'>
    <initialize nbeads='${beads}'>
      <file mode='xyz'> init.xyz </file>
      <velocities mode='thermal' units='kelvin'> 300 </velocities>
    </initialize>
    <forces> <force forcefield='${name}'/> </forces>
    <motion mode='dynamics'>
      <dynamics mode='nve'> <timestep units='femtosecond'> 0.25 </timestep> </dynamics>
    </motion>
    <ensemble> <temperature units='kelvin'> 300 </temperature> </ensemble>
  </system>`,
  ).join('')}
</simulation>
`;

withPython('i-PI drives a molecule and path integrals, with every kind of message', async () => {
  const work = join(folder(), 'ipi');
  mkdirSync(work);
  const [o, h1, h2] = [0, 1, 2].map((i) =>
    Array.from(waterAtRest().positions.slice(3 * i, 3 * i + 3), (x) => x + 5).join(' '),
  );
  const comment = '# CELL(abcABC): 20 20 20 90 90 90 positions{angstrom} cell{angstrom}';
  writeFileSync(join(work, 'init.xyz'), `3\n${comment}\nO ${o}\nH ${h1}\nH ${h2}\n`);
  const sockets = SYSTEMS.map(freeName);
  writeFileSync(join(work, 'input.xml'), ipiInput(sockets));
  const template = join(work, 'template.xyz');
  writeFileSync(template, writeExtxyz([{ atoms: waterAtRest() }]));
  const drivers = Promise.all(
    sockets.map((name) => mlffd(['serve', student, '--template', template, '--unix', name])),
  );
  await python(join(dirname(peer.python!), 'i-pi'), ['input.xml'], work);
  for (const [k, { code, stdout, stderr }] of (await drivers).entries()) {
    expect(`${String(code)}${stdout}`).toBe('0');
    expect(stderr).toContain(`the server said EXIT; ${SYSTEMS[k].done}\n`);
    expect(stderr.includes('batches  of 3')).toBe(SYSTEMS[k].name === 'batches');
  }
  // Positions of the end, of all beads, Bohr.
  const restart = readFileSync(join(work, 'sim.restart'), 'utf8');
  const ends = [...restart.matchAll(/<q[^>]*>\s*\[([^\]]*)\]/g)].map(([, values]) =>
    values.split(',').map(Number),
  );
  expect(ends.map(({ length }) => length)).toEqual(SYSTEMS.map(({ beads }) => 9 * beads));
  for (const [k, { name, beads }] of SYSTEMS.entries()) {
    const rows = readFileSync(join(work, `${name}_sim.out`), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.trim().split(/\s+/).map(Number));
    expect(rows).toHaveLength(STEPS + 1);
    const conserved = rows.map((row) => row[1] * HARTREE);
    const drift = spread(conserved);
    expect(drift).toBeLessThan(CONSERVED);
    const potentials = rows.map((row) => row[2] * HARTREE);
    // Something happens in the meantime.
    expect(spread(potentials)).toBeGreaterThan(20 * drift);
    let mean = 0;
    for (let bead = 0; bead < beads; bead++) {
      const positions = ends[k].slice(9 * bead, 9 * bead + 9).map((x) => x * BOHR);
      const atoms = createAtoms({ numbers: waterAtRest().numbers, positions });
      mean += (await calculator.calculate(atoms, ['energy'])).energy! / beads;
    }
    expect(Math.abs(mean - potentials[STEPS])).toBeLessThan(FLOAT32);
  }
});

test('Ctrl-C ends it, whether there is a server or not', async () => {
  const template = join(folder(), 'template.xyz');
  writeFileSync(template, writeExtxyz([{ atoms: waterAtRest() }]));
  const path = join(folder(), 'socket');
  const server = createServer();
  const served = new Mlffd(['serve', student, '-t', template, '-u', path, '--reconnect']);
  await served.until(() => served.stderr.includes('waiting'));
  server.listen(path);
  await served.until(() => served.stderr.includes('answers'));
  served.kill('SIGINT');
  const { code, stderr } = await served.finished;
  expect(code).toBe(130);
  expect(stderr).toContain('stopped  after 0 answers');
  server.close();
});
