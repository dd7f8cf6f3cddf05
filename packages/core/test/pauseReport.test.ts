import { expect, test } from '@jest/globals';
import { attributePauses, type Pause } from '../src/index.ts';

const minor = (start: number, duration: number): Pause => ({ start, duration, kind: 'minor' });

test('pauses belong to the spans that they begin in', () => {
  const starts = Float64Array.of(0, 10, 20, 30);
  const ends = Float64Array.of(8, 18, 29, 38);
  const pauses = [
    minor(1, 2),
    minor(9, 5),
    minor(21, 3),
    { start: 25, duration: 1, kind: 'major' },
    minor(50, 1),
  ];
  expect(attributePauses(pauses, { starts, ends, slow: 8.5 })).toEqual({
    count: 3,
    total: 6,
    longest: 3,
    kinds: { minor: 2, major: 1 },
    share: 6 / 33,
    spans: 2,
    slowSpans: 1,
  });
  const none = new Float64Array(0);
  expect(attributePauses(pauses, { starts: none, ends: none, slow: 0 })).toMatchObject({
    count: 0,
    share: 0,
    slowSpans: 0,
  });
});
