import { expect, test } from '@jest/globals';
import {
  FileSystemError,
  InvalidAtomsError,
  MlffdError,
  PropertyNotAvailableError,
} from '../src/errors.ts';
import {
  CalculatorDiedError,
  CalculatorUnavailableError,
  isTransientError,
  isUnavailableError,
} from '../src/workers/calculatorErrors.ts';
import { packError, unpackError } from '../src/workers/errorTransfer.ts';

/** The error as it comes out of another thread. */
const sent = (error: unknown): Error => unpackError(structuredClone(packError(error)));

const details = { expected: 'a', found: 'b', where: 'c', hint: 'd' };

test.each([
  new InvalidAtomsError('atoms/nan', 'not a number', details),
  new PropertyNotAvailableError('calculator/no-stress', 'no stress', { hint: 'd' }),
  new FileSystemError('fs/not-found', 'no such file'),
  new CalculatorDiedError('core/calculator-died', 'died', details),
  new CalculatorUnavailableError('core/calculator-unavailable', 'gone', details),
])('%s keeps class, code and details', (error) => {
  const copy = sent(error);
  expect(copy).toBeInstanceOf(error.constructor);
  for (const key of ['name', 'message', 'code', 'expected', 'found', 'where', 'hint'] as const) {
    expect(copy).toHaveProperty(key, error[key]);
  }
  expect(copy.stack).toBe(error.stack);
  expect(isTransientError(copy)).toBe(error instanceof CalculatorDiedError);
  expect(isUnavailableError(copy)).toBe(error instanceof CalculatorUnavailableError);
});

test('an error of ours of an unknown class keeps its code, and its flags', () => {
  class OtherError extends MlffdError {
    override readonly name = 'OtherError';
    readonly transient = true;
  }
  const copy = sent(new OtherError('other/worker-died', 'died', details));
  expect(copy).toBeInstanceOf(MlffdError);
  expect(copy).toMatchObject({ code: 'other/worker-died', ...details });
  expect(isTransientError(copy)).toBe(true);
});

test('any other error keeps name and message, and whatever is thrown is an error', () => {
  expect(sent(new RangeError('too far'))).toMatchObject({ name: 'RangeError', message: 'too far' });
  expect(sent({ message: 'an object' })).toMatchObject({ name: 'Error', message: 'an object' });
  for (const thrown of ['a text', 3, null, undefined]) {
    expect(sent(thrown)).toMatchObject({ name: 'Error', message: String(thrown) });
  }
  for (const flag of [undefined, null, 1, { transient: 1 }]) {
    expect(isTransientError(flag)).toBe(false);
  }
});
