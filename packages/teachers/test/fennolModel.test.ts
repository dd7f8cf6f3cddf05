import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { FileFormatError, FileSystemError, InvalidArgumentError } from '@mlffd/core';
import { readFennolModel } from '../src/python/fennolModel.ts';
import { FennolTeacher } from '../src/python/fennolTeacher.ts';
import { type ModelKind, modelPath } from './fennolSupport.ts';
import { failureOf } from './pythonSupport.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'mlffd-fennol-'));
afterAll(() => {
  rmSync(FOLDER, { recursive: true });
});

/** A file with these bytes. */
function file(name: string, bytes: Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, bytes);
  return path;
}

/** A model file with nothing in it but modules. */
function modelWith(...modules: [string, object][]): string {
  const state = { cutoff: 5, modules, preprocessing: [], energy_terms: 'energy', variables: {} };
  return file('handmade.fnx', encode(state));
}

const failure = async (path: string): Promise<unknown> => failureOf(readFennolModel(path));

test.each<[ModelKind, readonly number[] | number]>([
  ['molecule', [1, 6, 7, 8, 16]],
  ['charged', [1, 6, 7, 8, 16]],
  ['angular', [1, 6, 7, 8]],
  ['crystal', 86],
  ['ionic', 86],
])('the elements of %s are those that it can tell apart', async (kind, elements) => {
  const { elements: found } = await readFennolModel(modelPath(kind));
  if (typeof elements === 'number') expect(found).toHaveLength(elements);
  else expect(found).toEqual(elements);
});

test('a file says what it is', async () => {
  expect(await readFennolModel(modelPath('molecule'))).toMatchObject({
    cutoff: 4.5,
    energyUnit: 'Ha',
    energyTerms: ['energy', 'repulsion'],
    modules: ['PAINN', 'NEURAL_NET', 'REPULSION_ZBL'],
  });
  // flax: sum(x.size for x in jax.tree.leaves(model.variables))
  expect((await readFennolModel(modelPath('molecule'))).parameters).toBe(MOLECULE_PARAMETERS);
});

/** By `sum(x.size for x in jax.tree.leaves(model.variables))`. */
const MOLECULE_PARAMETERS = 10_571;

test.each<[string, [string, object][], number[] | number]>([
  [
    'an order that its encoding ignores',
    [['e', { species_encoding: { encoding: 'random', species_order: 'H' } }]],
    86,
  ],
  ['a longer table', [['e', { species_encoding: { zmax: 92 } }]], 92],
  ['all elements', [['e', { species_encoding: { zmax: -1 } }]], 118],
  [
    'tables of different length',
    [
      ['e', { species_encoding: { zmax: 100 } }],
      ['m', { FID: 'mace' }],
    ],
    86,
  ],
  [
    'a repulsion up to uranium',
    [
      ['e', { species_encoding: { zmax: 100 } }],
      ['repulsion_nlh', {}],
    ],
    92,
  ],
  ['energies of atoms', [['c', { FID: 'CHEMICAL_CONSTANT', value: { H: -0.5, O: -75 } }]], [1, 8]],
  ['networks of elements', [['n', { hidden_neurons: { Si: [8], C: [8] } }]], [6, 14]],
  ['a list', [['n', { species_order: ['Na', 'Cl'] }]], [11, 17]],
  [
    'several lists',
    [
      ['a', { species_order: 'H, C, O' }],
      ['b', { species_order: 'C,N,O' }],
    ],
    [6, 8],
  ],
  [
    'an encoding of its own',
    [['species_encoding', { encoding: 'onehot', species_order: 'He' }]],
    [2],
  ],
])('elements: %s', async (_, modules, elements) => {
  const { elements: found } = await readFennolModel(modelWith(...modules));
  if (typeof elements === 'number')
    expect(found).toEqual(Array.from({ length: elements }, (_, k) => k + 1));
  else expect(found).toEqual(elements);
});

test('a missing file, a folder', async () => {
  const path = join(FOLDER, 'none.fnx');
  expect(await failure(path)).toBeInstanceOf(FileSystemError);
  expect(await failure(path)).toMatchObject({ code: 'fs/not-found', where: path });
  expect(await failure(FOLDER)).toMatchObject({ code: 'fs/is-a-directory' });
});

test('a file that is cut off, longer, or of another kind', async () => {
  const whole = readFileSync(modelPath('molecule'));
  for (const [name, bytes] of [
    ['half', whole.subarray(0, whole.length / 2)],
    ['longer', Buffer.concat([whole, whole])],
    ['empty', new Uint8Array(0)],
    ['text', Buffer.from('<html>Not found</html>')],
    ['other', encode({ weights: [1, 2, 3] })],
    ['no variables', encode({ modules: [], preprocessing: [] })],
    ['odd modules', encode({ modules: [['a', 3]], preprocessing: [], variables: {} })],
    ['flat modules', encode({ modules: ['a'], preprocessing: [], variables: {} })],
  ] as const) {
    const error = await failure(file(`${name}.fnx`, bytes));
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error).toMatchObject({ code: 'fennol/corrupt' });
  }
});

test('a pickle is not opened, whatever it is called', async () => {
  // b'cos\nsystem\n(S"..."\ntR.' is what a hostile one looks like; this one is pickle.dumps({}, 4).
  const bytes = Uint8Array.of(0x80, 4, 0x7d, 0x94, 0x2e);
  for (const name of ['model.pkl', 'model.PICKLE', 'model.fnx']) {
    const error = await failure(file(name, bytes));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: 'fennol/pickle' });
  }
});

test.each([
  ['model', { model: '' }],
  ['device', { device: 'CPU 0' }],
  ['precision', { precision: 'float16' }],
  ['matmulPrecision', { matmulPrecision: 'low' }],
  ['charge', { charge: 'any' }],
  ['spin', { spin: 1 }],
  ['energyTerms', { energyTerms: [] }],
  ['elements', { elements: [] }],
])('the option %s is checked before anything is started', async (where, options) => {
  // Types would not allow it, configuration files do.
  const given = { model: modelPath('molecule'), ...options, python: '/nonexistent' } as never;
  expect(await failureOf(FennolTeacher.start(given))).toMatchObject({
    code: 'teachers/invalid-option',
    where,
  });
});

test('a symbol that is none, and a model without energy terms', async () => {
  const model = modelPath('molecule');
  expect(await failureOf(FennolTeacher.start({ model, elements: ['Xx'] }))).toMatchObject({
    code: 'atoms/unknown-element',
  });
  const path = file('silent.fnx', encode({ modules: [], preprocessing: [], variables: {} }));
  expect(await failureOf(FennolTeacher.start({ model: path }))).toMatchObject({
    code: 'teachers/invalid-option',
  });
});

test('without Python there is a hint', async () => {
  const path = join(FOLDER, 'copy.fnx');
  copyFileSync(modelPath('molecule'), path);
  const started = FennolTeacher.start({ model: path, python: '/nonexistent/python' });
  expect(await failureOf(started)).toMatchObject({ code: 'teachers/no-python' });
});
