import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isMlffdError } from '@mlffd/core';
import { Graph, grad, matmul, OnnxSession, reduceSum, sin, toOnnx } from '@mlffd/graph';
import {
  chromeTrace,
  hotspots,
  operatorCost,
  parseTrace,
  readTrace,
  type Trace,
} from '../src/index.ts';
import { expectValidFormat } from './traceFormat.ts';

const folder = mkdtempSync(join(tmpdir(), 'profiler-ort-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const CHILD = fileURLToPath(new URL('./support/killed.mjs', import.meta.url));
const ROWS = 16;
const WIDTH = 8;
const CALLS = 6;

/** A profile of a product and a sine with their gradients, in blocks. */
async function record(): Promise<string> {
  const graph = new Graph();
  const x = graph.input('x', ['N', WIDTH]);
  const w = graph.input('w', [WIDTH, WIDTH]);
  const hidden = graph.scope('block0', () => matmul(x, w));
  const energy = graph.scope('readout', () => reduceSum(sin(hidden), [0, 1]));
  const [gradient] = grad(energy, [x]);
  const bytes = toOnnx({ outputs: { energy, gradient }, name: 'wave' });
  const session = await OnnxSession.create(bytes, { profile: join(folder, 'run') });
  const feeds = {
    x: { data: new Float32Array(ROWS * WIDTH).fill(0.1), dims: [ROWS, WIDTH] },
    w: { data: new Float32Array(WIDTH * WIDTH).fill(0.1), dims: [WIDTH, WIDTH] },
  };
  for (let k = 0; k < CALLS; k++) await session.run(feeds);
  const path = session.endProfile();
  await session.release();
  return path;
}

describe('a profile of ONNX Runtime', () => {
  let path: string;
  let trace: Trace;
  beforeAll(async () => {
    path = await record();
    trace = await readTrace(path);
  });

  test('is read, with operators, blocks and shapes', () => {
    expect(trace).toMatchObject({ source: 'onnxruntime', run: 'model_run', truncated: false });
    expect(trace.ignored).toBe(0);
    expect(trace.tracks).toHaveLength(1);
    expect(trace.events.filter(({ name }) => name === 'model_run')).toHaveLength(CALLS);
    const product = trace.events.find(
      ({ operator, scope }) => operator === 'MatMul' && scope === 'block0',
    );
    expect(product?.args.output_type_shape).toEqual([{ float: [ROWS, WIDTH] }]);
    expect(product && operatorCost(product)).toEqual({
      flops: 2 * ROWS * WIDTH * WIDTH,
      bytes: 4 * (2 * ROWS * WIDTH + WIDTH * WIDTH),
    });
  });

  test('is the same compressed, and after our own export', async () => {
    const packed = join(folder, 'packed.json.gz');
    writeFileSync(packed, gzipSync(readFileSync(path)));
    expect(await readTrace(packed)).toEqual(trace);
    const text = chromeTrace(trace);
    expectValidFormat(text);
    expect(await parseTrace(new TextEncoder().encode(text))).toEqual(trace);
  });

  test.each(['operator', 'block', 'name'] as const)(
    'has hotspots by %s that add up to the time of a call',
    (by) => {
      const found = hotspots(trace, { by });
      const { rows, overhead, wall, error } = found;
      const sum = [...rows, ...overhead].reduce((total, { time }) => total + time, 0);
      expect(sum).toBeCloseTo(wall, 6);
      expect(error).toBeLessThan(1e-9);
      expect(found.runs + found.dropped).toBe(CALLS);
      expect(found.dropped).toBeGreaterThanOrEqual(1);
      expect(overhead.map(({ name }) => name)).toContain('ONNX Runtime, between operators');
    },
  );

  test('has the blocks of the graph', () => {
    const names = hotspots(trace, { by: 'block' }).rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['block0', 'readout', 'readout, gradient']));
    expect(names).not.toContain('outside of blocks');
  });

  test('of a killed program is a typed error or what is there', async () => {
    const child = spawn(process.execPath, [CHILD, join(folder, 'killed')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [file] = readdirSync(folder).filter((name) => name.startsWith('killed'));
    const result = await readTrace(join(folder, file)).catch((error: unknown) => error);
    if (isMlffdError(result)) {
      expect(result.code).toBe('trace/empty');
      expect(result.hint).toContain('endProfile()');
    } else expect(result).toMatchObject({ truncated: true });
  });
});

/** As the CUDA provider writes it: kernels after the node that launched them, with its names. */
const WITH_DEVICE = [
  ...[0, 100].flatMap((ts) => [
    { cat: 'Session', name: 'model_run', ph: 'X', pid: 7, tid: 7, ts, dur: 50, args: {} },
    {
      ...{ cat: 'Node', name: 'block0/MatMul_1_kernel_time', ph: 'X', pid: 7, tid: 7 },
      ...{ ts: ts + 5, dur: 10, args: { op_name: 'MatMul', provider: 'CUDAExecutionProvider' } },
    },
    {
      ...{ cat: 'Kernel', name: 'ampere_sgemm_32x32', ph: 'X', pid: -1, tid: -1 },
      ...{ ts: ts + 20, dur: 25 },
      args: { op_name: 'MatMul', parent_name: 'block0/MatMul_1_kernel_time', stream: '7' },
    },
  ]),
];

test('kernels of a device have operator and block of their node', async () => {
  const trace = await parseTrace(new TextEncoder().encode(JSON.stringify(WITH_DEVICE)));
  expect(trace.tracks.map(({ kind, thread }) => [kind, thread])).toEqual([
    ['cpu', 'thread 7'],
    ['gpu', 'stream 7'],
  ]);
  const onDevice = hotspots(trace, { device: 'gpu', by: 'block' });
  expect(onDevice.rows).toEqual([{ name: 'block0', time: 25, share: 0.5, count: 1 }]);
  expect(onDevice.overhead).toEqual([{ name: 'idle', time: 25, share: 0.5, count: 0 }]);
  expect(hotspots(trace).rows).toEqual([{ name: 'MatMul', time: 10, share: 0.2, count: 1 }]);
});
