import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError } from '@mlffd/core';
import fc from 'fast-check';
import { CHGNET_MODEL_PATH, readModelFile } from '../src/chgnet/modelFile.ts';
import { messages, parseOnnxFile } from '../src/onnx/onnxFile.ts';
import { ChgnetCalculator } from '../src/index.ts';

// Field numbers of onnx.GraphProto and onnx.NodeProto.
const GRAPH_NODE = 1;
const NODE_OP_TYPE = 4;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-model-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(bytes: Uint8Array): string {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  return path;
}

describe('the model file', () => {
  const bytes = readFileSync(CHGNET_MODEL_PATH);

  test('has no scatter of any kind', () => {
    const { graph } = parseOnnxFile(bytes, 'asset');
    const kinds = new Map<string, number>();
    for (const [field, node] of messages(graph, 'asset')) {
      if (field !== GRAPH_NODE) continue;
      const kind = new TextDecoder().decode(new Map(messages(node, 'asset')).get(NODE_OP_TYPE));
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect(kinds.get('Gather')).toBeGreaterThan(50);
    expect([...kinds.keys()].filter((kind) => kind.includes('Scatter'))).toEqual([]);
  });

  test('knows its elements, cutoffs and reference energies', async () => {
    const model = await readModelFile();
    expect(model.name).toBe('chgnet-0.3.0');
    expect(model.elements).toHaveLength(89);
    expect(model.atomCutoff).toBe(6);
    expect(model.bondCutoff).toBe(3);
    expect(model.referenceEnergies[0]).toBeCloseTo(-3.4431, 6);
  });

  test.each([
    ['truncated', bytes.subarray(0, bytes.length - 1000)],
    ['cut in half', bytes.subarray(0, bytes.length / 2)],
    ['empty', new Uint8Array(0)],
    ['some text', new TextEncoder().encode('<html>404 Not Found</html>')],
  ])('%s: a typed error with the path', async (_, damaged) => {
    const modelPath = written(damaged);
    const error = await ChgnetCalculator.load({ modelPath }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error).toMatchObject({ code: 'onnx/corrupt', where: modelPath });
  });

  test('any altered byte of the graph is noticed', () => {
    const { graph } = parseOnnxFile(bytes, 'asset');
    const start = graph.byteOffset - bytes.byteOffset;
    fc.assert(
      fc.property(fc.nat(graph.length - 1), fc.integer({ min: 1, max: 255 }), (place, mask) => {
        const altered = Uint8Array.from(bytes);
        altered[start + place] ^= mask;
        expect(() => parseOnnxFile(altered, 'asset')).toThrow(FileFormatError);
      }),
      { numRuns: 20 },
    );
  });

  test('bytes that are no protobuf never get through', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => parseOnnxFile(noise, 'noise')).toThrow(FileFormatError);
      }),
    );
  });

  test('a missing file is a FileSystemError', async () => {
    const modelPath = join(folder, 'absent.onnx');
    await expect(ChgnetCalculator.load({ modelPath })).rejects.toThrow(FileSystemError);
  });
});
