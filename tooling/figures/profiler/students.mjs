// Students with random weights: times and memory do not depend on them.
import {
  initializeParameters,
  PRESETS,
  StudentCalculator,
} from '../../../packages/student/dist/index.js';

export const STUDENTS = ['ultra-tiny', 'tiny', 'original'];
export const BACKENDS = ['fused', 'onnx'];

/** A student of a preset. */
export function randomStudent(preset) {
  const config = PRESETS[preset];
  return {
    config,
    parameters: initializeParameters(config, 1),
    baseline: {
      energies: new Float64Array(config.maxAtomicNumber + 1),
      scale: 1,
      elements: [1, 8],
    },
    provenance: {},
  };
}

/** A calculator of a preset on one thread. */
export const student = (preset, backend) =>
  StudentCalculator.fromStudent(randomStudent(preset), { backend, threads: 1 });
