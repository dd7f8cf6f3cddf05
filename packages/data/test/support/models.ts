import type { Calculator } from '@mlffd/core';
import { fromPositions } from '@mlffd/test-support/models';

/** The same answers, later. */
export function later(calculator: Calculator): Calculator {
  const { name, properties } = calculator;
  return {
    name,
    properties,
    dispose: () => undefined,
    calculate: async (atoms, properties) => {
      await new Promise((resolve) => setImmediate(resolve));
      return calculator.calculate(atoms, properties);
    },
  };
}

/** Depth of the surface of Mueller and Brown, eV. */
export const MULLER_SCALE = 0.01;

/**
 * Surface of Mueller and Brown (Theor. Chim. Acta 53, 75 (1979)), times 0.01 eV, for the distance
 * vector of two atoms in the plane, and a spring out of it: three minima, two saddles.
 */
export function mullerBrown(): Calculator {
  const A = [-200, -100, -170, 15];
  const a = [-1, -1, -6.5, 0.7];
  const b = [0, 0, 11, 0.6];
  const c = [-10, -10, -6.5, 0.7];
  const X = [1, 0, -0.5, -1];
  const Y = [0, 0.5, 1.5, 1];
  return fromPositions('muller-brown', (r, forces) => {
    const [x, y, z] = [r[3] - r[0], r[4] - r[1], r[5] - r[2]];
    let energy = 1000 * z * z;
    const slope = [0, 0, 2000 * z];
    for (let k = 0; k < 4; k++) {
      const [u, v] = [x - X[k], y - Y[k]];
      const term = A[k] * Math.exp(a[k] * u * u + b[k] * u * v + c[k] * v * v);
      energy += term;
      slope[0] += term * (2 * a[k] * u + b[k] * v);
      slope[1] += term * (b[k] * u + 2 * c[k] * v);
    }
    for (let k = 0; k < 3; k++) {
      forces[k] = MULLER_SCALE * slope[k];
      forces[3 + k] = -MULLER_SCALE * slope[k];
    }
    return MULLER_SCALE * energy;
  });
}
