import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCheckpoint, encodeCheckpoint } from '../src/checkpointFormat.ts';
import { CheckpointStore } from '../src/checkpointStore.ts';
import { CheckpointError } from '../src/errors.ts';

const content = {
  header: { step: 7, third: 1 / 3, name: 'ünit' },
  arrays: {
    a: Float32Array.of(1, -0, 1e-45, NaN),
    b: Float64Array.of(Math.PI),
    empty: new Float32Array(0),
  },
};

describe('checkpoint format', () => {
  it('gives back what was written, bit for bit', () => {
    const { header, arrays } = decodeCheckpoint(encodeCheckpoint(content), 'memory');
    expect(header).toEqual(content.header);
    expect(arrays).toEqual(content.arrays);
    expect(Object.is(arrays.a[1], -0)).toBe(true);
  });

  it('refuses every truncation', () => {
    const bytes = encodeCheckpoint(content);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(() => decodeCheckpoint(bytes.subarray(0, length), 'x')).toThrow(CheckpointError);
      }),
    );
  });

  it('refuses every changed bit', () => {
    const bytes = encodeCheckpoint(content);
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const changed = bytes.slice();
        changed[bit >> 3] ^= 1 << (bit & 7);
        expect(() => decodeCheckpoint(changed, 'x')).toThrow(CheckpointError);
      }),
    );
  });
});

describe('CheckpointStore', () => {
  let folder: string;
  let store: CheckpointStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
    store = new CheckpointStore(join(folder, 'checkpoints'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('keeps the two newest', () => {
    for (const step of [1, 9, 10, 200]) store.save(step, content);
    expect(store.list().map((path) => path.slice(-8))).toEqual(['200.ckpt', '010.ckpt']);
  });

  it('falls back to the older one when the newest is cut off or overwritten', () => {
    const old = store.save(1, { ...content, header: { step: 1 } });
    const cut = store.save(2, content);
    truncateSync(cut, 50);
    const loaded = store.load<{ step: number }>();
    expect(loaded.path).toBe(old);
    expect(loaded.content.header.step).toBe(1);
    expect(loaded.rejected.map(({ path }) => path)).toEqual([cut]);
    store.setAside(cut);
    expect(store.list()).toEqual([old]);
    const file = openSync(old, 'r+');
    writeSync(file, 'x', readFileSync(old).length >> 1);
    closeSync(file);
    expect(() => store.load()).toThrow(CheckpointError);
  });

  it('says so when there is none', () => {
    expect(() => store.load()).toThrow(CheckpointError);
    expect(() => store.load()).toThrow(/no usable checkpoint/);
  });

  it('does not take other files for checkpoints', () => {
    const path = store.save(3, content);
    writeFileSync(join(store.folder, '.step-000000000004.ckpt.x.tmp'), 'rest of a killed process');
    expect(store.list()).toEqual([path]);
  });
});
