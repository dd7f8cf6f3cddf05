import { describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import * as G from '../src/index.ts';
import { decodeModel } from '../src/onnx/model.ts';
import { expectSameOnOnnx, random, runOnnx } from './support.ts';

function network(): Record<string, Tensor> {
  const graph = new G.Graph();
  const x = graph.input('x', ['N', 4]);
  const weights = graph.constant(
    Float32Array.from({ length: 80 }, (_, k) => Math.sin(k)),
    [4, 20],
  );
  const hidden = graph.scope('block0', () =>
    graph.scope('dense', () => G.silu(G.matmul(x, weights))),
  );
  const energy = G.reduceSum(hidden, [1]);
  return { energy, gradient: G.grad(energy, [x])[0] };
}

const write = (outputs: Record<string, Tensor>, options: object = {}): Uint8Array =>
  G.toOnnx({ outputs, name: 'network', ...options });

describe('toOnnx', () => {
  test('gives the same bytes for the same graph', () => {
    expect(write(network())).toEqual(write(network()));
    const outputs = network();
    expect(write(outputs)).toEqual(write(outputs));
    expect(write(G.optimize(network()))).toEqual(write(G.optimize(network())));
  });

  test('names nodes by their scopes', () => {
    const { graph } = decodeModel(write(network()));
    const names = graph?.node.map(({ name }) => name) ?? [];
    expect(names.some((name) => name.startsWith('block0/dense/MatMul_'))).toBe(true);
    expect(names.some((name) => name.startsWith('block0/dense/grad/'))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  test('writes metadata, name, versions, symbolic sizes', () => {
    const model = decodeModel(write(network(), { metadata: { cutoff: '5' }, opset: 18 }));
    expect(model.irVersion).toBe(8n);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 18n],
      ['com.microsoft', 1n],
    ]);
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([['cutoff', '5']]);
    expect(model.graph?.name).toBe('network');
    const dims = model.graph?.input[0].type?.value.value;
    expect(
      JSON.stringify(dims, (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ).toContain('"dimParam","value":"N"');
  });

  test.each([18, 19, 20, 21, 22, 23])('operator set %i runs', async (opset) => {
    const session = await G.OnnxSession.create(write(network(), { opset }));
    const { energy } = await session.run({
      x: { dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) },
    });
    expect(energy.dims).toEqual([1]);
    await session.release();
  });

  test('copies outputs that are inputs, constants, or appear twice', async () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const y = G.exp(x);
    const outputs = { same: x, one: graph.constant([1, 2], [2]), first: y, second: y };
    await expectSameOnOnnx(outputs, { x: random([2]) });
  });

  test('computes sizes that are sums and products', async () => {
    const graph = new G.Graph();
    const x = graph.input('x', ['N', 'M']);
    const y = G.broadcastTo(graph.scalar(2), ['M*N', '2*M+1', 3]);
    await expectSameOnOnnx({ y: G.add(y, G.reduceSum(x, [0, 1])) }, { x: random([2, 3]) });
  });

  test('an input that is not used otherwise can tell a size', async () => {
    const graph = new G.Graph();
    graph.input('unused', [3]);
    graph.input('structures', ['B']);
    const index = graph.input('index', ['N'], 'int64');
    const sums = G.oneHotMap(index, 'B').transpose(G.exp(graph.input('x', ['N'])));
    const model = decodeModel(write({ sums }));
    expect(model.graph?.input.map(({ name }) => name)).toEqual(['structures', 'index', 'x']);
    const feeds = { structures: random([3]), x: random([2]), index: { shape: [2], data: [0, 2] } };
    await expectSameOnOnnx({ sums }, feeds);
  });

  test('handles tensors without elements', async () => {
    const graph = new G.Graph();
    const x = graph.input('x', ['E', 3]);
    const owner = graph.input('owner', ['E'], 'int64');
    const table = graph.input('table', ['N', 'K'], 'int64');
    const map = G.ownerMap(owner, table, { appendZeroRow: true });
    const y = G.reshape(G.matmul(G.exp(x), graph.constant([1, 2, 3], [3, 1])), ['E']);
    const feeds = {
      x: { shape: [0, 3], data: [] },
      owner: { shape: [0], data: [] },
      table: { shape: [2, 1], data: [0, 0] },
    };
    const { sums } = await runOnnx({ sums: map.transpose(y) }, feeds);
    expect([...(sums.data as Float32Array)]).toEqual([0, 0]);
  });

  test('refuses what cannot be written', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const lost = G.broadcastTo(x, ['Q', 2]);
    expect(() => write({ lost })).toThrow('nothing tells the size Q');
    expect(() => write({ x: G.exp(x) })).toThrow('names no input has');
    expect(() => write({})).toThrow('needs outputs');
    expect(() => write({ y: G.exp(x) }, { opset: 12 })).toThrow('operator set 12');
  });
});
