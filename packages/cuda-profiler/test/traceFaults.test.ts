import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isMlffdError } from '@mlffd/core';
import fc from 'fast-check';
import { chromeTrace, parseTrace, readTrace, type Trace, traceOfSpans } from '../src/index.ts';
import { ChromeTraceParser, parseChromeTrace } from '../src/traces/chromeTrace.ts';
import { nsysExport } from './nsysExport.ts';

const folder = mkdtempSync(join(tmpdir(), 'profiler-faults-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const encoder = new TextEncoder();
const TORCH = readFileSync(join(import.meta.dirname, 'fixtures', 'torch-cpu.json'));

/** As ONNX Runtime 1.30 writes it. */
const ORT = encoder.encode(
  `[\n${[
    '{"cat" : "Session","pid" :832,"tid" :832,"dur" :40,"ts" :3,"ph" : "X","name" :"session_initialization","args" : {}}',
    '{"cat" : "Node","pid" :832,"tid" :832,"dur" :17,"ts" :60,"ph" : "X","name" :"interaction0/Gather_14_kernel_time","args" : {"op_name" : "Gather","thread_scheduling_stats" : "","input_type_shape" : [{"float":[100,64]},{"int64":[21]}],"output_type_shape" : [{"float":[21,64]}]}}',
    '{"cat" : "Node","pid" :832,"tid" :832,"dur" :5,"ts" :80,"ph" : "X","name" :"odd \\" name]}\\\\_kernel_time","args" : {"op_name" : "Add"}}',
    '{"cat" : "Session","pid" :832,"tid" :832,"dur" :50,"ts" :50,"ph" : "X","name" :"model_run","args" : {}}',
  ].join(',\n')}\n]\n`,
);
const OWN = encoder.encode(
  chromeTrace(
    traceOfSpans([
      { name: 'forces', start: 1, end: 2 },
      { name: 'list', start: 2, end: 3 },
    ]),
  ),
);
const CSV = encoder.encode(
  'Start (ns),Duration (ns),CorrId,Device,Strm,Name\n10,20,1,GPU,7,"void k<a, b>(int)"\n40,5,2,GPU,7,j\n',
);

async function traceOrError(bytes: Uint8Array): Promise<Trace | string> {
  try {
    return await parseTrace(bytes);
  } catch (error) {
    if (!isMlffdError(error)) throw error;
    expect(error.hint).toBeDefined();
    return error.code;
  }
}

describe('a file that ends too early', () => {
  test.each([
    ['ONNX Runtime', ORT, 4],
    ['our own', OWN, 2],
    ['CSV', CSV, 2],
  ])('%s: gives what is there, or a typed error, at every byte', async (_, bytes, count) => {
    const found: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      const result = await traceOrError(bytes.subarray(0, length));
      if (typeof result === 'string')
        expect(result).toMatch(/^trace\/(empty|truncated|no-events|unknown-format)$/);
      else found.push(result.events.length);
    }
    const whole = await parseTrace(bytes);
    expect(whole).toMatchObject({ truncated: false, ignored: 0 });
    expect(whole.events).toHaveLength(count);
    // Nothing that was read goes lost with more bytes.
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found.at(-1)).toBeGreaterThanOrEqual(count - 1);
  });

  test('of torch.profiler', async () => {
    const step = 997;
    for (let length = 1; length < TORCH.length; length += step) {
      const result = await traceOrError(TORCH.subarray(0, length));
      if (typeof result !== 'string') expect(result.truncated).toBe(true);
    }
    const whole = await parseTrace(TORCH);
    expect(whole.truncated).toBe(false);
  });

  test('compressed, also as a stream', async () => {
    const bytes = gzipSync(TORCH);
    const path = join(folder, 'cut.json.gz');
    const lengths = [2, 9, 12, 300, Math.floor(bytes.length / 2), bytes.length - 9];
    for (const length of lengths) {
      const part = bytes.subarray(0, length);
      writeFileSync(path, part);
      const inMemory = await traceOrError(part);
      const streamed = await readTrace(path).catch((error: unknown) =>
        isMlffdError(error) ? error.code : error,
      );
      expect(streamed).toEqual(inMemory);
    }
    expect(await traceOrError(bytes.subarray(0, lengths[4]))).toMatchObject({ truncated: true });
    expect(gunzipSync(bytes)).toHaveLength(TORCH.length);
  });

  test('a database', async () => {
    const bytes = await nsysExport();
    for (let length = 16; length < bytes.length; length += 2048) {
      const result = await traceOrError(bytes.subarray(0, length));
      if (typeof result === 'string') expect(result).toMatch(/^trace\/(bad-sqlite|no-events)$/);
    }
  });
});

describe('a trace that arrives in pieces', () => {
  test('is the same however it is cut', () => {
    const whole = parseChromeTrace(ORT);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: ORT.length }), { maxLength: 20 }), (cuts) => {
        const parser = new ChromeTraceParser();
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), ORT.length]) {
          parser.push(ORT.subarray(from, to));
          from = to;
        }
        expect(parser.end()).toEqual(whole);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('has at most as many events as asked for, with the arguments asked for', () => {
    const few = parseChromeTrace(ORT, {
      mostEvents: 2,
      keepArg: (name) => name === 'op_name',
    });
    expect(few.truncated).toBe(true);
    expect(few.events.map(({ args }) => args)).toEqual([{}, { op_name: 'Gather' }]);
  });
});

describe('what is no trace', () => {
  test('random bytes give a trace or a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.json().map((text) => encoder.encode(text)),
          fc.tuple(fc.nat({ max: ORT.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
            const damaged = ORT.slice();
            damaged[at] = byte;
            return damaged;
          }),
        ),
        async (bytes) => {
          await traceOrError(bytes);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  test.each([
    ['an empty file', '', 'trace/empty'],
    ['an object without events', '{"a": [1, {"b": "]"}], "c": 1}', 'trace/no-events'],
    ['a text', 'hello, world\nStart\n', 'trace/unknown-format'],
    ['gzip of nothing', '\u001f\u008b\u0008', 'trace/empty'],
  ])('%s', async (_, text, code) => {
    expect(await traceOrError(Buffer.from(text, 'latin1'))).toBe(code);
  });

  test('damaged gzip, in memory and in a file', async () => {
    const bytes = gzipSync(TORCH);
    bytes.fill(0xff, 20, 60);
    expect(await traceOrError(bytes)).toBe('trace/bad-gzip');
    const path = join(folder, 'damaged.json.gz');
    writeFileSync(path, bytes);
    await expect(readTrace(path)).rejects.toMatchObject({ code: 'trace/bad-gzip', where: path });
  });

  test('a file that is not there, and a folder', async () => {
    await expect(readTrace(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'fs/not-found',
    });
    await expect(readTrace(folder)).rejects.toMatchObject({ code: 'fs/is-a-directory' });
  });
});

describe('unknown and odd entries', () => {
  const read = (entries: readonly unknown[]): Trace =>
    parseChromeTrace(encoder.encode(JSON.stringify({ traceEvents: entries })));

  test('are left out, and counted where they are no events', () => {
    const good = { ph: 'X', name: 'a', cat: 'c', pid: 1, tid: 'main', ts: 5, dur: 1 };
    const found = read([
      good,
      { ...good, dur: -1 },
      { ...good, ts: 'soon' },
      { ...good, ph: '?' },
      { ...good, ph: 'C', args: { bytes: 3 } },
      { ...good, ph: 'i' },
      {},
    ]);
    expect(found).toMatchObject({ source: 'chrome', ignored: 4, truncated: false });
    expect(found.events).toEqual([
      { name: 'a', category: 'c', track: 0, start: 5, duration: 1, args: {}, operator: 'a' },
    ]);
    expect(found.tracks).toEqual([{ process: 'process 1', thread: 'main', kind: 'cpu' }]);
  });

  test('begins and ends are put together, by thread', () => {
    const at = (ph: string, ts: number, tid: number, name = 'a'): object => ({
      ...{ ph, name, pid: 1, tid, ts },
    });
    const found = read([
      ...[at('B', 0, 1, 'outer'), at('B', 1, 1, 'inner'), at('B', 1, 2), at('E', 3, 1)],
      ...[at('E', 9, 1), at('E', 4, 2), at('E', 5, 2), at('B', 6, 2)],
    ]);
    expect(found.events.map(({ name, start, duration }) => [name, start, duration])).toEqual([
      ['outer', 0, 9],
      ['a', 1, 3],
      ['inner', 1, 2],
    ]);
    expect(found.ignored).toBe(2);
  });
});
