import { expect, test } from '@jest/globals';
import { type Atoms, KCAL_PER_MOL, neighborList, voigtFromMatrix, volume } from '@mlffd/core';
import { OnnxSession, verifyOnnx } from '@mlffd/graph';
import { exportHub } from '../src/exchange/exportHub.ts';
import { EXPORT_OUTPUTS, exportOnnx } from '../src/exchange/exportOnnx.ts';
import {
  countParameters,
  decodeSafetensors,
  edgeFeeds,
  layoutEdges,
  parameterSpecs,
} from '../src/index.ts';
import { BACKENDS } from './backends.ts';
import { box, randomStudent, water, worst } from './systems.ts';

/** Rounding of a network in float32: eV/atom, eV/Angstrom, eV/Angstrom^3. */
const SINGLE = 2e-5;

const student = randomStudent();

async function outputs(session: OnnxSession, atoms: Atoms): Promise<Record<string, Float32Array>> {
  const batch = layoutEdges(neighborList(atoms, student.config.cutoff), { rows: 'dense' });
  const feeds = edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt));
  const wanted = session.inputs.map(({ name }) => [name, feeds[name]] as const);
  const found = await session.run(Object.fromEntries(wanted));
  return Object.fromEntries(
    Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

test('the ONNX model holds the softening of lengths', () => {
  const softened = { ...student, config: { ...student.config, normSoftening: 0.1 } };
  expect(new TextDecoder().decode(exportOnnx(softened))).toContain('"normSoftening":0.1');
  expect(String(exportHub(softened)['config.json'])).toContain('"norm_softening": 0.1');
  expect(new TextDecoder().decode(exportOnnx(student))).not.toContain('normSoftening');
});

test.each(BACKENDS)('the ONNX model alone gives the answers of $name', async ({ create }) => {
  const session = await OnnxSession.create(exportOnnx(student));
  const calculator = await create(student);
  try {
    expect(session.outputs.map(({ name }) => name)).toEqual(Object.values(EXPORT_OUTPUTS));
    for (const atoms of [water(), box(30)]) {
      const found = await outputs(session, atoms);
      const periodic = atoms.pbc[0] ? (['stress'] as const) : [];
      const expected = await calculator.calculate(atoms, ['energy', 'forces', ...periodic]);
      const energy = atoms.numbers.reduce(
        (sum, z, i) => sum + student.baseline.energies[z] + found.atom_energies[i],
        0,
      );
      expect(Math.abs(energy - expected.energy!) / atoms.numbers.length).toBeLessThan(SINGLE);
      expect(worst(found.forces, expected.forces!)).toBeLessThan(SINGLE);
      if (expected.stress === undefined) continue;
      const virial = new Float64Array(9);
      found.atom_virials.forEach((value, k) => (virial[k % 9] += value / volume(atoms)));
      expect(worst(voigtFromMatrix(virial), expected.stress)).toBeLessThan(SINGLE);
    }
  } finally {
    await session.release();
    await calculator.dispose();
  }
});

test('its metadata say what a caller needs, in any operator set', () => {
  const text = new TextDecoder().decode(exportOnnx(student, { opset: 18 }));
  for (const key of ['cutoff_A', 'reference_energies_eV', 'units', 'inputs', 'outputs', 'stress']) {
    expect(text).toContain(key);
  }
  for (const { name } of [{ name: 'edge_vectors' }, { name: 'edge_reverse' }]) {
    expect(text).toContain(name);
  }
  expect(text).toContain(JSON.stringify(['H', 'C', 'N', 'O']));
  expect(text).toContain(JSON.stringify({ 1: -13.6, 6: -1029.1, 7: -1485.3, 8: -2042.6 }));
  expect(() => {
    verifyOnnx(exportOnnx(student, { opset: 18 }));
  }).not.toThrow();
});

test('what is not in the graph is said', () => {
  const text = (zbl: boolean): string =>
    new TextDecoder().decode(exportOnnx({ ...student, config: { ...student.config, zbl } }));
  expect(text(true)).toContain('add the ZBL repulsion');
  expect(text(false)).not.toContain('ZBL');
});

test('weights and configuration for a model hub', () => {
  const files = exportHub(student);
  expect(Object.keys(files).sort()).toEqual(['config.json', 'model.safetensors']);
  const { tensors, metadata } = decodeSafetensors(files['model.safetensors'] as Uint8Array);
  expect(metadata.format).toBe('pt');
  for (const { name, shape } of parameterSpecs(student.config)) {
    expect(tensors.get(name)).toEqual({ shape, data: student.parameters.get(name) });
  }
  const config = JSON.parse(files['config.json'] as string) as Record<string, unknown>;
  expect(config).toMatchObject({
    model_type: 'painn',
    n_atom_basis: 16,
    cutoff: 5,
    parameters: countParameters(student.config),
    elements: ['H', 'C', 'N', 'O'],
    reference_energies: { H: -13.6, O: -2042.6 },
    energy_scale: 0.7,
    zbl: false,
    isolated_atoms: 'network',
  });
});

test('units of energy are those of CODATA 2014', () => {
  // What schnetpack and ASE use; an import in kcal/mol depends on it.
  expect(KCAL_PER_MOL).toBeCloseTo(0.04336410390059322, 15);
});
