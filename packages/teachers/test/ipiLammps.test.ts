import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { type Atoms, createAtoms, isTransientError, type Results, Rng } from '@mlffd/core';
import { toCellFrame } from '../src/ipi/cellFrame.ts';
import type { IpiTeacherEvent, IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { lammpsData } from '../src/ipi/lammpsData.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { STILLINGER_WEBER_SILICON } from '../src/stillingerWeber/parameters.ts';
import { StillingerWeber } from '../src/stillingerWeber/stillingerWeber.ts';
import { largestDifference } from './fixtures.ts';
import { freeName, LAMMPS, LAMMPS_HOME, membersOf } from './ipiSupport.ts';
import { failureOf, testPython, until } from './pythonSupport.ts';

// Constants of LAMMPS for lengths and energies differ from CODATA 2014 by 1.3e-8 (metal), and each
// length enters all lengths of a structure: relative to the largest number.
const CONSTANTS = 1e-7;
// Units real: kcal/mol of LAMMPS and its Boltzmann constant.
const REAL_CONSTANTS = 1e-6;
/** ASE's kcal/mol, eV. */
const KCAL_PER_MOL = 0.04336410390059322;

/** Potentials that come with LAMMPS. */
const POTENTIALS = join(LAMMPS_HOME, 'share', 'lammps', 'potentials');
const ENV = { LAMMPS_POTENTIALS: POTENTIALS };

/** A sum of a few terms of 10 Angstrom in float64. */
const ROUNDING = 1e-13;

const FOLDER = mkdtempSync(join(tmpdir(), 'ipi-lammps-'));

afterAll(() => {
  rmSync(FOLDER, { recursive: true });
});

const START = `
boundary p p p
read_data \${data}
`;
const RUN = `
fix ipi all ipi \${where}
thermo 0
run 100000000
`;
const INPUTS: Readonly<Record<string, string>> = {
  sw: `units metal\natom_style atomic${START}pair_style sw\npair_coeff * * si.sw \${elements}${RUN}`,
  lj: `units metal\natom_style atomic${START}pair_style lj/cut 7\npair_coeff * * 0.0104 3.4
pair_modify shift yes${RUN}`,
  reax: `units real\natom_style charge${START}pair_style reaxff NULL
pair_coeff * * ffield.reax.cho \${elements}\nfix qeq all qeq/reaxff 1 0.0 10.0 1.0e-10 reaxff${RUN}`,
};
for (const [name, text] of Object.entries(INPUTS)) writeFileSync(join(FOLDER, `in.${name}`), text);
const NAMES = [
  'epsilon',
  'sigma',
  'a',
  'lambda',
  'gamma',
  'cosTheta0',
  'A',
  'B',
  'p',
  'q',
] as const;
const { elements: triple } = STILLINGER_WEBER_SILICON;
const parameters = NAMES.map((name) => STILLINGER_WEBER_SILICON[name]);
writeFileSync(join(FOLDER, 'si.sw'), `${[...triple, ...parameters, 0].join(' ')}\n`);

function command(input: string, where: string, data = '{data}'): string[] {
  const variables = { data, elements: '{elements}', where };
  const words = Object.entries(variables).flatMap(([name, value]) => ['-var', name, value]);
  return [LAMMPS, '-in', `in.${input}`, '-log', 'none', ...words];
}

const UNIX = '{address} 31415 unix';
const TCP = '{host} {port}';

async function start(options: IpiTeacherOptions): Promise<IpiTeacher> {
  return IpiTeacher.listen({ cwd: FOLDER, env: ENV, timeout: 60, acceptTimeout: 60, ...options });
}

/** A rattled lattice; `skew` bends the cell. */
function crystal(symbol: string, seed: number, skew: number): Atoms {
  const rng = new Rng(seed, 'crystal');
  const diamond = [
    [0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0],
    [1, 1, 1, 1, 3, 3, 3, 1, 3, 3, 3, 1],
  ].flat();
  const a = 5.431 * (1 + 0.04 * (2 * rng.uniform() - 1));
  const frame = [1, 0, 0, 0, 1, 0, 0, 0, 1].map((x) => x + skew * (2 * rng.uniform() - 1));
  const positions = Array.from({ length: 24 }, (_, k) => {
    const site = 3 * Math.floor(k / 3);
    let x = 0.15 * (2 * rng.uniform() - 1);
    for (let j = 0; j < 3; j++) x += (diamond[site + j] / 4) * a * frame[3 * j + (k % 3)];
    return x;
  });
  const symbols = Array.from({ length: 8 }, () => symbol);
  return createAtoms({ symbols, positions, cell: frame.map((x) => a * x), pbc: true });
}

function largest(values: Float64Array): number {
  return Math.max(...values.map(Math.abs));
}

const ALL = ['energy', 'forces', 'stress'] as const;

async function expectSame(
  teacher: IpiTeacher,
  structures: readonly Atoms[],
  exact: (atoms: Atoms) => Results,
): Promise<void> {
  for (const atoms of structures) {
    const { energy, forces, stress } = await teacher.calculate(atoms, ALL);
    const own = exact(atoms);
    expect(Math.abs(energy! / own.energy! - 1)).toBeLessThan(CONSTANTS);
    expect(largestDifference(forces!, own.forces!) / largest(own.forces!)).toBeLessThan(CONSTANTS);
    expect(largestDifference(stress!, own.stress!) / largest(own.stress!)).toBeLessThan(CONSTANTS);
    // The comparison is of something.
    expect(largest(own.forces!)).toBeGreaterThan(0.1);
    expect(largest(own.stress!)).toBeGreaterThan(1e-3);
  }
}

describe('LAMMPS gives what the same potential gives in process', () => {
  const silicon = new StillingerWeber();
  const cubic = Array.from({ length: 4 }, (_, seed) => crystal('Si', seed, 0));
  const skewed = Array.from({ length: 8 }, (_, seed) => crystal('Si', seed, 0.15));

  testPython('Stillinger-Weber silicon, Unix socket, cells of any shape', async () => {
    const teacher = await start({ command: command('sw', UNIX), path: freeName('sw') });
    // The data file of the first has no tilt, those that follow do; some are left-handed.
    const mirrored = skewed.slice(0, 2).map((atoms) => ({
      ...atoms,
      positions: atoms.positions.map((x, k) => (k % 3 === 2 ? -x : x)),
      cell: atoms.cell.map((x, k) => (k % 3 === 2 ? -x : x)),
    }));
    await expectSame(teacher, [...cubic, ...skewed, ...mirrored], (atoms) =>
      silicon.calculate(atoms, ALL),
    );
    await teacher.dispose();
  });

  testPython('Stillinger-Weber silicon, TCP, two at a time', async () => {
    const options = { command: command('sw', TCP), port: 0, drivers: 2, template: cubic[0] };
    const teacher = await start(options);
    await Promise.all(
      [cubic, skewed].map(async (structures) =>
        expectSame(teacher, structures, (atoms) => silicon.calculate(atoms, ALL)),
      ),
    );
    await teacher.dispose();
  });

  testPython('lattice vectors that lean over by more than a cell', async () => {
    const teacher = await start({ command: command('sw', UNIX) });
    const leaning = skewed.slice(0, 3).map((atoms) => {
      const cell = atoms.cell.slice();
      for (let k = 0; k < 3; k++) cell[3 + k] += 2 * cell[k];
      for (let k = 0; k < 3; k++) cell[6 + k] -= 3 * cell[3 + k];
      return { ...atoms, cell };
    });
    await expectSame(teacher, leaning, (atoms) => silicon.calculate(atoms, ALL));
    await teacher.dispose();
  });

  testPython('Lennard-Jones, with a cutoff longer than the cell', async () => {
    const exact = new LennardJones({ epsilon: 0.0104, sigma: 3.4, cutoff: 7, truncation: 'shift' });
    const teacher = await start({ command: command('lj', UNIX) });
    const argon = [0, 0.1, 0.2].map((skew, seed) => crystal('Ar', seed, skew));
    await expectSame(teacher, argon, (atoms) => exact.calculate(atoms, ALL));
    await teacher.dispose();
  });

  testPython('a cluster in a vacuum, and many compositions by one driver at a time', async () => {
    const events: IpiTeacherEvent[] = [];
    const teacher = await start({
      command: command('sw', UNIX),
      vacuum: 6,
      onEvent: (event) => events.push(event),
    });
    for (const count of [5, 3, 4]) {
      const { numbers, positions } = crystal('Si', count, 0.1);
      const cluster = createAtoms({
        numbers: [...numbers].slice(0, count),
        positions: [...positions].slice(0, 3 * count).map((x) => 0.8 * x),
      });
      const { energy, forces } = await teacher.calculate(cluster, ['energy', 'forces']);
      const exact = silicon.calculate(cluster, ['energy', 'forces']);
      expect(Math.abs(energy! - exact.energy!)).toBeLessThan(CONSTANTS * 10);
      expect(largestDifference(forces!, exact.forces!)).toBeLessThan(CONSTANTS * 10);
      expect(largest(exact.forces!)).toBeGreaterThan(0.01);
    }
    expect(events.filter(({ type }) => type === 'driver-started')).toHaveLength(3);
    await teacher.dispose();
  });
});

interface Dump {
  readonly energy: number;
  /** Lengths along x, y, z and tilts xy, xz, yz. */
  readonly box: readonly number[];
  /** Columns of the atoms in their order. */
  readonly rows: readonly number[][];
}

/** What LAMMPS without a socket says of a data file. */
function dump(text: string, setup: string, commands: string, columns: string): Dump {
  writeFileSync(join(FOLDER, 'direct.data'), text);
  const exact = (...names: string[]): string => names.map((name) => `$(${name}:%.17g)`).join(' ');
  const input = `${setup}${START}${commands}run 0
write_dump all custom direct.dump id ${columns} modify sort id format float %.17g
print "energy ${exact('pe')}"
print "box ${exact('lx', 'ly', 'lz', 'xy', 'xz', 'yz')}"
`;
  writeFileSync(join(FOLDER, 'in.direct'), input);
  const words = ['-in', 'in.direct', '-log', 'none', '-var', 'data', 'direct.data'];
  const output = execFileSync(LAMMPS, words, {
    cwd: FOLDER,
    env: { ...process.env, ...ENV },
    encoding: 'utf8',
  });
  const said = (name: string): number[] =>
    output.split(`\n${name} `)[1].split('\n')[0].split(' ').map(Number);
  const lines = readFileSync(join(FOLDER, 'direct.dump'), 'utf8').split('\n').slice(9, -1);
  const rows = lines.map((line) => line.split(' ').slice(1).map(Number));
  return { energy: said('energy')[0], box: said('box'), rows };
}

testPython('LAMMPS reads the data file, and has its atoms and its box', () => {
  const { positions, cell, numbers } = crystal('Si', 3, 0.2);
  numbers[2] = 32;
  const atoms: Atoms = { numbers, positions, cell, pbc: [true, true, true] };
  const { box, rows } = dump(
    lammpsData(atoms),
    'atom_style atomic',
    'pair_style zero 5\npair_coeff * *\n',
    'type mass xu yu zu',
  );
  expect(rows.map(([type]) => type)).toEqual([1, 1, 2, 1, 1, 1, 1, 1]);
  expect(rows[2][1]).toBe(72.63);
  const { structure } = toCellFrame(atoms);
  const read = rows.flatMap(([, , ...position]) => position);
  expect(largestDifference(read, structure.positions)).toBeLessThan(ROUNDING);
  expect(box).toEqual([0, 4, 8, 3, 6, 7].map((k) => structure.cell[k]));
});

testPython('a reactive force field, in one box and then another', async () => {
  const rng = new Rng(1, 'water');
  const water = (edge: number): Atoms => {
    const grid = [0, 0, 0, 3, 0, 0, 0, 3, 0];
    const molecule = [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0];
    return createAtoms({
      symbols: ['O', 'H', 'H', 'O', 'H', 'H', 'O', 'H', 'H'],
      positions: Array.from(
        { length: 27 },
        (_, k) => grid[3 * Math.floor(k / 9) + (k % 3)] + molecule[k % 9] + 0.05 * rng.normal(),
      ),
      cell: [edge, 0, 0, 1, edge, 0, 0.5, -1, edge],
      pbc: true,
    });
  };
  const elements = [8, 1];
  const teacher = await start({ elements, command: command('reax', UNIX, '{data:charge}') });
  for (const atoms of [water(12), water(13)]) {
    const { energy, forces } = await teacher.calculate(atoms, ['energy', 'forces']);
    const direct = dump(
      lammpsData(atoms, { elements, style: 'charge' }),
      'units real\natom_style charge',
      `pair_style reaxff NULL\npair_coeff * * ffield.reax.cho O H
fix qeq all qeq/reaxff 1 0.0 10.0 1.0e-10 reaxff\n`,
      'fx fy fz',
    );
    const expected = direct.rows.flat().map((force) => force * KCAL_PER_MOL);
    expect(Math.abs(energy! / (direct.energy * KCAL_PER_MOL) - 1)).toBeLessThan(REAL_CONSTANTS);
    expect(largestDifference(forces!, expected) / largest(forces!)).toBeLessThan(REAL_CONSTANTS);
    expect(largest(forces!)).toBeGreaterThan(1);
  }
  await teacher.dispose();
});

testPython(
  'a driver that is killed in the middle costs its structure, the other goes on',
  async () => {
    const atoms = crystal('Si', 1, 0.1);
    writeFileSync(join(FOLDER, 'killed.data'), lammpsData(atoms));
    const groups: number[] = [];
    const exits: Promise<unknown>[] = [];
    const teacher = await start({
      port: 0,
      drivers: 2,
      template: atoms,
      onEvent: (event) => {
        if (event.type !== 'listening') return;
        const { host = '', port = 0 } = event.address;
        for (let k = 0; k < 2; k++) {
          const [program, ...words] = command('sw', `${host} ${port}`, 'killed.data').map((word) =>
            word.replace('{elements}', 'Si'),
          );
          const child = spawn(program, words, { cwd: FOLDER, detached: true, stdio: 'ignore' });
          groups.push(child.pid!);
          exits.push(once(child, 'exit'));
        }
      },
    });
    const signal = (group: number, name: string): void => {
      // LAMMPS itself, below the script that starts it.
      for (const pid of membersOf(group)) process.kill(pid, name);
    };
    signal(groups[0], 'SIGSTOP');
    const structures = [crystal('Si', 2, 0.1), crystal('Si', 3, 0.1)];
    const calls = structures.map(async (one) => teacher.calculate(one, ['energy']));
    const first = await Promise.race(calls.map(async (call, k) => call.then(() => k)));
    signal(groups[0], 'SIGKILL');
    const error = await failureOf(calls[1 - first]);
    expect(error).toMatchObject({ code: 'teachers/ipi-disconnected' });
    expect(isTransientError(error)).toBe(true);
    await until(() => teacher.drivers === 1, 'one is left');
    const silicon = new StillingerWeber();
    await expectSame(teacher, structures, (one) => silicon.calculate(one, ALL));
    await teacher.dispose();
    await Promise.all(exits);
  },
);
