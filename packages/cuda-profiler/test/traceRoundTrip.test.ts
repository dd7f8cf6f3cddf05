import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  chromeTrace,
  parseTrace,
  readTrace,
  type Trace,
  traceOfSpans,
  writeChromeTrace,
} from '../src/index.ts';
import { sortTrace } from '../src/traces/trace.ts';
import { expectValidFormat } from './traceFormat.ts';

const encoder = new TextEncoder();

// JSON has neither -0 nor what is not finite.
const time = (): fc.Arbitrary<number> =>
  fc.double({ min: 0, max: 1e9, noNaN: true }).map((x) => Math.abs(x));
const args = (): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(
    fc.string().filter((key) => key !== '__proto__' && key !== 'mlffd'),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer())),
    { maxKeys: 3 },
  );

const TRACKS = 3;

function trace(): fc.Arbitrary<Trace> {
  const track = fc.nat({ max: TRACKS - 1 });
  const event = fc.record(
    {
      ...{ name: fc.string(), category: fc.string(), track, start: time(), duration: time() },
      ...{ args: args(), operator: fc.string(), scope: fc.string(), launch: time() },
    },
    { requiredKeys: ['name', 'category', 'track', 'start', 'duration', 'args'] },
  );
  const phase = fc.record({ name: fc.string(), track, start: time(), duration: time() });
  return fc
    .record(
      {
        source: fc.constantFrom('onnxruntime', 'torch', 'nsys', 'mlffd', 'chrome'),
        run: fc.string(),
        tracks: fc.array(
          fc.record({
            process: fc.string(),
            thread: fc.string(),
            kind: fc.constantFrom('cpu', 'gpu'),
          }),
          { minLength: TRACKS, maxLength: TRACKS },
        ),
        events: fc.array(event, { maxLength: 12 }),
        phases: fc.array(phase, { maxLength: 4 }),
        truncated: fc.boolean(),
        ignored: fc.nat(),
      },
      { requiredKeys: ['source', 'tracks', 'events', 'phases', 'truncated', 'ignored'] },
    )
    .map((value) => sortTrace(value as Trace));
}

describe('a trace in the format of Chrome', () => {
  test('is read as it was, whatever it contains', async () => {
    await fc.assert(
      fc.asyncProperty(trace(), async (value) => {
        const text = chromeTrace(value);
        expectValidFormat(text);
        // Arguments are read into plain objects, which arbitrary ones need not be.
        expect(await parseTrace(encoder.encode(text))).toEqual(structuredClone(value));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('is written to a file and read from it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'profiler-'));
    try {
      const path = join(folder, 'md.json');
      const spans = [
        { name: 'step', start: 1, end: 3, frame: true },
        { name: 'forces', start: 1.5, end: 2.5, scope: 'interaction0' },
      ];
      const written = traceOfSpans(spans, { run: 'step', thread: 'dynamics' });
      writeChromeTrace(path, written);
      expect(await readTrace(path)).toEqual(written);
      expectValidFormat(readFileSync(path, 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('puts overlapping kernels of a stream on lines of their own', () => {
    const kernel = { category: 'kernel', track: 0, duration: 10, args: {}, operator: 'gemm' };
    const text = chromeTrace({
      source: 'torch',
      tracks: [{ process: 'device 0', thread: 'stream 7', kind: 'gpu' }],
      events: [0, 5, 10].map((start) => ({ ...kernel, name: `gemm ${start}`, start })),
      phases: [],
      truncated: false,
      ignored: 0,
    });
    expectValidFormat(text);
    const { traceEvents } = JSON.parse(text) as { traceEvents: { ph: string; tid: number }[] };
    expect(traceEvents.filter(({ ph }) => ph === 'X').map(({ tid }) => tid)).toEqual([1, 1, 2]);
  });
});
