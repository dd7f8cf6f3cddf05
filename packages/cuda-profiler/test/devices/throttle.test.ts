import { expect, test } from '@jest/globals';
import { decodeThrottle, isThrottled } from '../../src/devices/throttle.ts';

test('bits have their names, and new ones a number', () => {
  expect(decodeThrottle(0n)).toEqual([]);
  expect(decodeThrottle(0x1ffn)).toEqual([
    'idle',
    'application-clocks',
    'software-power-cap',
    'hardware-slowdown',
    'sync-boost',
    'software-thermal',
    'hardware-thermal',
    'hardware-power-brake',
    'display-clocks',
  ]);
  expect(decodeThrottle((1n << 63n) | 4n)).toEqual(['software-power-cap', 'bit-63']);
});

test('idleness and settings are no throttling', () => {
  expect(isThrottled(decodeThrottle(0x113n))).toBe(false);
  for (const bit of [2n, 3n, 5n, 6n, 7n]) expect(isThrottled(decodeThrottle(1n << bit))).toBe(true);
});
