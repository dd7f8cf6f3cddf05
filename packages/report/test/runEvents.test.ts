import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { crc32c } from '../src/run/crc32c.ts';
import { scalarRecord, versionRecord } from '../src/run/eventFile.ts';
import { parseRunLog } from '../src/run/runLog.ts';
import { EventEncoder, scalarsOf } from '../src/run/tensorboard.ts';
import { EPOCH_LINE, STEP_LINE } from './runExample.ts';

interface Fixture {
  start: number;
  events: { wallTime: number; step: number; scalars: Record<string, number> }[];
  file: string;
}

/** Made by TensorBoard: tooling/python/schnetpack/exchange_events.py. */
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/run-events.json', import.meta.url), 'utf8'),
) as Fixture;

test('CRC-32C has the values of RFC 3720', () => {
  const text = new TextEncoder().encode('123456789');
  expect(crc32c(text).toString(16)).toBe('e3069283');
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa');
  expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43');
});

test('an event file is the bytes that TensorBoard writes', () => {
  const records = fixture.events.map(({ wallTime, step, scalars }) =>
    scalarRecord({ wallTime, step, scalars: new Map(Object.entries(scalars)) }),
  );
  const file = Buffer.concat([versionRecord(fixture.start), ...records]);
  expect(file.toString('base64')).toBe(fixture.file);
});

describe('scalars of a log', () => {
  test('have the names of the log, by what they are about', () => {
    const step = scalarsOf({ ...STEP_LINE, blocks: { 'mixing.0': { gradient: 2, update: null } } });
    expect(Object.fromEntries(step)).toEqual({
      'train/epoch': 0,
      'train/loss': 12.5,
      'train/energy': 0.5,
      'train/forces': 0.12,
      'train/stress': 0,
      'train/learningRate': 1e-4,
      'train/gradientNorm': 3,
      'train/blocks/mixing.0/gradient': 2,
    });
    const activations = { 'mixing.0': { q: 2, mu: null } };
    const epoch = scalarsOf({ ...EPOCH_LINE, activations });
    expect(epoch.get('epoch/loss')).toBe(9);
    expect(epoch.get('epoch/activations/mixing.0/q')).toBe(2);
    expect(epoch.has('epoch/activations/mixing.0/mu')).toBe(false);
    expect(epoch.get('validation/force_mae_meV_A')).toBe(80);
    expect(epoch.get('validation/by_element/O/force_mae_meV_A')).toBe(90);
    expect(epoch.get('validation/by_force/1-up_eV_A/force_mae_meV_A')).toBe(99);
    expect(epoch.has('validation/stress_mae_GPa')).toBe(false);
    expect(scalarsOf({ step: 3, outlier: 7, reason: 'x' }).size).toBe(0);
  });

  test('have the times of their lines, else times in between', () => {
    const wallTimes = (lines: readonly object[]): number[] => {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const times = { start: 100, end: 200 };
      const bytes = new EventEncoder().encode(parseRunLog(text).lines, times);
      const found: number[] = [];
      for (let at = 0; at < bytes.length;) {
        const view = new DataView(bytes.buffer, bytes.byteOffset + at);
        found.push(view.getFloat64(13, true));
        at += Number(view.getBigUint64(0, true)) + 16;
      }
      return found;
    };
    const lines = [
      { ...STEP_LINE, step: 10 },
      { ...STEP_LINE, step: 40 },
    ];
    expect(wallTimes(lines)).toEqual([100, 125, 200]);
    const time = '2026-01-01T00:00:10Z';
    const at = Date.parse(time) / 1000;
    expect(wallTimes(lines.map((line) => ({ ...line, time })))).toEqual([100, at, at]);
    expect(wallTimes(lines.map((line) => ({ ...line, time: 5000 })))).toEqual([100, 5, 5]);
  });

  test('go on in the same file', () => {
    const times = { start: 1, end: 1 };
    const encoder = new EventEncoder();
    const parts = [
      encoder.encode([STEP_LINE], times),
      encoder.encode([{ ...STEP_LINE, step: 100 }], times),
    ];
    const whole = new EventEncoder().encode([STEP_LINE, { ...STEP_LINE, step: 100 }], times);
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  });
});
