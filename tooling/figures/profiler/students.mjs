// Students with random weights: times and memory do not depend on them.
import {
  initializeParameters,
  PRESETS,
  StudentCalculator,
} from '../../../packages/student/dist/index.js';

export const STUDENTS = ['ultra-tiny', 'tiny', 'original'];
export const BACKENDS = ['fused', 'onnx'];

/** A calculator of a preset on one thread. */
export function student(preset, backend) {
  const config = PRESETS[preset];
  return StudentCalculator.fromStudent(
    {
      config,
      parameters: initializeParameters(config, 1),
      baseline: {
        energies: new Float64Array(config.maxAtomicNumber + 1),
        scale: 1,
        elements: [1, 8],
      },
      provenance: {},
    },
    { backend, threads: 1 },
  );
}
