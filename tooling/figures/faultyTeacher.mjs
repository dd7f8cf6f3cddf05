// A Morse potential that misbehaves for some structures, for the fault figures. Imported by threads.
import { geometryHash } from '../../packages/data/dist/index.js';
import { Morse } from '../../packages/teachers/dist/index.js';

/** What goes wrong, by the first digits of a structure's hash: the same in every run. */
export const FAULTS = ['nan', 'hang', 'exit', 'throw', 'short'];

/** The fault of a structure; undefined for most. `rate` is the share of each kind. */
export function faultOf(atoms, rate) {
  const draw = Number.parseInt(geometryHash(atoms).slice(0, 8), 16) / 2 ** 32;
  return FAULTS[Math.floor(draw / rate)];
}

export function faultyMorse({ rate }) {
  const morse = new Morse({ inner: 1.3, outer: 1.9 });
  return {
    name: 'faulty morse',
    properties: ['energy', 'forces'],
    calculate(atoms, properties) {
      const results = morse.calculate(atoms, properties);
      switch (faultOf(atoms, rate)) {
        case 'nan':
          results.forces[0] = NaN;
          return results;
        case 'hang':
          for (;;);
        case 'exit':
          return process.exit(9);
        case 'throw':
          throw new Error('the self-consistent field does not converge');
        case 'short':
          return { ...results, forces: results.forces.subarray(3) };
        default:
          return results;
      }
    },
    dispose() {},
  };
}
