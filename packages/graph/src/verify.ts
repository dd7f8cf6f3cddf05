import { VerificationError } from './errors.ts';
import { operatorOf } from './registry.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';
import { ancestors } from './traverse.ts';

/**
 * Checks every tensor that the outputs need: known operator, inputs of the same graph that were
 * made before, and the shape and type that the operator's rule gives.
 *
 * @throws {@link VerificationError} naming the tensor.
 */
export function verify(outputs: Readonly<Record<string, Tensor>> | readonly Tensor[]): void {
  for (const tensor of ancestors(Object.values<Tensor>(outputs))) {
    const where = `${tensor.op} ${tensor.id}${tensor.scope === '' ? '' : ` in ${tensor.scope}`}`;
    const fail = (code: string, message: string, expected: string, found: string): never => {
      throw new VerificationError(code, `${where}: ${message}`, { expected, found, where });
    };
    const operator = operatorOf(tensor);
    for (const input of tensor.inputs) {
      if (input.graph !== tensor.graph) {
        fail('graph/verify-mixed', 'an input is of another graph', 'one graph', 'two graphs');
      }
      if (input.id >= tensor.id) {
        fail('graph/verify-order', 'an input is not older', `id < ${tensor.id}`, String(input.id));
      }
    }
    const { shape, dtype } = operator.infer(tensor.inputs, tensor.attrs);
    if (!sameShape(shape, tensor.shape) || dtype !== tensor.dtype) {
      const expected = `${formatShape(shape)} ${dtype}`;
      const found = `${formatShape(tensor.shape)} ${tensor.dtype}`;
      fail('graph/verify-shape', 'shape or type is not what the rule gives', expected, found);
    }
  }
}
