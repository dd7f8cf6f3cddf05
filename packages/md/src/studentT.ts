import { InvalidArgumentError } from '@mlffd/core';
import { requireInteger } from './errors.ts';

/**
 * Two-sided quantile of Student's t: the t with P(|T| <= t) = `confidence`.
 *
 * Only for even degrees of freedom n, where the distribution is elementary (Abramowitz and Stegun,
 * 26.7.4): P = sin a (1 + (1/2) cos^2 a + (1*3)/(2*4) cos^4 a + ...), n/2 terms, tan a = t/sqrt n.
 *
 * @throws InvalidArgumentError
 */
export function studentQuantile(confidence: number, degreesOfFreedom: number): number {
  requireInteger('degreesOfFreedom', degreesOfFreedom, 2);
  if (degreesOfFreedom % 2 !== 0 || !(confidence > 0 && confidence < 1)) {
    throw new InvalidArgumentError('md/invalid-option', 'no such quantile of Student t', {
      expected: 'confidence between 0 and 1, even degrees of freedom',
      found: `confidence ${confidence}, ${degreesOfFreedom} degrees of freedom`,
      where: 'confidence',
      hint: 'Give a confidence such as 0.95.',
    });
  }
  let low = 0;
  let high = Math.PI / 2;
  for (let pass = 0; pass < 60; pass += 1) {
    const middle = (low + high) / 2;
    if (coverage(middle, degreesOfFreedom) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(degreesOfFreedom) * Math.tan(low);
}

function coverage(angle: number, degreesOfFreedom: number): number {
  const square = Math.cos(angle) ** 2;
  let term = 1;
  let sum = 1;
  for (let j = 1; j < degreesOfFreedom / 2; j += 1) {
    term *= ((2 * j - 1) / (2 * j)) * square;
    sum += term;
  }
  return Math.sin(angle) * sum;
}
