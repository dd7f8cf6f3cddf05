import { expect, test } from '@jest/globals';
import { AbortedError, InvalidAtomsError, isMlffdError, MlffdError } from '../src/index.ts';

test('errors carry their code, details and cause', () => {
  const cause = new Error('below');
  const error = new InvalidAtomsError('atoms/empty', 'no atoms', {
    expected: 'one',
    found: 'none',
    where: 'file:1',
    hint: 'Add one.',
    cause,
  });
  expect(error).toBeInstanceOf(MlffdError);
  expect(error.name).toBe('InvalidAtomsError');
  expect(error).toMatchObject({
    expected: 'one',
    found: 'none',
    where: 'file:1',
    hint: 'Add one.',
  });
  expect(error.cause).toBe(cause);
  expect('cause' in new AbortedError('aborted', 'stopped')).toBe(false);
});

test('isMlffdError knows errors of another copy of the package, and nothing else', () => {
  expect(isMlffdError(new MlffdError('a/b', 'text'))).toBe(true);
  const foreign = { code: 'a/b', message: 'text', where: undefined, hint: undefined };
  expect(isMlffdError(foreign)).toBe(true);
  expect(isMlffdError(new Error('text'))).toBe(false);
  expect(isMlffdError(null)).toBe(false);
  expect(isMlffdError('text')).toBe(false);
});
