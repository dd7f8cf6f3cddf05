import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, type Property } from '@mlffd/core';
import { OnnxSession, type OrtValue } from '@mlffd/graph';
import type { StudentConfig } from '../src/config.ts';
import { parsePainnConfig } from '../src/config.ts';
import { ELECTRON_INPUTS } from '../src/electronic/electronInputs.ts';
import { fromSchnetpack } from '../src/exchange/fromSchnetpack.ts';
import { exportHub } from '../src/exchange/exportHub.ts';
import { exportOnnx } from '../src/exchange/exportOnnx.ts';
import { toSchnetpack } from '../src/exchange/toSchnetpack.ts';
import { minimalCard } from '../src/card.ts';
import {
  buildInferenceModel,
  decodeSafetensors,
  EDGE_INPUTS,
  edgeFeeds,
  encodeSafetensors,
  inspectStudent,
  layoutEdges,
  loadStudent,
  saveStudent,
  type Student,
  StudentCalculator,
  verifyStudent,
} from '../src/index.ts';
import { computeTestVectors } from '../src/testVectors.ts';
import { type ElectronicAnswer, onEdges } from './electronicReference.ts';
import { atomsOf, fixtureAnswers, fixtureBytes } from './exchangeFixtures.ts';
import { exportedStudent } from './exchangeStudents.ts';
import { hashedParameters } from './formula.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** Float32 inside: eV per atom and eV/Angstrom. */
const SINGLE = 2e-6;
/** What one charge more changes at least, eV: far above rounding. */
const CHANGE = 1e-3;
const ALL: Property[] = ['energy', 'forces'];

const CONFIG: StudentConfig = { ...SMALL, charge: true, spin: true };
const student: Student = {
  ...randomStudent(CONFIG),
  parameters: hashedParameters(CONFIG, 2),
};
const calculator = await StudentCalculator.fromStudent(student);
const folder = mkdtempSync(join(tmpdir(), 'electronic-'));

afterAll(async () => {
  await calculator.dispose();
  rmSync(folder, { recursive: true });
});

const state = (atoms: Atoms, charge: number, spin: number): Atoms => ({ ...atoms, charge, spin });

/** Energy and forces in float64. */
function exactly({ config, parameters, baseline }: Student, atoms: Atoms): [number, Float64Array] {
  const [{ energy, forces }] = onEdges(config, parameters, [atoms], { oneStructure: true });
  const references = atoms.numbers.reduce((sum, z) => sum + baseline.energies[z], 0);
  return [references + baseline.scale * energy, forces.map((f) => f * baseline.scale)];
}

describe('a calculator', () => {
  test('gives each charge and spin its energy and forces, in every layout', async () => {
    // Chunked, dense, square and wide rows.
    const layouts = [water(), box(21, 2, false), box(40), box(100), box(9)];
    for (const [k, atoms] of layouts.entries()) {
      const charged = state(atoms, k - 2, k % 2);
      const found = await calculator.calculate(charged, ALL);
      const [energy, forces] = exactly(student, charged);
      expect(Math.abs(found.energy! - energy) / atoms.numbers.length).toBeLessThan(SINGLE);
      expect(worst(found.forces!, forces)).toBeLessThan(SINGLE);
    }
  });

  test('sees a charge that alone has changed between calls, also in calls that wait', async () => {
    const atoms = water();
    const charges = [0, 1, -1, 1, 0];
    const overlapping = await Promise.all(
      charges.map(async (charge) => calculator.calculate(state(atoms, charge, 0), ALL)),
    );
    for (const [k, charge] of charges.entries()) {
      const alone = await calculator.calculate(state(atoms, charge, 0), ALL);
      expect(overlapping[k].energy).toBe(alone.energy);
      expect(overlapping[k].forces).toEqual(alone.forces);
    }
    const [neutral, cation, anion] = overlapping.map(({ energy }) => energy!);
    expect(Math.abs(cation - neutral)).toBeGreaterThan(CHANGE);
    expect(Math.abs(anion - cation)).toBeGreaterThan(CHANGE);
  });

  test('takes a structure without charge and spin as neutral and closed', async () => {
    const [a, b] = [
      await calculator.calculate(water(), ALL),
      await calculator.calculate(state(water(), 0, 0), ALL),
    ];
    expect(a).toEqual(b);
  });

  test('refuses a charge that is no number', async () => {
    await expect(calculator.calculate(state(water(), NaN, 0), ALL)).rejects.toMatchObject({
      code: 'atoms/invalid-charge',
    });
  });

  test('ignores both where the student has no such options', async () => {
    const plain = await StudentCalculator.fromStudent(randomStudent());
    try {
      const found = await plain.calculate(state(water(), 3, 1), ALL);
      expect(found).toEqual(await plain.calculate(water(), ALL));
    } finally {
      await plain.dispose();
    }
  });
});

test('with isolated atoms at the baseline, neutral atoms are there and ions are not', async () => {
  const config: StudentConfig = { ...CONFIG, isolatedAtoms: 'baseline' };
  const limited = await StudentCalculator.fromStudent({ ...student, config });
  try {
    const atom = createAtoms({ numbers: [8], positions: [[0, 0, 0]] });
    const neutral = (await limited.calculate(atom, ['energy'])).energy!;
    const ion = (await limited.calculate(state(atom, -1, 0), ['energy'])).energy!;
    expect(Math.abs(neutral - student.baseline.energies[8])).toBeLessThan(SINGLE);
    const asItComes = await calculator.calculate(atom, ['energy']);
    const ionAsItComes = await calculator.calculate(state(atom, -1, 0), ['energy']);
    expect(Math.abs(ion - neutral)).toBeGreaterThan(CHANGE);
    const difference = ionAsItComes.energy! - asItComes.energy!;
    expect(Math.abs(ion - neutral - difference)).toBeLessThan(SINGLE);
  } finally {
    await limited.dispose();
  }
});

describe('a folder', () => {
  test('comes back as it was, and its test vectors hold charges for both models', async () => {
    await saveStudent(folder, student);
    const again = loadStudent(folder);
    expect(again.config).toMatchObject({ charge: true, spin: true });
    expect(again.parameters).toEqual(student.parameters);
    expect(await verifyStudent(folder)).toMatchObject({ ok: true, vectors: 8 });
    const { vectors } = await computeTestVectors(student);
    expect(vectors.map(({ charge, spin }) => [charge, spin]).slice(-4)).toEqual([
      [undefined, undefined],
      [1, undefined],
      [-2, undefined],
      [undefined, 1],
    ]);
    const [neutral, ...others] = vectors.slice(-4).map(({ energy }) => energy);
    for (const energy of others) expect(Math.abs(energy - neutral)).toBeGreaterThan(CHANGE);
    expect(minimalCard(student)).toContain('total charge');
  });

  test('says nothing of options that are off', () => {
    const config = parsePainnConfig({ ...SMALL, charge: false, spin: false });
    expect(Object.keys(config)).not.toContain('charge');
    expect(minimalCard(randomStudent())).not.toContain('charge');
    expect(() => parsePainnConfig({ ...SMALL, charge: 1 })).toThrow('true or false');
    const text = new TextDecoder().decode(buildInferenceModel(randomStudent(), { dense: true }));
    expect(text).not.toContain(ELECTRON_INPUTS.charge);
  });
});

describe('for other programs', () => {
  test('an ONNX model takes several structures with charges at once', async () => {
    const session = await OnnxSession.create(exportOnnx(student));
    const structures = [state(water(), 1, 1), state(box(6), -1, 0), water()];
    const lists = structures.map((atoms) => neighborList(atoms, SMALL.cutoff));
    const batch = layoutEdges(lists, { rows: 'dense' });
    const numbers = structures.flatMap((atoms) => [...atoms.numbers]);
    const feeds: Record<string, OrtValue> = {
      ...edgeFeeds(batch, BigInt64Array.from(numbers, BigInt)),
      total_charge: { data: Float32Array.of(1, -1, 0), dims: [3, 1] },
      unpaired_electrons: { data: Float32Array.of(1, 0, 0), dims: [3, 1] },
    };
    try {
      expect(session.inputs.map(({ name }) => name).sort()).toEqual(
        [
          EDGE_INPUTS.numbers,
          EDGE_INPUTS.vectors,
          EDGE_INPUTS.neighbors,
          EDGE_INPUTS.reverse,
          EDGE_INPUTS.structures,
          ...Object.values(ELECTRON_INPUTS),
        ].sort(),
      );
      const { forces } = await session.run(feeds);
      let atom = 0;
      for (const atoms of structures) {
        const [, expected] = exactly(student, atoms);
        const end = atom + atoms.numbers.length;
        const found = (forces.data as Float32Array).subarray(3 * atom, 3 * end);
        expect(worst(found, expected)).toBeLessThan(SINGLE);
        atom = end;
      }
    } finally {
      await session.release();
    }
    const text = new TextDecoder().decode(exportOnnx(student));
    expect(text).toContain('total charge of each structure, e');
    expect(exportHub(student)['config.json']).toContain('"charge_embedding": true');
  });

  test('inspection counts the blocks', () => {
    const { blocks, parameters } = inspectStudent(student);
    const plain = inspectStudent(randomStudent());
    const [charge, spin] = ['charge', 'spin'].map((name) => blocks.find((b) => b.name === name)!);
    expect(parameters - plain.parameters).toBe(charge.parameters + spin.parameters);
    expect(charge.parameters).toBe(4 * 16 * 16 + 5 * 16);
    expect(charge.flops).toBeGreaterThan(spin.flops);
    // What block 0 could look up by element it has to compute.
    const first = (report: typeof plain): number =>
      report.blocks.find(({ name }) => name === 'interaction.0')!.flops;
    expect(first(inspectStudent(student))).toBeGreaterThan(first(plain));
  });
});

describe('schnetpack', () => {
  const plain = exportedStudent('polynomial');
  const config: StudentConfig = { ...plain.config, charge: true, spin: true };
  const exported: Student = { ...plain, config, parameters: hashedParameters(config, 7) };
  const answers = fixtureAnswers('electronic');
  const parts = (bytes: Uint8Array): unknown => {
    const { tensors, metadata } = decodeSafetensors(bytes);
    return [Object.fromEntries(tensors), JSON.parse(metadata.schnetpack)];
  };

  test('gets the file that it answered for', () => {
    expect(parts(toSchnetpack(exported))).toEqual(parts(fixtureBytes('electronic.safetensors')));
  });

  test('has the same answers', () => {
    expect(answers.float64.length).toBeGreaterThan(5);
    for (const expected of answers.float64 as unknown as ElectronicAnswer[]) {
      const atoms = state(atomsOf(answers, expected.structure), expected.charge, expected.spin);
      const [energy, forces] = exactly(exported, atoms);
      // It adds 1e-8 to a sum of shares that is one.
      expect(Math.abs(energy - expected.energy)).toBeLessThan(1e-7);
      expect(worst(forces, expected.forces)).toBeLessThan(1e-7);
    }
  });

  test('gives back a student as it was', async () => {
    const { student: again } = await fromSchnetpack(toSchnetpack(exported));
    expect(again.config).toEqual(config);
    expect(again.parameters).toEqual(exported.parameters);
  });

  test('can have made the model, whose answers for ions are compared', async () => {
    const bytes = fixtureBytes('electronic-trained.safetensors');
    const found = await fromSchnetpack(bytes);
    expect(found.checked).toBe(5);
    expect(found.student.config).toMatchObject({ charge: true, spin: true });
    const { tensors, metadata } = decodeSafetensors(bytes);
    const edited = async (edit: (facts: EditedFacts) => void): Promise<unknown> => {
      const facts = JSON.parse(metadata.schnetpack) as EditedFacts;
      edit(facts);
      const changed = { ...metadata, schnetpack: JSON.stringify(facts) };
      return fromSchnetpack(encodeSafetensors({ tensors, metadata: changed }));
    };
    const other = edited((facts) => (facts.checks[2].charge = -1));
    await expect(other).rejects.toMatchObject({ code: 'student/import-mismatch' });
    const unknown = edited((facts) => {
      facts.representation.electronic_embeddings = ['spin_multiplicity'];
    });
    await expect(unknown).rejects.toThrow('total_charge, unpaired_electrons');
  });
});

interface EditedFacts {
  checks: { charge?: number }[];
  representation: { electronic_embeddings: string[] };
}
