import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256 as nodeSha256 } from '../src/hash.ts';
import { sha256 } from '../src/sha256.ts';

describe('SHA-256 without Node', () => {
  test('is that of Node for bytes of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sha256(bytes)).toBe(nodeSha256(bytes));
      }),
      { seed: 1 },
    );
  });

  // Where the padding takes another block.
  test.each([0, 55, 56, 63, 64, 65, 119, 120, 128])('is right for %i bytes', (length) => {
    const bytes = new Uint8Array(length).fill(0xa5);
    expect(sha256(bytes)).toBe(nodeSha256(bytes));
  });

  test('takes text as UTF-8, and a part of a buffer', () => {
    expect(sha256('5 Å')).toBe(nodeSha256('5 Å'));
    const part = new Uint8Array(100).map((_, k) => k).subarray(3, 90);
    expect(sha256(part)).toBe(nodeSha256(part));
  });
});
