import { Rng } from '@mlffd/core';
import { readoutWidth, type Student } from '../src/index.ts';
import { networkHash, type Uncertainty } from '../src/uncertainty/uncertainty.ts';
import { randomStudent } from './systems.ts';

/** Random deviations of four heads that add up to zero; factors that are not 1. */
export function randomUncertainty(student: Student, seed = 1): Uncertainty {
  const count = 4;
  const width = readoutWidth(student.config);
  const rng = new Rng(seed, 'heads');
  const heads = new Float32Array(count * width).map(() => 0.1 * rng.normal());
  for (let k = 0; k < width; k++) {
    let mean = 0;
    for (let m = 0; m < count; m++) mean += heads[m * width + k] / count;
    for (let m = 0; m < count; m++) heads[m * width + k] -= mean;
  }
  return {
    count,
    heads,
    energyFactor: 1.5,
    forceFactor: 0.8,
    network: networkHash(student),
    provenance: { seed, note: 'random' },
  };
}

/** A student with random weights that is as uncertain as random heads make it. */
export function uncertainStudent(student: Student = randomStudent()): Student {
  return { ...student, uncertainty: randomUncertainty(student) };
}
