import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Atoms, CHEMICAL_SYMBOLS, COVALENT_RADII, createAtoms } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import {
  loadStudent,
  pythonPackage,
  saveStudent,
  type Student,
  StudentCalculator,
  verifyStudent,
} from '../src/index.ts';
import { ZblPair, zblRange } from '../src/zbl/zblPair.ts';
import { requested, STRUCTURES, STUDENTS } from './pythonRequests.ts';
import { water, worst } from './systems.ts';

/** Rounding of networks in float32, relative to the largest value and absolute: eV/atom, eV/Angstrom, eV. */
const SINGLE = 1e-5;
/** Float64 by the same formulas, relative. */
const DOUBLE = 1e-12;
/** A step of 0.01 Angstrom has a truncation error of some percent at the random networks of tests. */
const DIFFERENCES = 0.03;

interface Answer {
  readonly energy: number;
  readonly energies: number[];
  readonly forces: number[];
  readonly virial: number[];
  readonly stress: number[] | null;
}

interface Failure {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly expected: string | null;
  readonly found: string | null;
  readonly where: string | null;
  readonly hint: string | null;
  readonly then?: number;
}

interface Answers {
  readonly evaluations: {
    cutoff: number;
    elements: number[];
    results: Answer[];
    repeats: boolean;
  }[];
  readonly refusals: Failure[];
  readonly commands: { code: number; out: string; err: string }[];
  readonly snippets: string[];
  readonly symbols: string[];
  readonly radii: number[];
  readonly repulsion: [number, number][][];
  readonly neighbours: {
    cases: number;
    edges: number;
    searches: number;
    steps: number;
    layouts: number;
    wrong: string[];
  };
  readonly ase: {
    readonly derivatives: Record<string, number>;
    readonly state: Record<string, [number, number]>;
    readonly aliasing: Record<string, boolean>;
    readonly refusals: Record<string, string>;
    readonly electrons: { energies: Record<string, number>; calls: number };
    readonly programs: Record<string, number | boolean>;
  };
}

const peer = pythonPeer('reference');
const scripts = fileURLToPath(new URL('../../../tooling/python/student', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'python-drop-in-'));
const names = Object.keys(STUDENTS);
const folderOf = (name: string): string => join(scratch, name);
const DISTANCES = [0.05, 0.4, 0.9, 1.3];
/** Parts of the sum of covalent radii at which the repulsion of nuclei ends. */
const REACHES = [1, 0.7];

/** A network whose numbers overflow float32. */
const OVERFLOW: Student = {
  ...STUDENTS.plain,
  parameters: new Map(
    Array.from(STUDENTS.plain.parameters, ([name, values]) => [name, values.map((x) => 1e15 * x)]),
  ),
};

/** Structures that are refused, the same by both sides. */
const REFUSED: Readonly<Record<string, Atoms>> = {
  'an element that it was not trained on': createAtoms({
    symbols: ['O', 'U'],
    positions: [0, 0, 0, 0, 0, 2],
  }),
  'atoms at one place': createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [0, 0, 0, 0, 0, 1, 0, 0, 1],
  }),
  'an atom on an image of another': createAtoms({
    symbols: ['O', 'H'],
    positions: [0, 0, 0, 9, 0, 3],
    cell: [3, 3, 3],
    pbc: true,
  }),
  'a coordinate that is NaN': { ...water(), positions: water().positions.with(5, NaN) },
  'a missing lattice vector': {
    ...water(),
    pbc: [true, true, true],
    cell: Float64Array.of(9, 0, 0, 0, 9, 0, 0, 0, 0),
  },
  'a cell without volume': {
    ...water(),
    pbc: [true, true, true],
    cell: Float64Array.of(9, 0, 0, 0, 9, 0, 9, 9, 0),
  },
  'a missing coordinate': { ...water(), positions: water().positions.slice(0, 8) },
  'no atoms': { ...water(), numbers: new Int32Array(0), positions: new Float64Array(0) },
  'a negative number of unpaired electrons': { ...water(), spin: -1 },
};

/** Folders that are refused, made by a real fault: code and the part of the message that names the file. */
const BROKEN: Readonly<
  Record<string, { code: string; named: string; fault: (folder: string) => void; verify?: true }>
> = {
  'no folder': {
    code: 'fs/not-found',
    named: 'config.json',
    fault: (f) => {
      rmSync(f, { recursive: true });
    },
  },
  'no model': {
    code: 'fs/not-found',
    named: 'model.onnx',
    fault: (f) => {
      rmSync(join(f, 'model.onnx'));
    },
  },
  'a truncated model': {
    code: 'student/hash',
    named: 'model.onnx',
    fault: (f) => {
      cut(join(f, 'model.onnx'));
    },
  },
  'a model that is none': {
    code: 'student/model',
    named: 'model.onnx',
    fault: (f) => {
      edit(f, (c) => {
        delete c.files;
      });
      cut(join(f, 'model.onnx'));
    },
  },
  'a model of another kind': {
    code: 'student/hash',
    named: 'model.onnx',
    fault: (f) => {
      copyFileSync(join(folderOf('zbl'), 'config.json'), join(f, 'model.onnx'));
    },
  },
  'JSON that ends early': {
    code: 'student/json',
    named: 'config.json',
    fault: (f) => {
      cut(join(f, 'config.json'));
    },
  },
  'another format': {
    code: 'student/config-value',
    named: '"format"',
    fault: (f) => {
      edit(f, (c) => {
        c.format = 'mlffd-hub';
      });
    },
  },
  'a later version': {
    code: 'student/config-value',
    named: '"version"',
    fault: (f) => {
      edit(f, (c) => {
        c.version = 2;
      });
    },
  },
  'an unknown option': {
    code: 'student/config-key',
    named: '"dispersion"',
    fault: (f) => {
      edit(f, ({ model }) => {
        model.dispersion = true;
      });
    },
  },
  'a cutoff that is none': {
    code: 'student/config-value',
    named: '"cutoff"',
    fault: (f) => {
      edit(f, ({ model }) => {
        model.cutoff = -5;
      });
    },
  },
  'a flag that is none': {
    code: 'student/config-value',
    named: '"zbl"',
    fault: (f) => {
      edit(f, ({ model }) => {
        model.zbl = 1;
      });
    },
  },
  'a softening that is none': {
    code: 'student/config-value',
    named: '"normSoftening"',
    fault: (f) => {
      edit(f, ({ model }) => {
        model.normSoftening = 0;
      });
    },
  },
  'no elements': {
    code: 'student/config-value',
    named: '"elements"',
    fault: (f) => {
      edit(f, ({ baseline }) => {
        delete baseline.elements;
      });
    },
  },
  'energies of no element': {
    code: 'student/config-value',
    named: '"elements"',
    fault: (f) => {
      edit(f, ({ baseline }) => {
        baseline.energies = { Zz: 1 };
      });
    },
  },
  'no baseline': {
    code: 'student/config-type',
    named: 'baseline',
    fault: (f) => {
      edit(f, (c) => {
        delete (c as Record<string, unknown>).baseline;
      });
    },
  },
  'damaged weights, verified': {
    code: 'student/hash',
    named: 'model.safetensors',
    verify: true,
    fault: (f) => {
      cut(join(f, 'model.safetensors'));
    },
  },
  'no test vectors, verified': {
    code: 'fs/not-found',
    named: 'test-vectors.json',
    verify: true,
    fault: (f) => {
      rmSync(join(f, 'test-vectors.json'));
    },
  },
};

interface Config {
  model: Record<string, unknown>;
  baseline: Record<string, unknown>;
  [key: string]: unknown;
}

function cut(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
}

function edit(folder: string, change: (config: Config) => void): void {
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Config;
  change(config);
  writeFileSync(path, JSON.stringify(config));
}

/** Python of a card, with what the reader is expected to have. */
function exampleOf(folder: string): string {
  const card = readFileSync(join(folder, 'README.md'), 'utf8');
  const [, code = ''] = /```python\n([\s\S]*?)```/.exec(card) ?? [];
  return [
    'from ase.build import molecule',
    `folder, atoms = ${JSON.stringify(folder)}, molecule("H2O")`,
    code,
    'print(energy, forces.shape)',
  ].join('\n');
}

const suite = peer.skip === undefined ? describe : describe.skip;

suite('the Python drop-in', () => {
  let answers: Answers;

  beforeAll(async () => {
    for (const name of names) await saveStudent(folderOf(name), STUDENTS[name]);
    await saveStudent(folderOf('overflow'), OVERFLOW, { testStructures: [] });
    const wrong = folderOf('wrong answers');
    cpSync(folderOf('plain'), wrong, { recursive: true });
    edit(wrong, ({ baseline }) => {
      baseline.scale = 0.71;
    });
    const broken = Object.entries(BROKEN).map(([name, { fault, verify }]) => {
      const folder = folderOf(name);
      cpSync(folderOf('plain'), folder, { recursive: true });
      fault(folder);
      return { folder, verify };
    });
    const then = requested(water());
    const requests = {
      evaluations: [
        ...names.map((name) => ({ folder: folderOf(name), structures: structuresOf(name) })),
        { folder: folderOf('plain'), structures: structuresOf('plain'), options: { skin: 0 } },
        { folder: folderOf('plain'), structures: structuresOf('plain'), options: { threads: 2 } },
      ],
      refusals: [
        ...Object.values(REFUSED).map((atoms) => ({
          folder: folderOf('charge and spin'),
          structure: requested(atoms),
          then,
        })),
        ...broken,
        { folder: folderOf('overflow'), structure: then },
        { folder: folderOf('plain'), options: { threads: 0 } },
        { folder: folderOf('plain'), options: { skin: -1 } },
      ],
      commands: ['plain', 'charge and spin', 'wrong answers', 'no folder'].map(folderOf),
      snippets: [{ code: exampleOf(folderOf('plain')), folder: scratch }],
      distances: DISTANCES,
      reaches: REACHES,
      ase: { folder: folderOf('zbl'), charged: folderOf('charge and spin') },
    };
    const [asked, told] = [join(scratch, 'requests.json'), join(scratch, 'answers.json')];
    writeFileSync(asked, JSON.stringify(requests));
    const env = {
      ...process.env,
      PYTHONPATH: pythonPackage(),
      PYTHONDONTWRITEBYTECODE: '1',
      // SciPy's threads wait for each other in ASE's optimisers of cells.
      OPENBLAS_NUM_THREADS: '1',
    };
    const args = ['-W', 'error::RuntimeWarning', join(scripts, 'drop_in.py'), asked, told];
    await promisify(execFile)(peer.python!, args, { env });
    answers = JSON.parse(readFileSync(told, 'utf8')) as Answers;
  }, 180_000);

  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });

  const cases = [...names, 'plain', 'plain'].map((name, k) => ({
    name,
    k,
    how: ['', ', without a skin', ', on two threads'][Math.max(0, k - names.length + 1)],
  }));

  test.each(cases)('answers as StudentCalculator: $name$how', async ({ name, k }) => {
    const { cutoff, elements, results, repeats } = answers.evaluations[k];
    const student = loadStudent(folderOf(name));
    const calculator = await StudentCalculator.fromStudent(student);
    expect({ cutoff, elements }).toEqual({
      cutoff: calculator.cutoff,
      elements: calculator.elements,
    });
    expect(repeats).toBe(true);
    for (const [n, found] of results.entries()) {
      const { atoms, name: structure } = STRUCTURES[n];
      const periodic = atoms.pbc.every(Boolean);
      const expected = await calculator.calculate(atoms, [
        'energy',
        'energies',
        'forces',
        ...(periodic ? (['stress'] as const) : []),
      ]);
      const size = (values: ArrayLike<number>): number =>
        Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 1);
      const largest = size(expected.forces!);
      const own = expected.energies!.map((e, i) => e - student.baseline.energies[atoms.numbers[i]]);
      const ofEnergy = size(own);
      const told = `${structure}: `;
      expect(told + String(worst(found.energies, expected.energies!) / ofEnergy < SINGLE)).toBe(
        `${told}true`,
      );
      expect(Math.abs(found.energy - expected.energy!) / atoms.numbers.length).toBeLessThan(
        SINGLE * ofEnergy,
      );
      expect(told + String(worst(found.forces, expected.forces!) / largest < SINGLE)).toBe(
        `${told}true`,
      );
      expect(found.stress === null).toBe(!periodic);
      if (found.stress === null) continue;
      expect(
        told + String(worst(found.stress, expected.stress!) / size(expected.stress!) < SINGLE),
      ).toBe(`${told}true`);
    }
    await calculator.dispose();
  });

  test('has a virial of -dE/dstrain: the sum of r (x) F of an open structure', () => {
    const { atoms } = STRUCTURES.find(({ name }) => name === 'open cluster')!;
    const k = STRUCTURES.findIndex(({ name }) => name === 'open cluster');
    const { virial, forces } = answers.evaluations[names.indexOf('zbl')].results[k];
    const sum = new Float64Array(9);
    forces.forEach((_, f) => {
      const i = f - (f % 3);
      for (let a = 0; a < 3; a++) sum[3 * a + (f % 3)] += atoms.positions[i + a] * forces[f];
    });
    expect(worst(virial, sum)).toBeLessThan(10 * SINGLE);
  });

  test('gives a structure in another cell the same answer', () => {
    const { results } = answers.evaluations[0];
    const of = (name: string): Answer =>
      results[STRUCTURES.findIndex((each) => each.name === name)];
    expect(worst(of('unwrapped, skewed').forces, of('skewed').forces)).toBeLessThan(SINGLE);
  });

  test('refuses what the calculator refuses, for the same reasons', async () => {
    const calculator = await StudentCalculator.fromStudent(STUDENTS['charge and spin']);
    for (const [k, [name, atoms]] of Object.entries(REFUSED).entries()) {
      const found = answers.refusals[k];
      const error = await Promise.resolve()
        .then(() => calculator.calculate(atoms, ['energy']))
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      // Nothing checks a spin on the way to a calculator.
      if (name !== 'a negative number of unpaired electrons') {
        expect({ name, error }).toMatchObject({ error: { name: found.type, code: found.code } });
      }
      expect(found.type).toMatch(/^(InvalidAtoms|UnsupportedElement)Error$/);
      expect([found.expected, found.found, found.message]).not.toContain('');
      expect(found.then).toBe(answers.refusals[0].then);
    }
    expect(answers.refusals[0]).toMatchObject({
      message: 'student-16x2 was not trained for U (atom 1)',
      expected: 'only H, C, N, O',
      where: 'atom 1',
    });
    expect(answers.refusals[1].where).toMatch(/atoms 1 and 2/);
    expect(answers.refusals[3]).toMatchObject({
      code: 'atoms/non-finite-position',
      where: 'atom 1, z',
    });
    await calculator.dispose();
  });

  test('says what is wrong with a folder', () => {
    const first = Object.keys(REFUSED).length;
    for (const [k, [name, { code, named }]] of Object.entries(BROKEN).entries()) {
      const { [first + k]: found } = answers.refusals;
      expect({ name, code: found.code }).toEqual({ name, code });
      expect(found.message).toContain(named);
      expect(found.hint).toMatch(/\.$|\?$/);
      expect(found.where).toContain(name);
    }
    expect(answers.refusals.slice(-3).map(({ code }) => code)).toEqual([
      'student/not-finite',
      'student/threads',
      'neighbors/invalid-skin',
    ]);
  });

  test('verifies the test vectors of a folder', async () => {
    const [plain, electronic, wrong, none] = answers.commands;
    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(plain.out).toMatch(/answers as it did where it was saved\n {2}structures {2}5\n/);
    expect(electronic.code).toBe(0);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('DIFFERS');
    expect(none).toMatchObject({ code: 2, out: '' });
    expect(none.err).toMatch(
      /^error: cannot read .*\n[\s\S]*what to do: .*\n {2}code: fs\/not-found\n$/,
    );
    expect((await verifyStudent(folderOf('plain'))).vectors).toBe(5);
  });

  test('has an example in the card of a student that is true', () => {
    const [printed] = answers.snippets;
    expect(printed).toMatch(/^-20\d\d\.\d+ \(3, 3\)\n$/);
  });

  test('knows the elements and the repulsion of their nuclei', () => {
    expect(answers.symbols).toEqual(CHEMICAL_SYMBOLS);
    expect(answers.radii).toEqual(COVALENT_RADII.slice(1));
    const pair = new ZblPair();
    expect(answers.repulsion).toHaveLength(REACHES.length);
    for (const [which, reach] of REACHES.entries()) {
      answers.repulsion[which].forEach(([energy, force], k) => {
        const element = 1 + Math.floor(k / DISTANCES.length);
        pair.choose(element, 8, zblRange(element, 8, reach)).at(DISTANCES[k % DISTANCES.length]);
        expect(Math.abs(energy - pair.energy)).toBeLessThanOrEqual(DOUBLE * Math.abs(pair.energy));
        const size = Math.abs(pair.derivative);
        expect(Math.abs(force - pair.derivative)).toBeLessThanOrEqual(DOUBLE * size);
      });
    }
  });

  test('lists all pairs and no others, to the last bit', () => {
    const { wrong, cases: checked, edges, searches, layouts, steps } = answers.neighbours;
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(600);
    expect(edges).toBeGreaterThan(40_000);
    // Reused: otherwise nothing was tested.
    expect(searches).toBeLessThan(steps / 2);
    expect(layouts).toBeLessThan(steps);
  });

  describe('is a calculator of ASE', () => {
    test('with forces and stress that are derivatives of the energy', () => {
      const { derivatives } = answers.ase;
      expect(derivatives.forces).toBeLessThan(DIFFERENCES * derivatives.largest_force);
      expect(derivatives.stress).toBeLessThan(DIFFERENCES * derivatives.largest_stress);
      expect(derivatives.energies).toBeLessThan(DOUBLE * 1e4);
      expect(derivatives.free_energy).toBe(0);
    });

    test('that computes once for each structure', () => {
      const calls = Object.entries(answers.ase.state).map(([name, [count]]) => [name, count]);
      expect(Object.fromEntries(calls)).toEqual({
        first: 1,
        again: 0,
        positions: 1,
        cell: 1,
        numbers: 1,
        info: 0,
        tags: 0,
        pbc: 1,
      });
      const energies = Object.values(answers.ase.state).map(([, energy]) => energy);
      expect(new Set(energies).size).toBe(5);
    });

    test('whose results belong to the caller', () => {
      expect(Object.values(answers.ase.aliasing)).not.toContain(false);
    });

    test('that has no stress without three periodic axes', () => {
      const { refusals } = answers.ase;
      for (const found of Object.values(refusals)) {
        expect(found).toMatch(/^PropertyNotImplementedError/);
      }
      expect(refusals['stress of a slab']).toContain('[True, True, False]');
    });

    test('that takes charge and spin where the student knows them', () => {
      const { energies, calls } = answers.ase.electrons;
      expect(energies.info).toBe(energies['initial charges']);
      expect(energies['info with spin']).toBe(energies['initial moments']);
      expect(energies['info with spin']).toBe(energies.given);
      expect(new Set(Object.values(energies)).size).toBe(3);
      expect(calls).toBe(5);
    });

    test('for optimisers, dynamics and trajectories', () => {
      const { programs } = answers.ase;
      expect(programs).toMatchObject({ bfgs: true, fire: true, langevin_finite: true });
      expect(programs.fire_forces).toBeLessThan(0.05);
      for (const name of ['bfgs_lowered', 'cell_lowered', 'langevin_temperature']) {
        expect(programs[name]).toBeGreaterThan(0);
      }
      for (const name of ['stored_stress', 'pickled', 'deep_copy']) expect(programs[name]).toBe(0);
      expect(programs.searches).toBeLessThan(20);
    });
  });
});

/** Structures for a student; of what it was not trained on there is none. */
function structuresOf(name: string): object[] {
  const { elements = [] } = STUDENTS[name].baseline;
  const known = STRUCTURES.filter(({ atoms }) => atoms.numbers.every((z) => elements.includes(z)));
  expect(known.length).toBe(STRUCTURES.length);
  return known.map(({ atoms }) => requested(atoms));
}
