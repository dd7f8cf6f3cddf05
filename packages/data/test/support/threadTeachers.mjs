// Teachers of the labelling tests; worker threads import this module.
import { appendFileSync, readFileSync } from 'node:fs';

/**
 * Forces towards the origin. Structures in which the first atom has one of these elements make it
 * misbehave: 2 answers NaN, 3 hangs, 4 ends the thread, 5 ends it for the first time only.
 */
export function moody({ log } = {}) {
  return {
    name: 'moody',
    properties: ['energy', 'forces'],
    calculate({ numbers, positions }) {
      const first = numbers[0];
      const again = log !== undefined && first === 5 && isThere(log, positions[0]);
      if (first === 3) for (;;);
      if (first === 4 || (first === 5 && !again)) process.exit(1);
      const forces = positions.map((x) => -x);
      return { energy: first === 2 ? NaN : 0.5 * positions.reduce((s, x) => s + x * x, 0), forces };
    },
    dispose() {},
  };
}

/** True when this was asked before, by whatever thread. */
function isThere(log, x) {
  appendFileSync(log, `${x}\n`);
  return (
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line === String(x)).length > 1
  );
}
