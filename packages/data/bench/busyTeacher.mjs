/** Arithmetic between two looks at the clock, which would fill the memory with numbers otherwise. */
const ROUNDS = 1000;

/** A teacher that works for some milliseconds; its energy is the time that it took, ms. */
export function busyTeacher(milliseconds) {
  return {
    name: 'busy',
    properties: ['energy', 'forces'],
    calculate({ positions }) {
      const start = performance.now();
      const forces = positions.slice();
      let time = 0;
      while (time < milliseconds) {
        for (let k = 0; k < ROUNDS; k++) forces[k % forces.length] += 1e-9 * Math.sin(k);
        time = performance.now() - start;
      }
      return { energy: time, forces };
    },
    dispose() {},
  };
}
