import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Atoms, createAtoms, Rng, symbolOf, writeExtxyz } from '@mlffd/core';
import { initializeParameters, PRESETS, saveStudent } from '@mlffd/student';
import { repository } from './cli.ts';

/** A structure with all that decides its trajectory. */
export interface MovingStructure {
  readonly atoms: Atoms;
  /** N, u. Written out, as the tables of the engines differ. */
  readonly masses: Float64Array;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
}

/** u */
const MASSES = new Map([
  [1, 1.008],
  [8, 15.999],
  [11, 22.98976928],
  [17, 35.45],
]);
/** Random weights give forces of up to an eV/Angstrom or so with this, as in a warm crystal. */
const SCALE = 0.15;
/** Order of the atoms in LAMMPS's data files, to be sure that IDs are not taken for places. */
const SHUFFLE = 7;

/** Makes the folder of a student for H, O, Na and Cl. */
export async function makeStudent(folder: string): Promise<void> {
  // Random weights hold no molecule together: the repulsion has to reach its bonds.
  const config = { ...PRESETS['ultra-tiny'], zbl: true, zblReach: 1 };
  const energies = new Float64Array(100);
  for (const [number] of MASSES) energies[number] = -number;
  await saveStudent(folder, {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies, scale: SCALE, elements: [...MASSES.keys()] },
    provenance: {},
  });
}

/** 16 atoms of rock salt, warm, in a box without right angles that is thinner than the cutoff. */
export function crystal(): MovingStructure {
  const cell = [11.4, 0, 0, 0.9, 5.7, 0, -0.7, 0.5, 5.9];
  const corners = [0, 1, 2, 3].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => [x, y, z])));
  const positions = corners.flatMap(([x, y, z]) =>
    [0, 1, 2].map((c) => (x / 4) * cell[c] + (y / 2) * cell[3 + c] + (z / 2) * cell[6 + c]),
  );
  const symbols = corners.map(([x, y, z]) => ((x + y + z) % 2 === 0 ? 'Na' : 'Cl'));
  return moving(createAtoms({ symbols, positions, cell, pbc: true }));
}

/** Two molecules of water in empty space. */
export function molecule(): MovingStructure {
  const water = [0, 0, 0.117, 0, 0.757, -0.469, 0, -0.757, -0.469];
  const positions = [...water, ...water.map((x, i) => x + [2.9, 0.3, -0.4][i % 3])];
  return moving(createAtoms({ symbols: ['O', 'H', 'H', 'O', 'H', 'H'], positions }));
}

function moving(atoms: Atoms): MovingStructure {
  const rng = new Rng(1, 'engines', atoms.numbers.length);
  for (let k = 0; k < atoms.positions.length; k++) atoms.positions[k] += 0.05 * rng.normal();
  const masses = Float64Array.from(atoms.numbers, (z) => MASSES.get(z) ?? 0);
  const velocities = atoms.positions.map(
    (_, k) => 0.012 * rng.normal() * masses[Math.floor(k / 3)] ** -0.5,
  );
  return { atoms, masses, velocities };
}

/** Writes what the examples of the documentation and the checks read. */
export function writeInputs(
  folder: string,
  structures: Readonly<Record<'crystal' | 'molecule', MovingStructure>>,
  dynamics: { readonly steps: number; readonly timestep: number },
): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
  };
  const plain = Object.entries(structures).map(([name, { atoms, masses, velocities }]) => [
    name,
    {
      numbers: [...atoms.numbers],
      positions: [...atoms.positions],
      cell: [...atoms.cell],
      pbc: atoms.pbc,
      masses: [...masses],
      velocities: [...velocities],
    },
  ]);
  write(
    'checks.json',
    JSON.stringify({ ...dynamics, structures: Object.fromEntries(plain) as unknown }),
  );
  write('start.xyz', writeExtxyz([{ atoms: structures.crystal.atoms }]));
  write('start.pdb', pdb(structures.molecule.atoms));
  // Angstrom/ps in units metal, Angstrom/fs in units real.
  write('start.data', lammpsData(structures.crystal, [11, 17], 1000));
  write('start-real.data', lammpsData(structures.crystal, [11, 17], 1));
  write('molecule.data', lammpsData(structures.molecule, [1, 8], 1000));
  const page = readFileSync(join(repository, 'docs', 'engines.md'), 'utf8');
  const [ase, lammps, openmm] = blocks(page, 'python');
  write('ase.example.py', ase);
  write('lammps.example.py', lammps);
  write('openmm.example.py', openmm);
  write('in.lammps', blocks(page, 'lammps')[0]);
  write('command.txt', blocks(page, 'sh').find((text) => text.includes('in.lammps')) ?? '');
}

function blocks(page: string, language: string): string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...page.matchAll(pattern)].map(([, code]) => code);
}

/** A data file of LAMMPS; the cell's vectors are as LAMMPS wants them, or none. */
function lammpsData(
  { atoms, masses, velocities }: MovingStructure,
  types: readonly number[],
  velocityScale: number,
): string {
  const { numbers, positions, cell, pbc } = atoms;
  const count = numbers.length;
  const order = Array.from({ length: count }, (_, k) => (SHUFFLE * k + 3) % count);
  const row = (values: Float64Array, k: number, scale = 1): string =>
    [0, 1, 2].map((c) => values[3 * k + c] * scale).join(' ');
  const box = pbc[0]
    ? [
        ...['x', 'y', 'z'].map((axis, c) => `0 ${cell[4 * c]} ${axis}lo ${axis}hi`),
        `${cell[3]} ${cell[6]} ${cell[7]} xy xz yz`,
      ]
    : ['x', 'y', 'z'].map((axis) => `-9 9 ${axis}lo ${axis}hi`);
  return [
    'made for a test\n',
    `${count} atoms\n${types.length} atom types\n`,
    ...box,
    '\nMasses\n',
    ...types.map((number, t) => `${t + 1} ${masses[numbers.indexOf(number)]}`),
    '\nAtoms # atomic\n',
    ...order.map((k) => `${k + 1} ${types.indexOf(numbers[k]) + 1} ${row(positions, k)}`),
    '\nVelocities\n',
    ...order.map((k) => `${k + 1} ${row(velocities, k, velocityScale)}`),
    '',
  ].join('\n');
}

/** A PDB file, which has three decimals. */
function pdb({ numbers, positions }: Atoms): string {
  const rows = Array.from(numbers, (number, k) => {
    const symbol = symbolOf(number);
    const place = [0, 1, 2].map((c) => positions[3 * k + c].toFixed(3).padStart(8)).join('');
    const name = `${symbol}${(k % 3) + 1}`.padEnd(3);
    const residue = String(Math.floor(k / 3) + 1).padStart(4);
    return `HETATM${String(k + 1).padStart(5)}  ${name} WAT A${residue}    ${place}  1.00  0.00          ${symbol.padStart(2)}`;
  });
  return [...rows, 'END', ''].join('\n');
}

const run = promisify(execFile);

/** Answers of `tooling/python/engines/ENGINE_checks.py` in a folder. */
export async function engineAnswers(
  python: string,
  engine: string,
  folder: string,
): Promise<unknown> {
  const script = join(repository, 'tooling', 'python', 'engines', `${engine}_checks.py`);
  const package_ = join(repository, 'packages', 'student', 'python');
  await run(python, [script, folder], {
    env: { ...process.env, PYTHONPATH: package_, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return JSON.parse(readFileSync(join(folder, `${engine}.json`), 'utf8')) as unknown;
}
