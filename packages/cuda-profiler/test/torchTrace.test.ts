import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { pythonPeer } from '@mlffd/peers';
import { hotspots, parseTrace, readTrace, type Trace } from '../src/index.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SCRIPT = join(ROOT, 'tooling', 'python', 'traces', 'torch_trace.py');

function expectCpuTrace(trace: Trace): void {
  expect(trace).toMatchObject({ source: 'torch', run: 'ProfilerStep', truncated: false });
  expect(trace.ignored).toBe(0);
  expect(new Set(trace.phases.map(({ name }) => name.replace(/#.*/, '')))).toEqual(
    new Set(['ProfilerStep', 'model', 'forces']),
  );
  const { rows, overhead, runs, dropped, wall } = hotspots(trace);
  expect({ runs, dropped }).toEqual({ runs: 1, dropped: 1 });
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['aten::addmm', 'aten::silu', 'aten::mm']));
  // aten::linear contains aten::addmm: each moment counts once.
  const sum = [...rows, ...overhead].reduce((total, { time }) => total + time, 0);
  expect(sum).toBeCloseTo(wall, 2);
  const blocks = hotspots(trace, { by: 'block' }).rows.map(({ name }) => name);
  expect(blocks).toEqual(expect.arrayContaining(['model', 'forces']));
}

describe('a trace of torch.profiler', () => {
  test('as recorded with torch 2.13', async () => {
    expectCpuTrace(await readTrace(join(import.meta.dirname, 'fixtures', 'torch-cpu.json')));
  });

  const peer = pythonPeer('torch');
  const live = peer.skip === undefined ? test : test.skip;
  live(`recorded now, compressed${peer.skip === undefined ? '' : `: ${peer.skip}`}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'profiler-torch-'));
    try {
      const path = join(folder, 'trace.json.gz');
      execFileSync(peer.python ?? '', [SCRIPT, path], { stdio: 'ignore' });
      expectCpuTrace(await readTrace(path));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** As Kineto writes what ran on a device: launches and kernels share a correlation. */
function withDevice(old: boolean): object {
  const event = (
    cat: string,
    name: string,
    [ts, dur]: readonly [number, number],
    args: object,
    at: { pid: number; tid: number } = { pid: 1, tid: 1 },
  ): object => ({ ph: 'X', cat, name, ts, dur, args, ...at });
  const device = { pid: 0, tid: 7 };
  const named = (category: string, before: string): string => (old ? before : category);
  return {
    schemaVersion: 1,
    deviceProperties: [{ id: 0, name: 'NVIDIA H100' }],
    traceEvents: [
      { ph: 'M', name: 'process_name', pid: 0, tid: 0, ts: 0, args: { name: 'python' } },
      { ph: 'M', name: 'thread_name', pid: 0, tid: 7, ts: 0, args: { name: 'stream 7' } },
      event('user_annotation', 'ProfilerStep#1', [0, 100], {}),
      event('user_annotation', 'model', [5, 60], {}),
      event('python_function', 'nn.Module: Linear_0', [8, 50], {}),
      event('python_function', 'torch/nn/modules/linear.py(1): forward', [9, 48], {}),
      event(named('cpu_op', 'Operator'), 'aten::addmm', [10, 40], { 'External id': 3 }),
      event(named('cuda_runtime', 'Runtime'), 'cudaLaunchKernel', [20, 6], { correlation: 11 }),
      { ph: 's', id: 11, pid: 1, tid: 1, ts: 20, cat: 'ac2g', name: 'ac2g' },
      event(
        named('kernel', 'Kernel'),
        'sgemm',
        [90, 30],
        { stream: 7, correlation: 11, 'External id': 3 },
        device,
      ),
      event(named('gpu_memcpy', 'Memcpy'), 'Memcpy DtoH', [125, 5], { 'External id': 3 }, device),
      event('cuda_sync', 'Stream Sync', [90, 30], {}, device),
      event('gpu_user_annotation', 'model', [90, 30], {}, device),
      event('Trace', 'PyTorch Profiler (0)', [0, 1000], {}, { pid: 9, tid: 9 }),
    ],
  };
}

describe.each([
  ['today', false],
  ['before 1.12', true],
])('kernels of a device, as torch wrote them %s', (_, old) => {
  const read = (): Promise<Trace> =>
    parseTrace(new TextEncoder().encode(JSON.stringify(withDevice(old))));

  test('belong to the operator and the module that launched them', async () => {
    const trace = await read();
    const kernels = trace.events.filter(({ track }) => trace.tracks[track].kind === 'gpu');
    expect(kernels).toMatchObject([
      { name: 'sgemm', operator: 'aten::addmm', scope: 'model/Linear_0', launch: 20 },
      { name: 'Memcpy DtoH', operator: 'aten::addmm', scope: 'model/Linear_0' },
    ]);
    expect(trace.phases.map(({ name }) => name)).toEqual(['ProfilerStep#1', 'model']);
  });

  test('are timed apart from the processor', async () => {
    const trace = await read();
    const onDevice = hotspots(trace, { device: 'gpu' });
    // The kernel was launched in the step, and runs until after it; the copy was not.
    expect(onDevice).toMatchObject({ wall: 100, covered: 30, concurrency: 1 });
    expect(onDevice.rows).toEqual([{ name: 'aten::addmm', time: 30, share: 0.3, count: 1 }]);
    const { rows, overhead } = hotspots(trace);
    expect(rows).toEqual([{ name: 'aten::addmm', time: 34, share: 0.34, count: 1 }]);
    expect(overhead.map(({ name, time }) => [name, time])).toEqual([
      ['not in the trace', 50],
      ['Python', 10],
      ['cudaLaunchKernel', 6],
    ]);
  });
});
