export { StudentCalculator } from './calculator.ts';
export type { Backend, StudentCalculatorOptions } from './calculatorOptions.ts';
export { minimalCard } from './card.ts';
export { CHECKPOINT_FILES } from './checkpointFiles.ts';
export { embeddingRows, parsePainnConfig, readoutWidth, repulsionReach } from './config.ts';
export type {
  CompleteConfig,
  IsolatedAtoms,
  PainnConfig,
  RadialBasisConfig,
  StudentConfig,
} from './config.ts';
export {
  declareEdges,
  EDGE_INPUTS,
  edgeFeeds,
  edgeForces,
  edgeVirials,
  rowsToAtoms,
} from './edges.ts';
export type { EdgeFeed, EdgeOptions, EdgeTensors } from './edges.ts';
export { EdgeFunctions } from './edgeFunctions.ts';
export type { EdgeFunctionArrays } from './edgeFunctions.ts';
export {
  ELECTRON_INPUTS,
  ElectronBuffers,
  electronProperties,
  type ElectronProperty,
} from './electronic/electronInputs.ts';
export { ParameterMismatchError, StudentConfigError } from './errors.ts';
export {
  buildFunctionModel,
  buildInferenceModel,
  FUNCTION_INPUTS,
  FUNCTION_OUTPUTS,
  functionGraph,
  INFERENCE_OUTPUTS,
  inferenceGraph,
} from './inference.ts';
export type { InferenceOptions, Network } from './inference.ts';
export type { BatchOutcome } from './batchOutcome.ts';
export { FusedMemoryError, FusedUnavailableError, TeamError } from './fused/errors.ts';
export { FusedBatch, type FusedBatchOptions } from './fused/fusedBatch.ts';
export { FusedCalculator } from './fused/fusedCalculator.ts';
export { type FusedOptions, FusedPotential, type ThreadedOptions } from './fused/fusedPotential.ts';
export type { TableError } from './fused/filterTable.ts';
export { hasRelaxedSimd, type Kernels } from './fused/kernels.ts';
export { nodeKernels } from './fused/nodeKernels.ts';
export { startNodeThread } from './fused/nodeThreads.ts';
export type { StartThread } from './fused/partThread.ts';
export { fusedObstacle } from './fused/support.ts';
export { inspectStudent } from './inspect.ts';
export type { BlockReport, StructureSize, StudentReport } from './inspect.ts';
export { CHUNK_SLOTS, EdgeBuffers, layoutEdges } from './layout.ts';
export type { EdgeBatch, LayoutOptions } from './layout.ts';
export { decodeStudent, type StudentFiles } from './decodeStudent.ts';
export { readDomain, saveDomain } from './domainFile.ts';
export { loadStudent, readModelFile } from './loadStudent.ts';
export { forcesFromEdges, virialFromEdges } from './observables.ts';
export { buildPainn } from './painn.ts';
export {
  CALL_SPAN,
  profileStudent,
  type ProfileStudentOptions,
  type StudentProfile,
  type StudentSpan,
} from './profileStudent.ts';
export type { SessionProfileFile } from './runner.ts';
export { type FusedStage, fusedStages } from './fused/fusedStages.ts';
export { buildPairPainn, type PairPainnInputs } from './pairs/pairPainn.ts';
export {
  layoutPairs,
  type OpenStructure,
  type PairBatch,
  PairBuffers,
} from './pairs/pairLayout.ts';
export { declarePairs, PAIR_INPUTS, pairFeeds, type PairTensors } from './pairs/pairTensors.ts';
export type { BlockTensors, EdgeGeometry, PainnInputs, PainnOutputs } from './painn.ts';
export {
  checkParameters,
  countParameters,
  initializeParameters,
  parameterSize,
  parameterSpecs,
} from './parameters.ts';
export type { InitializeOptions, Parameters, ParameterSpec } from './parameters.ts';
export { PRESETS } from './presets.ts';
export { cutoffFunction, filterBasis } from './radial.ts';
export type { PresetName } from './presets.ts';
export { referenceResults, type ReferenceResults } from './referenceResults.ts';
export type { NetworkAtoms } from './runner.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export type { NamedTensor, SafetensorsContent } from './safetensors.ts';
export { saveStudent } from './saveStudent.ts';
export type { SaveOptions } from './saveStudent.ts';
export { trainedElements } from './student.ts';
export type { Baseline, JsonValue, Student } from './student.ts';
export { decodeTestVectors } from './testVectorFile.ts';
export { computeTestVectors, VERIFY_TOLERANCES, verifyStudent } from './testVectors.ts';
export type { Deviation, VerifiedWay } from './testVectors.ts';
export type { StudentVerification, TestVector, TestVectors } from './testVectors.ts';
export { zblEnergy } from './zbl/zblEnergy.ts';
export type { ZblOptions, ZblResults } from './zbl/zblEnergy.ts';
export { ZblPair, zblRange } from './zbl/zblPair.ts';
export { ExportError, ImportMismatchError } from './exchange/errors.ts';
export { exportHub, type HubFiles } from './exchange/exportHub.ts';
export { EXPORT_OUTPUTS, exportOnnx, type ExportOnnxOptions } from './exchange/exportOnnx.ts';
export {
  fromSchnetpack,
  IMPORT_TOLERANCES,
  type ImportedStudent,
  type SchnetpackImportOptions,
} from './exchange/fromSchnetpack.ts';
export { schnetpackScript, toSchnetpack } from './exchange/toSchnetpack.ts';
export { pythonPackage } from './pythonPackage.ts';
export { FeatureRunner, type StructureFeatures } from './uncertainty/featureRunner.ts';
export { type CommitteeFactors, StudentCommittee } from './uncertainty/studentCommittee.ts';
export type { UncertainCalculator } from './uncertainty/uncertainCalculator.ts';
export {
  checkUncertainty,
  networkHash,
  type Uncertainties,
  type Uncertainty,
  UncertaintyError,
} from './uncertainty/uncertainty.ts';
export {
  decodeUncertainty,
  encodeUncertainty,
  readUncertainty,
  saveUncertainty,
} from './uncertainty/uncertaintyFile.ts';
export {
  buildHessianProductModel,
  hessianProductGraph,
  PRODUCT_INPUTS,
  PRODUCT_OUTPUTS,
} from './hessianProduct.ts';
