import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hotspots, parseTrace, readTrace, type Trace } from '../src/index.ts';
import { nsysExport } from './nsysExport.ts';

/** The same two steps as `nsysExport`, as `nsys stats --format csv` prints them. */
const CSV = [
  'Generating SQLite file run.sqlite from run.nsys-rep',
  'Processing [run.sqlite] with [/opt/reports/cuda_gpu_trace.py]... ',
  'Start (ns),Duration (ns),CorrId,GrdX,GrdY,GrdZ,BlkX,BlkY,BlkZ,Reg/Trd,StcSMem (MB),DymSMem (MB),Bytes (MB),Throughput (MB/s),SrcMemKd,DstMemKd,Device,Ctx,GreenCtx,Strm,Name',
  ...[0, 1].flatMap((step) => {
    const [at, id] = [1_000_000 + 100_000 * step, 10 * step + 1];
    return [
      `${at + 85_000},30000,${id},1,1,1,64,1,1,40,0.000,0.000,,,,,GPU (0),1,,7,"void gemm_kernel<float, 64>(float const*, float*, int)"`,
      `${at + 75_000},5000,${id + 1},,,,,,,,,,0.004,819.2,Device,Pageable,GPU (0),1,,7,[CUDA memcpy DtoH]`,
    ];
  }),
  '',
  'Processing [run.sqlite] with [/opt/reports/cuda_api_trace.py]... ',
  'Start (ns),Duration (ns),Name,Result,CorrID,Pid,Tid,T-Pri,Thread Name',
  ...[0, 1].flatMap((step) => {
    const [at, id] = [1_000_000 + 100_000 * step, 10 * step + 1];
    return [
      `${at + 20_000},6000,cudaLaunchKernel,0,${id},4242,4243,20,python`,
      `${at + 70_000},4000,cudaMemcpyAsync,0,${id + 1},4242,4243,20,python`,
    ];
  }),
  '',
  'Processing [run.sqlite] with [/opt/reports/nvtx_pushpop_trace.py]... ',
  'Start (ns),End (ns),Duration (ns),DurChild (ns),DurNonChild (ns),Name,PID,TID,Lvl,NumChild,RangeId,ParentId,RangeStack,NameTree',
  ...[0, 1].flatMap((step) => {
    const at = 1_000_000 + 100_000 * step;
    return [
      `${at},${at + 100_000},100000,50000,50000,:step,4242,4243,0,1,${step},,:${step},:step`,
      `${at + 10_000},${at + 60_000},50000,0,50000,:interaction0,4242,4243,1,0,${step},,:1, :interaction0`,
    ];
  }),
  '',
].join('\n');

async function ofSqlite(): Promise<Trace> {
  return parseTrace(await nsysExport());
}

function ofCsv(): Promise<Trace> {
  return parseTrace(new TextEncoder().encode(CSV));
}

describe.each([
  ['SQLite', ofSqlite],
  ['CSV', ofCsv],
])('an export of Nsight Systems as %s', (_, read) => {
  test('has kernels, copies, calls and ranges', async () => {
    const trace = await read();
    expect(trace).toMatchObject({ source: 'nsys', truncated: false, ignored: 0 });
    const kernels = trace.events.filter(({ operator }) => operator === 'gemm_kernel');
    expect(
      kernels.map(({ start, duration, scope, launch }) => [start, duration, scope, launch]),
    ).toEqual([
      [1085, 30, 'step/interaction0', 1020],
      [1185, 30, 'step/interaction0', 1120],
    ]);
    expect(trace.events.filter(({ operator }) => operator === '[CUDA memcpy DtoH]')).toHaveLength(
      2,
    );
    expect(
      trace.events.filter(({ operator }) => operator === undefined).map(({ name }) => name),
    ).toEqual(['cudaLaunchKernel', 'cudaMemcpyAsync', 'cudaLaunchKernel', 'cudaMemcpyAsync']);
    expect(trace.phases.map(({ name }) => name)).toEqual([
      ...['step', 'interaction0'],
      ...['step', 'interaction0'],
    ]);
    expect(trace.tracks.find(({ kind }) => kind === 'cpu')).toEqual({
      ...{ process: 'process 4242', thread: 'thread 4243', kind: 'cpu' },
    });
  });

  test('has hotspots by range, per step', async () => {
    const trace = await read();
    const found = hotspots(trace, { device: 'gpu', by: 'block', run: 'step', warmup: 0 });
    expect(found).toMatchObject({ runs: 2, wall: 100, covered: 35 });
    expect(found.rows).toEqual([
      { name: 'step/interaction0', time: 30, share: 0.3, count: 1 },
      { name: 'step', time: 5, share: 0.05, count: 1 },
    ]);
  });
});

test('an export is read from its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'profiler-nsys-'));
  try {
    const path = join(folder, 'run.sqlite');
    writeFileSync(path, await nsysExport());
    expect(await readTrace(path)).toEqual(await ofSqlite());
    writeFileSync(path, CSV);
    expect(await readTrace(path)).toEqual(await ofCsv());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('columns that a version lacks are left out', async () => {
  const trace = await parseTrace(
    await nsysExport([
      'CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER, end INTEGER)',
      'INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (1000, 3000)',
      'INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (3000, 1000)',
      'CREATE TABLE NVTX_EVENTS (start INTEGER, end INTEGER, text TEXT)',
      "INSERT INTO NVTX_EVENTS VALUES (0, 4000, 'step')",
    ]),
  );
  expect(trace.ignored).toBe(1);
  expect(trace.events).toMatchObject([{ name: 'kernel', start: 1, duration: 2 }]);
  expect(trace.phases).toMatchObject([{ name: 'step', duration: 4 }]);
});

test('a database without tables of nsys, and sums without events, are refused', async () => {
  const other = await nsysExport(['CREATE TABLE systems (id INTEGER)']);
  await expect(parseTrace(other)).rejects.toMatchObject({ code: 'trace/no-events' });
  const sums =
    'Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name\n' +
    '100.0,60000,2,30000.0,30000.0,30000,30000,0.0,gemm\n';
  await expect(parseTrace(new TextEncoder().encode(sums))).rejects.toMatchObject({
    code: 'trace/no-events',
    hint: expect.stringContaining('cuda_gpu_trace'),
  });
});

test('other units of time are converted', async () => {
  const text = 'Start (ms),Duration (us),Device,Strm,Name\n2,5,GPU,7,k\nbad,5,GPU,7,k\n1,2\n';
  const trace = await parseTrace(new TextEncoder().encode(text));
  expect(trace.events).toMatchObject([{ start: 2000, duration: 5 }]);
  expect(trace.ignored).toBe(2);
});
