import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FileFormatError } from '@mlffd/core';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../src/index.ts';

const tensors = new Map<string, NamedTensor>([
  ['weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, -0) }],
  ['bias', { shape: [], data: Float32Array.of(7) }],
  ['none', { shape: [0, 4], data: new Float32Array(0) }],
]);
const bytes = encodeSafetensors({ tensors, metadata: { format: 'test' } });

/** The same file with another header of the same length field rules. */
function withHeader(header: string, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

describe('safetensors', () => {
  test('what is written is read', () => {
    expect(decodeSafetensors(bytes)).toEqual({ tensors, metadata: { format: 'test' } });
  });

  test('follows the format byte by byte', () => {
    const one = new Map([['a', { shape: [1], data: Float32Array.of(1) }]]);
    const file = encodeSafetensors({ tensors: one, metadata: {} });
    const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(Buffer.from(file.subarray(0, 8)).readBigUInt64LE()).toBe(BigInt(padded.length));
    expect(Buffer.from(file.subarray(8, -4)).toString()).toBe(padded);
    expect([...file.subarray(-4)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  test('any tensors survive', () => {
    const content = fc.dictionary(fc.string({ minLength: 1 }), fc.float32Array({ maxLength: 20 }));
    fc.assert(
      fc.property(content, (values) => {
        const named = new Map(
          Object.entries(values)
            .filter(([name]) => name !== '__metadata__' && name !== '__proto__')
            .map(([name, data]) => [name, { shape: [data.length], data }]),
        );
        const file = encodeSafetensors({ tensors: named, metadata: {} });
        expect(Object.fromEntries(decodeSafetensors(file).tensors)).toEqual(
          Object.fromEntries(named),
        );
      }),
    );
  });

  test('a file cut off anywhere is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length), 'w.safetensors')).toThrow(
        FileFormatError,
      );
    }
    expect(() => decodeSafetensors(bytes.subarray(0, 20), 'w.safetensors')).toThrow(
      'w.safetensors is no complete safetensors file',
    );
  });

  test('a file with something behind the tensors is refused', () => {
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(() => decodeSafetensors(longer)).toThrow('no complete safetensors file');
  });

  test.each([
    ['no JSON', '{"a":'],
    ['no object', '[1, 2]'],
    ['another dtype', '{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}'],
    ['a negative shape', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'],
    ['offsets that do not fit the shape', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'],
    ['one offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}'],
    ['a number as tensor', '{"a":3}'],
  ])('a header with %s is refused', (_name, header) => {
    const file = withHeader(header, new Uint8Array(4));
    expect(() => decodeSafetensors(file)).toThrow(FileFormatError);
  });

  test('a header longer than the file is refused', () => {
    const file = bytes.slice();
    new DataView(file.buffer).setBigUint64(0, 2n ** 60n, true);
    expect(() => decodeSafetensors(file)).toThrow('no complete safetensors file');
  });
});
