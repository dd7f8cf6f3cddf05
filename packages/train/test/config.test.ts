import { describe, expect, it } from '@jest/globals';
import { countParameters } from '@mlffd/student';
import { parseTrainConfig, trainConfigJsonSchema } from '../src/configSchema.ts';
import { differences } from '../src/configDiff.ts';
import { TrainConfigError } from '../src/errors.ts';
import { TINY_MODEL } from './morse.ts';

const input = { model: TINY_MODEL, epochs: 3 };

function message(value: unknown): string {
  try {
    parseTrainConfig(value, 'test.json');
  } catch (error) {
    expect(error).toBeInstanceOf(TrainConfigError);
    return (error as TrainConfigError).message;
  }
  throw new Error('nothing was refused');
}

describe('parseTrainConfig', () => {
  it('writes out every default', () => {
    const config = parseTrainConfig(input);
    expect(config).toMatchObject({
      seed: 0,
      batchSize: 16,
      loss: { energy: 1, forces: 100, stress: 0, kind: 'mse' },
      optimizer: { learningRate: 1e-3, clipNorm: 10, amsgrad: false },
      schedule: { type: 'cosine', warmupSteps: 100, final: 0.01 },
      ema: { decay: 0.999 },
      validation: { every: 1, metric: 'force_mae_meV_A', patience: 0 },
    });
    expect(config.model.sharedFilters).toBe(false);
    // 512 kB over 12 bytes times 8 features, and a byte per parameter.
    expect(config.microBatchEdges).toBe(Math.floor((524_288 + countParameters(TINY_MODEL)) / 96));
  });

  it('is the identity on its own result', () => {
    const config = parseTrainConfig(input);
    expect(parseTrainConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('fills in each kind of schedule', () => {
    expect(
      parseTrainConfig({ ...input, schedule: { type: 'plateau', patience: 3 } }).schedule,
    ).toEqual({
      type: 'plateau',
      warmupSteps: 100,
      factor: 0.5,
      patience: 3,
      smoothing: 0,
      final: 0.001,
    });
    expect(parseTrainConfig({ ...input, schedule: { type: 'one-cycle' } }).schedule).toEqual({
      type: 'one-cycle',
      rise: 0.3,
      initial: 0.04,
      final: 1e-4,
    });
  });

  it('takes the kind of the loss for all terms or for some', () => {
    expect(parseTrainConfig({ ...input, loss: { kind: 'huber' } }).loss).toMatchObject({
      kind: 'huber',
      delta: 0.1,
    });
    const { loss } = parseTrainConfig({
      ...input,
      loss: { kind: { forces: 'l2' }, delta: { energy: 0.2 } },
    });
    expect(loss).toMatchObject({
      kind: { energy: 'mse', forces: 'l2', stress: 'mse' },
      delta: { energy: 0.2, forces: 0.1, stress: 0.1 },
    });
  });

  it('names an unknown key with a suggestion', () => {
    expect(message({ ...input, optimizer: { learningrate: 0.1 } })).toBe(
      'test.json: unknown key "optimizer.learningrate", did you mean "learningRate"?',
    );
    expect(message({ ...input, schedule: { type: 'plateau', patiense: 3 } })).toContain(
      'did you mean "patience"?',
    );
    expect(message({ ...input, loss: { kind: { force: 'l2' } } })).toContain(
      'unknown key "loss.kind.force", did you mean "forces"?',
    );
    expect(message({ ...input, qqqqqqqqqqqqqqqq: 1 })).not.toContain('did you mean');
  });

  it.each([
    ['a wrong type', { ...input, batchSize: 'many' }, '"batchSize"'],
    ['a value out of range', { ...input, ema: { decay: 1 } }, '"ema.decay"'],
    ['an unknown loss', { ...input, loss: { kind: 'l3' } }, '"loss.kind": Invalid option'],
    ['an unknown loss of a term', { ...input, loss: { kind: { forces: 'l3' } } }, 'kind.forces'],
    [
      'an unknown schedule',
      { ...input, schedule: { type: 'onecycle' } },
      '"schedule.type": expected one of "constant", "plateau", "one-cycle", "cosine"',
    ],
    ['no length', { model: TINY_MODEL }, 'length of training'],
    ['two lengths', { ...input, steps: 5 }, 'length of training'],
    ['no object', 3, 'expected object'],
  ])('refuses %s', (_, value, text) => {
    expect(message(value)).toContain(text);
  });

  it('publishes a JSON Schema with the keys', () => {
    const schema = trainConfigJsonSchema();
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties as object)).toEqual(
      expect.arrayContaining(['model', 'loss', 'optimizer', 'epochs']),
    );
  });
});

describe('differences', () => {
  it('lists changed, added and removed leaves by path', () => {
    expect(differences({ a: 1, b: { c: [1], d: 2 } }, { a: 1, b: { c: [2] }, e: true })).toEqual([
      'b.c: [1] -> [2]',
      'b.d: 2 -> absent',
      'e: absent -> true',
    ]);
  });
});
