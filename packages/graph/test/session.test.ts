import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrtValue } from '../src/index.ts';
import * as G from '../src/index.ts';
import { decodeModel, encodeModel } from '../src/onnx/model.ts';

const graph = new G.Graph();
const x = graph.input('x', ['N', 2]);
const y = graph.input('y', ['N']);
const index = graph.input('index', ['E'], 'int64');
const flag = graph.input('flag', ['N'], 'bool');
const rows = G.gather(
  G.add(G.reduceSum(x, [1]), G.where(flag, y, G.neg(y))),
  G.oneHotMap(index, 'N'),
);
const BYTES = G.toOnnx({ outputs: { rows }, name: 'rows' });

const FEEDS: Record<string, OrtValue> = {
  x: { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] },
  y: { data: Float32Array.of(10, 20), dims: [2] },
  index: { data: BigInt64Array.of(1n, 0n, 1n), dims: [3] },
  flag: { data: Uint8Array.of(1, 0), dims: [2] },
};
const EXPECTED = [-13, 13, -13];

describe('a session', () => {
  let session: G.OnnxSession;
  beforeAll(async () => {
    session = await G.OnnxSession.create(BYTES);
  });
  afterAll(() => session.release());

  test('tells inputs and outputs', () => {
    expect(session.inputs).toEqual([
      { name: 'x', type: 'float32', shape: ['N', 2] },
      { name: 'y', type: 'float32', shape: ['N'] },
      { name: 'index', type: 'int64', shape: ['E'] },
      { name: 'flag', type: 'bool', shape: ['N'] },
    ]);
    expect(session.outputs).toEqual([{ name: 'rows', type: 'float32', shape: ['E'] }]);
  });

  test('runs, and ignores feeds that the model does not have', async () => {
    const extra = { other: { data: Float32Array.of(1), dims: [1] } };
    const { rows: found } = await session.run({ ...FEEDS, ...extra });
    expect(found.dims).toEqual([3]);
    expect([...(found.data as Float32Array)]).toEqual(EXPECTED);
  });

  const WRONG: Record<string, [Record<string, OrtValue | undefined>, string]> = {
    'a missing input': [{ y: undefined }, 'input y: expected [N] float32, found nothing'],
    'a wrong type': [{ y: { data: Float64Array.of(1, 2), dims: [2] } }, 'found float64'],
    'int32 for int64': [{ index: { data: Int32Array.of(1), dims: [1] } }, 'found int32'],
    'no typed array': [{ y: { data: [1, 2], dims: [2] } as unknown as OrtValue }, 'no typed array'],
    'a wrong rank': [{ y: { data: Float32Array.of(1, 2), dims: [2, 1] } }, 'found [2, 1]'],
    'a wrong size': [{ x: { data: new Float32Array(6), dims: [2, 3] } }, 'found [2, 3]'],
    'two sizes for one symbol': [{ y: { data: new Float32Array(3), dims: [3] } }, 'found [3]'],
    'a wrong length': [{ y: { data: new Float32Array(3), dims: [2] } }, '[2] with 3 values'],
  };

  test.each(Object.entries(WRONG))('refuses %s', async (_name, [change, message]) => {
    const feeds = { ...FEEDS, ...change } as Record<string, OrtValue>;
    await expect(session.run(feeds)).rejects.toThrow(G.FeedError);
    await expect(session.run(feeds)).rejects.toThrow(message);
    expect(() => session.bind(feeds)).toThrow(message);
  });

  test('wraps failures inside ONNX Runtime', async () => {
    const feeds = { ...FEEDS, index: { data: BigInt64Array.of(7n), dims: [1] } };
    await expect(session.run(feeds)).rejects.toMatchObject({ code: 'graph/session-run' });
    await expect(session.run(feeds)).rejects.toThrow(G.SessionError);
    await expect(session.run(FEEDS)).resolves.toBeDefined();
  });

  test('runs again and again on the same arrays', async () => {
    const data = Float32Array.of(10, 20);
    const run = session.bind({ ...FEEDS, y: { data, dims: [2] } });
    expect([...((await run()).rows.data as Float32Array)]).toEqual(EXPECTED);
    data.set([0, 0]);
    expect([...((await run()).rows.data as Float32Array)]).toEqual([7, 3, 7]);
  });

  test('writes into given arrays', async () => {
    const data = new Float32Array(3);
    const run = session.bind(FEEDS, { rows: { data, dims: [3] } });
    await run();
    expect([...data]).toEqual(EXPECTED);
    expect(() => session.bind(FEEDS, { rows: { data: new Float64Array(3), dims: [3] } })).toThrow(
      'found float64',
    );
  });
});

test('a released session says so, and can be released twice', async () => {
  const session = await G.OnnxSession.create(BYTES);
  const run = session.bind(FEEDS);
  await session.release();
  await session.release();
  await expect(session.run(FEEDS)).rejects.toMatchObject({ code: 'graph/session-released' });
  await expect(run()).rejects.toThrow(G.SessionError);
  expect(() => session.bind(FEEDS)).toThrow('was released');
  expect(() => {
    session.endProfile();
  }).toThrow('was released');
});

describe('loading refuses', () => {
  test('truncated bytes', async () => {
    const half = BYTES.subarray(0, BYTES.length - 20);
    await expect(G.OnnxSession.create(half, { where: 'a.onnx' })).rejects.toThrow(
      G.ModelFormatError,
    );
  });

  test('an operator that does not exist, with the cause kept', async () => {
    const model = decodeModel(BYTES);
    if (model.graph !== undefined) model.graph.node[0].opType = 'NoSuchOperator';
    const loading = G.OnnxSession.create(encodeModel(model));
    await expect(loading).rejects.toMatchObject({ code: 'graph/onnx-refused' });
    await expect(loading).rejects.toThrow('ONNX Runtime refused the model');
  });
});

test('a profile names the scopes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graph-profile-'));
  try {
    const scoped = new G.Graph();
    const wave = scoped.scope('block0', () => G.sin(scoped.input('x', [2])));
    const bytes = G.toOnnx({ outputs: { wave }, name: 'wave' });
    const session = await G.OnnxSession.create(bytes, { profile: join(folder, 'run') });
    await session.run({ x: { data: Float32Array.of(1, 2), dims: [2] } });
    session.endProfile();
    await session.release();
    const [file] = readdirSync(folder);
    expect(readFileSync(join(folder, file), 'utf8')).toContain('block0/Sin_');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
