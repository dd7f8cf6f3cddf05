// The entry for bundlers of web pages (export condition `browser`, and `@mlffd/student/browser`): a student
// from the bytes of its files, and its WebAssembly back end. No file system, no ONNX Runtime.
export type { BatchOutcome } from './batchOutcome.ts';
export { CHECKPOINT_FILES } from './checkpointFiles.ts';
export { embeddingRows, parsePainnConfig, readoutWidth } from './config.ts';
export type {
  CompleteConfig,
  IsolatedAtoms,
  PainnConfig,
  RadialBasisConfig,
  StudentConfig,
} from './config.ts';
export { decodeStudent, type StudentFiles } from './decodeStudent.ts';
export { ParameterMismatchError, StudentConfigError } from './errors.ts';
export { FusedMemoryError, FusedUnavailableError, TeamError } from './fused/errors.ts';
export { FusedBatch, type FusedBatchOptions } from './fused/fusedBatch.ts';
export { FusedCalculator } from './fused/fusedCalculator.ts';
export type { TableError } from './fused/filterTable.ts';
export { type FusedOptions, FusedPotential, type ThreadedOptions } from './fused/fusedPotential.ts';
export {
  compileKernels,
  hasRelaxedSimd,
  type KernelFile,
  kernelFile,
  type Kernels,
} from './fused/kernels.ts';
export type { StartThread } from './fused/partThread.ts';
export { fusedObstacle } from './fused/support.ts';
export { startWebThread } from './fused/webThreads.ts';
export { countParameters, parameterSpecs } from './parameters.ts';
export type { Parameters, ParameterSpec } from './parameters.ts';
export { PRESETS, type PresetName } from './presets.ts';
export { trainedElements } from './student.ts';
export type { Baseline, JsonValue, Student } from './student.ts';
export { decodeTestVectors, type TestVector, type TestVectors } from './testVectorFile.ts';
