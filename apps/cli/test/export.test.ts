import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  decodeSafetensors,
  initializeParameters,
  loadStudent,
  saveStudent,
  verifyStudent,
} from '@mlffd/student';
import { mlffd } from './support/mlffd.ts';

/** A model that schnetpack made, in kcal/mol; see tooling/python/schnetpack/exchange_golden.py. */
const TRAINED = new URL(
  '../../../packages/student/test/fixtures/exchange/trained.safetensors',
  import.meta.url,
);

let folder: string;
let student: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-export-'));
  student = join(folder, 'student');
  const config = {
    features: 8,
    interactions: 2,
    radialBasis: { type: 'bessel', count: 6 },
    cutoff: 4,
    cutoffFunction: 'polynomial',
  } as const;
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  energies.set([-2042.6], 8);
  await saveStudent(student, {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies, scale: 1.5, elements: [1, 8] },
    provenance: { note: 'random weights' },
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a softening of lengths is told by inspect, and survives a way through schnetpack', async () => {
  const softened = join(folder, 'softened');
  const plain = loadStudent(student);
  await saveStudent(softened, { ...plain, config: { ...plain.config, normSoftening: 0.1 } });
  expect((await mlffd(['inspect', softened])).stdout).toContain('softened by 0.1');
  expect((await mlffd(['inspect', student])).stdout).not.toContain('softened');
  const [out, back] = [join(folder, 'softened-out'), join(folder, 'softened-back')];
  await mlffd(['export', softened, '--to', 'schnetpack', '-o', out]);
  const file = join(out, 'model.safetensors');
  expect(await mlffd(['import', file, '-o', back])).toMatchObject({ code: 0, stderr: '' });
  expect(loadStudent(back).config).toEqual(loadStudent(softened).config);
});

describe('export', () => {
  test('as one ONNX model', async () => {
    const out = join(folder, 'new', 'model.onnx');
    const args = ['export', student, '--to', 'onnx', '-o', out, '--opset', '18'];
    const { code, stdout, stderr } = await mlffd(args);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain(out);
    expect(readFileSync(out, 'latin1')).toContain('reference_energies_eV');
  });

  test('as weights and configuration, with the card', async () => {
    const out = join(folder, 'hub');
    const { code, stdout } = await mlffd(['export', student, '--to', 'safetensors', '-o', out]);
    expect(code).toBe(0);
    for (const name of ['model.safetensors', 'config.json', 'README.md']) {
      expect(stdout).toContain(join(out, name));
      expect(existsSync(join(out, name))).toBe(true);
    }
    const { tensors } = decodeSafetensors(readFileSync(join(out, 'model.safetensors')));
    const { parameters } = loadStudent(student);
    expect(new Map(Array.from(tensors, ([name, { data }]) => [name, data]))).toEqual(parameters);
  });

  test('for schnetpack, and back', async () => {
    const out = join(folder, 'schnetpack');
    const { code, stdout } = await mlffd(['export', student, '--to', 'schnetpack', '-o', out]);
    expect(code).toBe(0);
    expect(stdout).toContain(`python ${join(out, 'schnetpack_model.py')} build`);
    expect(stdout).toContain('schnetpack has no polynomial cutoff');
    expect(readFileSync(join(out, 'schnetpack_model.py'), 'utf8')).toContain('def build(');
    const back = join(folder, 'back');
    const file = join(out, 'model.safetensors');
    const again = await mlffd(['import', file, '-o', back]);
    expect(`${String(again.code)} ${again.stderr}`).toBe('0 ');
    expect(again.stdout).toContain('no answers of schnetpack');
    expect(loadStudent(back).parameters).toEqual(loadStudent(student).parameters);
    expect(loadStudent(back).baseline).toEqual(loadStudent(student).baseline);
  });

  test.each([
    [['--to', 'pickle'], "'pickle' is invalid"],
    [['--to', 'onnx', '--opset', '12'], '18 to 23'],
  ])('%j is wrong use', async (flags, message) => {
    const { code, stderr } = await mlffd(['export', student, '-o', folder, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('import', () => {
  test("of schnetpack's model is compared with schnetpack's answers", async () => {
    const out = join(folder, 'imported');
    const file = join(folder, 'trained.safetensors');
    writeFileSync(file, readFileSync(TRAINED));
    const { code, stdout, stderr } = await mlffd([
      'import',
      file,
      '--energy-unit',
      'kcal/mol',
      '-o',
      out,
    ]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toMatch(/compared with schnetpack on 2 structures: energies within \d/);
    expect(stdout).toContain('H, C, O');
    expect((await verifyStudent(out)).ok).toBe(true);
    // Energy of a free carbon atom, with the mean energy per atom of the model.
    const { energies } = loadStudent(out).baseline;
    expect(energies[6]).toBeCloseTo(-1029.4889999855063 - 96.4 * 0.04336410390059322, 5);
  });

  test('of a model that the interpreter cannot read leaves nothing', async () => {
    const file = join(folder, 'best_model');
    writeFileSync(file, 'PK\u0003\u0004 and so on');
    const out = join(folder, 'none');
    // An interpreter that is there, refuses the script, and says so in its own words.
    const { code, stderr } = await mlffd(['import', file, '-o', out, '--python', process.execPath]);
    expect(code).toBe(2);
    expect(stderr).toContain('an interpreter that has schnetpack 2.x');
    expect(existsSync(out)).toBe(false);
    const missing = await mlffd(['import', file, '-o', out, '--python', join(folder, 'python')]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('ENOENT');
  });

  test('stops when it is asked to', async () => {
    const file = join(folder, 'best_model');
    writeFileSync(file, 'PK\u0003\u0004 and so on');
    const stopped = AbortSignal.abort();
    const { code } = await mlffd(
      ['import', file, '-o', join(folder, 'none'), '--python', process.execPath],
      stopped,
    );
    expect(code).toBe(130);
  });

  test('of no file', async () => {
    const { code, stderr } = await mlffd(['import', join(folder, 'nothing'), '-o', folder]);
    expect(code).toBe(1);
    expect(stderr).toContain('fs/not-found');
  });
});
