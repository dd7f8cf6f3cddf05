// Calculators of the tests of ThreadCalculator; this module is imported by the worker threads.
import { appendFileSync, existsSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

const { WebAssembly } = globalThis;

/** A calculator that does what the element of the first atom says. */
export function obedient({ log } = {}) {
  return {
    name: 'obedient',
    properties: ['energy', 'forces'],
    elements: [1, 2, 3, 4, 5, 6, 7, 8],
    cutoff: 4,
    calculate(atoms) {
      const [x] = atoms.positions;
      switch (atoms.numbers[0]) {
        case 2:
          return sleep(Number(x)).then(() => ({ energy: x, forces: new Float64Array(3) }));
        case 3:
          for (;;);
        case 4:
          return process.exit(7);
        case 5:
          setImmediate(() => {
            throw new RangeError('nobody catches this');
          });
          return new Promise(() => undefined);
        case 6: {
          const memory = [];
          for (;;) memory.push(new Array(10_000).fill(memory.length));
        }
        case 7:
          throw new RangeError('seven is odd');
        case 8:
          throw Object.assign(new Error('ate too much'), {
            name: 'InvalidAtomsError',
            code: 'atoms/eight',
            expected: 'seven',
            found: 'eight',
            where: 'atom 0',
            hint: undefined,
            transient: true,
          });
        default:
          return { energy: x, forces: Float64Array.from(atoms.positions) };
      }
    },
    dispose() {
      if (log !== undefined) appendFileSync(log, 'disposed\n');
    },
  };
}

/** Can be made as long as a file exists. */
export async function fragile(file) {
  if (!existsSync(file)) throw new Error(`${file} is gone`);
  await sleep(1);
  return obedient();
}

/** Views of shared and of larger memory, which no thread can hand over. */
export function viewing() {
  const shared = new Float64Array(new SharedArrayBuffer(48));
  const large = new Float64Array(10);
  const wasm = new Float64Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, 8192);
  let call = 0;
  return {
    name: 'viewing',
    properties: ['energy', 'forces'],
    calculate(atoms) {
      const memory = [shared, large, wasm][call++ % 3];
      memory.fill(atoms.positions[0]);
      return { energy: 1, forces: memory === wasm ? wasm : memory.subarray(0, 3) };
    },
    dispose() {},
  };
}

export const notAFunction = 3;

/** Never ready. */
export function slowStart() {
  return new Promise((resolve) => {
    setTimeout(resolve, 60_000);
  });
}

/** Ends the thread while it starts. */
export function deadStart() {
  process.exit(3);
}
