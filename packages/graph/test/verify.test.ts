import { describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { add, exp, Graph, VerificationError, verify } from '../src/index.ts';

describe('verify', () => {
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const y = add(exp(x), x);

  test('accepts what the operators made', () => {
    expect(() => {
      verify([y]);
    }).not.toThrow();
    expect(() => {
      verify({ y });
    }).not.toThrow();
  });

  const BROKEN: Record<string, [Tensor, string]> = {
    'an operator that does not exist': [
      { ...y, op: 'ScatterND' },
      'no operator is called ScatterND',
    ],
    'a name of Object': [{ ...y, op: 'toString' }, 'no operator is called toString'],
    'a wrong shape': [{ ...y, shape: [3] }, 'not what the rule gives'],
    'a wrong type': [{ ...y, dtype: 'bool' }, 'not what the rule gives'],
    'inputs of another graph': [
      { ...y, inputs: [new Graph().input('x', [2]), x] },
      'an input is of another graph',
    ],
    'inputs that are younger': [{ ...y, inputs: [exp(exp(exp(x))), x] }, 'an input is not older'],
  };

  test.each(Object.entries(BROKEN))('refuses %s', (_name, [tensor, message]) => {
    const run = (): void => {
      verify([tensor]);
    };
    expect(run).toThrow(VerificationError);
    expect(run).toThrow(message);
  });
});
