import type { Calculator } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { openLennardJones } from './potentials.ts';

/**
 * Lennard-Jones as `openLennardJones` down to `edge`, below which there is a hole as potentials have
 * that never saw such distances: atoms that come so near are drawn into each other. The energy is
 * continuous and the forces are its gradient.
 */
export function holedLennardJones({ edge = 3.36, pull = 60 } = {}): Calculator {
  const sound = openLennardJones();
  return calculatorOf('holed-lj', (atoms, forces) => {
    const answer = sound.calculate(atoms, ['energy', 'forces']);
    if (!('energy' in answer)) throw new TypeError('Lennard-Jones answers at once');
    const { energy = NaN, forces: known = forces } = answer;
    forces.set(known);
    let hole = 0;
    const r = atoms.positions;
    for (let i = 0; i < r.length; i += 3) {
      for (let j = i + 3; j < r.length; j += 3) {
        const x = r[j] - r[i];
        const y = r[j + 1] - r[i + 1];
        const z = r[j + 2] - r[i + 2];
        const distance = Math.hypot(x, y, z);
        if (distance >= edge) continue;
        // U = -pull (edge - r)^2 / 2
        const depth = edge - distance;
        hole -= 0.5 * pull * depth * depth;
        const factor = (pull * depth) / distance;
        forces[i] += factor * x;
        forces[i + 1] += factor * y;
        forces[i + 2] += factor * z;
        forces[j] -= factor * x;
        forces[j + 1] -= factor * y;
        forces[j + 2] -= factor * z;
      }
    }
    return energy + hole;
  });
}
