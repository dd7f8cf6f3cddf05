// Figures of teachers behind an i-PI socket: the same structures with and without the socket, and what
// a call costs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAtoms, Rng } from '../../packages/core/dist/index.js';
import {
  IpiTeacher,
  STILLINGER_WEBER_SILICON,
  StillingerWeber,
} from '../../packages/teachers/dist/index.js';

const STRUCTURES = 20;
/** Structures of one composition, which share a driver. */
const SHARED = 4;
const METALS = ['Al', 'Cu', 'Ag', 'Au', 'Ni', 'Pd', 'Pt'];
const LATENCY_SIZES = [22, 500];
const LATENCY_CALLS = 300;

const LAMMPS_INPUT = `units metal
atom_style atomic
boundary p p p
read_data \${data}
pair_style sw
pair_coeff * * si.sw \${elements}
fix ipi all ipi \${address} 31415 unix
thermo 0
run 100000000
`;

/** A rattled, strained crystal of some cells; every fifth is left-handed, every seventh a cluster. */
function crystal(basis, symbols, lattice, k) {
  const rng = new Rng(2, 'ipi', k);
  const frame = [1, 0, 0, 0, 1, 0, 0, 0, 1].map((x) => x + 0.12 * (2 * rng.uniform() - 1));
  if (k % 5 === 4) for (let c = 0; c < 3; c++) frame[6 + c] *= -1;
  const cells = symbols.length / (basis.length / 3);
  const positions = [];
  for (let cell = 0; cell < cells; cell++) {
    for (let site = 0; site < basis.length; site += 3) {
      const at = [basis[site] + cell, basis[site + 1], basis[site + 2]];
      for (let c = 0; c < 3; c++) {
        const ideal = at[0] * frame[c] + at[1] * frame[3 + c] + at[2] * frame[6 + c];
        positions.push(lattice * ideal + 0.1 * rng.normal());
      }
    }
  }
  const cell = frame.map((x, c) => x * lattice * (c < 3 ? cells : 1));
  const open = k % 7 === 6;
  return createAtoms({ symbols, positions, ...(open ? {} : { cell, pbc: true }) });
}

function alloys() {
  const fcc = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
  return Array.from({ length: STRUCTURES }, (_, k) => {
    const composition = Math.floor(k / SHARED);
    const rng = new Rng(3, 'alloy', composition);
    const symbols = Array.from(
      { length: 4 * (1 + 2 * composition) },
      () => METALS[rng.integer(METALS.length)],
    );
    return crystal(fcc, symbols, 4, k);
  });
}

function silicon() {
  const fcc = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
  const diamond = [...fcc, ...fcc.map((x) => x + 0.25)];
  return Array.from({ length: STRUCTURES }, (_, k) => {
    const cells = 1 + Math.floor(k / SHARED);
    return crystal(diamond, new Array(8 * cells).fill('Si'), 5.431, k);
  });
}

const propertiesOf = ({ pbc }) => ['energy', 'forces', ...(pbc[0] ? ['stress'] : [])];

/** Largest differences of the answers of a teacher from known ones; eV, eV/Angstrom, eV/Angstrom^3. */
async function differences(options, structures, expected) {
  const teacher = await IpiTeacher.listen(options);
  const most = { energy: 0, forces: 0, stress: 0 };
  try {
    const answers = await Promise.all(
      structures.map(async (atoms) => teacher.calculate(atoms, propertiesOf(atoms))),
    );
    for (const [k, atoms] of structures.entries()) {
      for (const property of propertiesOf(atoms)) {
        const own = [answers[k][property]].flatMap((value) => (value.length ? [...value] : value));
        const other = [expected[k][property]].flat();
        for (let i = 0; i < own.length; i++) {
          const difference = Math.abs(own[i] - other[i]);
          // NaN is larger than anything.
          if (!(difference <= most[property])) most[property] = difference;
        }
      }
    }
  } finally {
    await teacher.dispose();
  }
  return most;
}

/** Least time of a call with new positions, ms. */
async function latency(options, count) {
  const rng = new Rng(4, 'latency');
  const atoms = createAtoms({
    symbols: new Array(count).fill('Cu'),
    positions: Array.from({ length: 3 * count }, () => 20 * rng.uniform()),
    cell: [20, 20, 20],
    pbc: true,
  });
  const teacher = await IpiTeacher.listen({ ...options, stress: false, template: atoms });
  let least = Infinity;
  try {
    for (let k = 0; k < LATENCY_CALLS; k++) {
      atoms.positions[k % atoms.positions.length] += 1e-3;
      const start = performance.now();
      await teacher.calculate(atoms, ['energy', 'forces']);
      least = Math.min(least, performance.now() - start);
    }
  } finally {
    await teacher.dispose();
  }
  return least;
}

/**
 * @returns `ase` (EMT with and without the socket), `lammps` (`fix ipi` and `StillingerWeber`; undefined
 * where there is no LAMMPS): largest differences; `latency` by number of atoms, ms, with an ASE
 * calculator that computes nothing.
 */
export async function ipiMaxDifference({ root, python }) {
  const scripts = join(root, 'tooling', 'python');
  const driver = [
    python,
    join(scripts, 'ipi', 'ase_driver.py'),
    '{structure}',
    'unix',
    '{address}',
  ];
  const env = { OMP_NUM_THREADS: '1', PYTHONPATH: join(scripts, 'teachers') };
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-figures-ipi-'));
  try {
    const metals = alloys();
    const input = metals.map(({ numbers, positions, cell, pbc }) => ({
      numbers: [...numbers],
      positions: [...positions],
      cell: [...cell],
      pbc,
    }));
    const direct = execFileSync(python, [join(scripts, 'ipi', 'direct_emt.py')], {
      input: JSON.stringify(input),
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 26,
    });
    const ase = await differences({ command: driver, env }, metals, JSON.parse(String(direct)));

    const { elements, ...entry } = STILLINGER_WEBER_SILICON;
    const names = ['epsilon', 'sigma', 'a', 'lambda', 'gamma', 'cosTheta0', 'A', 'B', 'p', 'q'];
    const line = [...elements, ...names.map((name) => entry[name]), 0].join(' ');
    writeFileSync(join(folder, 'si.sw'), `${line}\n`);
    writeFileSync(join(folder, 'in.sw'), LAMMPS_INPUT);
    const exact = new StillingerWeber();
    const crystals = silicon();
    const expected = crystals.map((atoms) => {
      const { energy, forces, stress = [] } = exact.calculate(atoms, propertiesOf(atoms));
      return { energy, forces: [...forces], stress: [...stress] };
    });
    const variables = { data: '{data}', elements: '{elements}', address: '{address}' };
    const command = [
      join(dirname(python), 'lmp'),
      ...['-in', 'in.sw', '-log', 'none'],
      ...Object.entries(variables).flatMap(([name, value]) => ['-var', name, value]),
    ];
    const lammps = await differences({ command, cwd: folder, vacuum: 6 }, crystals, expected);

    const zero = { command: [...driver, 'zero_calculator:Zero'], env };
    const times = {};
    for (const size of LATENCY_SIZES) times[size] = await latency(zero, size);
    return { ase, lammps, latency: times };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
