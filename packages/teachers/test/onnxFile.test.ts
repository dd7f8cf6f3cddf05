import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError, isMlffdError, type MlffdError } from '@mlffd/core';
import fc from 'fast-check';
import { interfaceOf } from '../src/onnx/graphInterface.ts';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import { readPotentialFile } from '../src/onnx/potentialFile.ts';
import { pair } from './fixtures.ts';
import { onnxFixture, withManifest } from './onnxSupport.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-onnx-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(bytes: Uint8Array): string {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  return path;
}

/** The error of loading a file; fails if there is none. */
async function refusal(path: string): Promise<MlffdError> {
  const outcome: unknown = await OnnxTeacher.load(path).catch((error: unknown) => error);
  if (!isMlffdError(outcome)) throw new Error(`loaded, or threw ${String(outcome)}`);
  expect(outcome).toBeInstanceOf(FileFormatError);
  expect(outcome.where).toBe(path);
  expect(outcome.hint).toBeTruthy();
  return outcome;
}

describe('a damaged file is refused', () => {
  const bytes = readFileSync(onnxFixture('lennard-jones.onnx'));

  test('wherever a bit is turned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (place, bit) => {
        const altered = Uint8Array.from(bytes);
        altered[place] ^= 1 << bit;
        const path = written(altered);
        await expect(readPotentialFile(path)).rejects.toThrow(FileFormatError);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  test('wherever it ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const path = written(bytes.subarray(0, length));
        await expect(readPotentialFile(path)).rejects.toThrow(FileFormatError);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('after another number was written into its manifest', async () => {
    const text = bytes.toString('latin1').replace('cutoff\x12\x038.0', 'cutoff\x12\x039.0');
    const altered = Buffer.from(text, 'latin1');
    expect(altered.equals(bytes)).toBe(false);
    expect(await refusal(written(altered))).toMatchObject({ code: 'onnx/corrupt' });
  });

  test('and a missing one is a FileSystemError', async () => {
    await expect(OnnxTeacher.load(join(folder, 'absent.onnx'))).rejects.toThrow(FileSystemError);
  });
});

describe('a sum that threads would spoil is refused', () => {
  test.each(['racy.onnx', 'racy-branch.onnx', 'racy-function.onnx'])('%s', async (name) => {
    const error = await refusal(onnxFixture(name));
    expect(error).toMatchObject({ code: 'onnx/racy' });
    expect(error.hint).toContain('scatter_add');
  });

  test('but not a ScatterND that only writes', async () => {
    const teacher = await OnnxTeacher.load(onnxFixture('not-racy.onnx'));
    expect(teacher.name).toBe('not-racy');
    await teacher.dispose();
  });
});

describe('the manifest', () => {
  test.each([
    ['another format', { format: 'other' }],
    ['no format', { format: undefined }],
    ['a newer version', { version: 2 }],
  ])('of %s is refused', async (_, changes) => {
    const error = await refusal(written(withManifest('lennard-jones.onnx', changes)));
    expect(error).toMatchObject({ code: 'onnx/version' });
  });

  test.each([
    ['no seal', { fileSha256: undefined }],
    ['an unknown key', { energyscale: { factor: 2 } }],
    ['no name', { name: undefined }],
    ['an empty name', { name: '' }],
    ['a number as licence', { license: 3 }],
    ['versions that are no texts', { source: { sevenn: 13 } }],
    ['elements that do not exist', { elements: [0, 18] }],
    ['no elements', { elements: [] }],
    ['a negative cutoff', { cutoff: -1 }],
    ['a cutoff as text', { cutoff: '8' }],
    ['unknown neighbours', { neighbors: { kind: 'some' } }],
    ['neighbours as a text', { neighbors: 'all' }],
    ['nearest ones without a count', { neighbors: { kind: 'nearest' } }],
    ['half a neighbour', { neighbors: { kind: 'nearest', count: 2.5 } }],
    ['all neighbours with a count', { neighbors: { kind: 'all', count: 3 } }],
    ['angles beyond the cutoff', { tripleCutoff: 9 }],
    ['an unknown periodicity', { pbc: 'none' }],
    ['a dummy edge that is no flag', { dummyEdge: 'yes' }],
    ['edges that it cannot be given', { dummyEdge: false }],
    ['an unknown unit', { energyUnit: 'kcal/mol' }],
    ['another unknown unit', { lengthUnit: 'nm' }],
    ['too few references', { referenceEnergies: [0, 1, 2] }],
    ['references that are no numbers', { referenceEnergies: new Array(119).fill(null) }],
    ['an unknown key of the scale', { energyScale: { shift: 1 } }],
    ['direct forces without how', { forces: 'direct', direct: undefined }],
    ['how to treat forces that are a gradient', { direct: { removeNetForce: true } }],
    ['unknown stress', { stress: 'virial' }],
    ['no stress', { stress: undefined }],
  ])('with %s is refused, and the key is named', async (_, changes) => {
    const error = await refusal(written(withManifest('lennard-jones.onnx', changes)));
    expect(error).toMatchObject({ code: 'onnx/manifest' });
    const text = `${error.message} ${error.expected ?? ''}`;
    expect(Object.keys(changes).some((key) => text.includes(key) || key === 'dummyEdge')).toBe(
      true,
    );
  });

  test.each([
    ['a text as flag', { direct: { removeNetForce: 'yes', removeNetTorque: 'open' } }],
    ['an unknown torque', { direct: { removeNetForce: true, removeNetTorque: 'always' } }],
    ['an unknown key', { direct: { removeNetForce: true, removeNetTorque: 'open', mean: 0 } }],
  ])('with %s for direct forces is refused', async (_, changes) => {
    const error = await refusal(written(withManifest('direct-forces.onnx', changes)));
    expect(error).toMatchObject({ code: 'onnx/manifest' });
  });

  test('may say more, and carries it', async () => {
    const said = {
      about: 'a test',
      citation: 'nobody',
      source: { numpy: '2.4.6' },
    };
    const changes = { ...said, details: { anything: [1, 2] }, elements: [36, 18, 18] };
    const path = written(withManifest('lennard-jones.onnx', changes));
    const { manifest } = await readPotentialFile(path);
    expect(manifest).toMatchObject({ ...said, elements: [18, 36] });
  });
});

describe('a graph that does not fit its manifest is refused', () => {
  test.each([
    ['forces', { forces: 'direct', direct: { removeNetForce: true, removeNetTorque: 'never' } }],
    ['stress', { stress: 'direct' }],
  ])('no output %s', async (output, changes) => {
    const error = await refusal(written(withManifest('lennard-jones.onnx', changes)));
    expect(error).toMatchObject({ code: 'onnx/interface' });
    expect(error.message).toContain(`no output ${output}`);
  });

  test('angles without a cutoff', async () => {
    const bytes = withManifest('stillinger-weber.onnx', { tripleCutoff: undefined });
    const error = await refusal(written(bytes));
    expect(error).toMatchObject({ code: 'onnx/interface' });
    expect(error.expected).toContain('tripleCutoff');
  });

  test('operators that ONNX Runtime does not have', async () => {
    const bytes = withManifest('lennard-jones.onnx', {}, (graph) => {
      const text = Buffer.from(graph.buffer, graph.byteOffset, graph.length);
      text.write('Wherf', text.indexOf('Where'));
    });
    expect(await refusal(written(bytes))).toMatchObject({ code: 'onnx/refused' });
  });

  const vectors = { name: 'vectors', isTensor: true, type: 'float32', shape: ['E', 3] } as const;
  const energy = { name: 'energy', isTensor: true, type: 'float32', shape: [] } as const;
  const forces = { name: 'forces', isTensor: true, type: 'float32', shape: ['N', 3] } as const;
  const numbers = { name: 'numbers', isTensor: true, type: 'int64', shape: ['N'] } as const;

  test.each([
    ['no vectors', [numbers], [energy, forces]],
    ['an input of another name', [vectors, { ...numbers, name: 'species' }], [energy, forces]],
    ['vectors in float64', [{ ...vectors, type: 'float64' as const }], [energy, forces]],
    ['numbers in int32', [vectors, { ...numbers, type: 'int32' as const }], [energy, forces]],
    ['another number of axes', [vectors, { ...numbers, shape: ['N', 1] }], [energy, forces]],
    ['a fixed number of atoms', [vectors, { ...numbers, shape: [22] }], [energy, forces]],
    ['vectors with four components', [{ ...vectors, shape: ['E', 4] }], [energy, forces]],
    ['an input that is no tensor', [{ name: 'vectors', isTensor: false as const }], [energy]],
    ['no energy', [vectors], [forces]],
    ['two energies', [vectors], [energy, { ...energy, name: 'energies' }, forces]],
    ['no forces', [vectors], [energy]],
    ['forces of integers', [vectors], [energy, { ...forces, type: 'int64' as const }]],
    [
      'forces that are no tensor',
      [vectors],
      [energy, { name: 'forces', isTensor: false as const }],
    ],
  ])('%s', (_, inputMetadata, outputMetadata) => {
    expect(() =>
      interfaceOf(
        { inputMetadata, outputMetadata },
        { forces: 'direct', stress: 'none' },
        'x.onnx',
      ),
    ).toThrow(expect.objectContaining({ code: 'onnx/interface', where: 'x.onnx' }));
  });

  test('sizes that are not said are taken as they are', () => {
    const found = interfaceOf(
      { inputMetadata: [{ ...vectors, shape: [] }, numbers], outputMetadata: [forces, energy] },
      { forces: 'direct', stress: 'none' },
      'x.onnx',
    );
    expect(found).toEqual({
      inputs: ['vectors', 'numbers'],
      energy: 'energy',
      outputs: ['energy', 'forces'],
    });
  });
});

describe('a model that breaks its word fails on the structure', () => {
  test('with another number of energies', async () => {
    const teacher = await OnnxTeacher.load(onnxFixture('wrong-output.onnx'));
    // Two atoms have as many edges, three on a line more.
    const atoms = pair(['Ar', 'Ar'], 4);
    await expect(teacher.calculate(atoms, ['energies'])).resolves.toBeDefined();
    const three = {
      ...atoms,
      numbers: Int32Array.of(18, 18, 18),
      positions: Float64Array.of(0, 0, 0, 4, 0, 0, 8, 0, 1),
    };
    await expect(teacher.calculate(three, ['energies'])).rejects.toMatchObject({
      code: 'onnx/wrong-output',
    });
    await teacher.dispose();
  });

  test('with an index out of range, and goes on', async () => {
    const teacher = await OnnxTeacher.load(onnxFixture('fails.onnx'));
    for (let k = 0; k < 2; k++) {
      const error = teacher.calculate(pair(['Ar', 'Ar'], 4), ['energy']);
      await expect(error).rejects.toMatchObject({ code: 'onnx/failed', name: 'MlffdError' });
    }
    await teacher.dispose();
  });
});
