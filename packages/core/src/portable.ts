// What runs in Node and in browsers: nothing here, nor what it imports, imports a module of Node.
export {
  bareAtoms,
  type Atoms,
  type AtomsInput,
  copyAtoms,
  createAtoms,
  type InfoValue,
  masses,
  type Pbc,
  repeatAtoms,
  symbols,
  volume,
  withPositions,
} from './atoms.ts';
export type {
  CalculateOptions,
  Calculator,
  Property,
  Results,
  Uncertainties,
} from './calculator.ts';
export { addScaled, dot, longestRow, norm, scaled } from './vectors.ts';
export { chemicalFormula, hillOrder } from './chemicalFormula.ts';
export { CalculatorPool } from './calculatorPool.ts';
export {
  cellDeterminant,
  completeCell,
  hasPeriodicVolume,
  invertCell,
  isFlatCell,
  periodicCell,
  reciprocalCell,
} from './cell.ts';
export {
  checkDomain,
  DomainChecker,
  type DomainMargins,
  type DomainViolation,
} from './checkDomain.ts';
export { checkCalculator } from './conformance/checkCalculator.ts';
export {
  CHECK_NAMES,
  type CheckName,
  type CheckResult,
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceSteps,
  type ConformanceTolerances,
  DEFAULT_STEPS,
  DEFAULT_TOLERANCES,
  type NamedStructure,
} from './conformance/report.ts';
export { DomainBuilder, type DomainOptions } from './domainBuilder.ts';
export {
  ATOMIC_MASSES,
  CHEMICAL_SYMBOLS,
  COVALENT_RADII,
  isAtomicNumber,
  isSymbol,
  MAX_ATOMIC_NUMBER,
  numberOf,
  symbolOf,
} from './elements.ts';
export {
  AbortedError,
  FileFormatError,
  FileSystemError,
  InvalidArgumentError,
  InvalidAtomsError,
  isMlffdError,
  MlffdError,
  type MlffdErrorDetails,
  PropertyNotAvailableError,
  UnsupportedElementError,
} from './errors.ts';
export { type Frame, type FrameArray, type FrameInput, frameVelocities } from './extxyz/frame.ts';
export { readExtxyz, type ReadExtxyzOptions } from './extxyz/reader.ts';
export { formatExtxyzFrame, writeExtxyz } from './extxyz/writer.ts';
export { fileSystemError, isMissingFile } from './fileErrors.ts';
export {
  applyStrain,
  cartesianPositions,
  fractionalPositions,
  transformRows,
  transposeMatrix,
  wrapAtoms,
} from './geometry.ts';
export {
  LATENCY_SHAPE,
  type LatencyDistribution,
  latencyDistribution,
  type LatencyHistogram,
} from './latency.ts';
export { isPromise } from './promise.ts';
export { stableStringify } from './stableStringify.ts';
export { minimumImages } from './minimumImage.ts';
export { type NeighborList, neighborList } from './neighborList.ts';
export { jumpOf, type Slope, slopeOf } from './finiteDifference.ts';
export { rankCorrelation } from './rankCorrelation.ts';
export * as shapes from './jsonShape.ts';
export {
  blockMeans,
  compareBlocks,
  median,
  type BlockComparison,
  type TimeRatio,
  timeRatio,
} from './timeRatio.ts';
export { type RobustSlope, theilSenSlope } from './theilSen.ts';
export { reverseEdges } from './reverseEdges.ts';
export { fillNormals, type MutableSequence, type NormalsKey, Rng, type RngState } from './rng.ts';
export {
  ASE_FS,
  BAR,
  BOHR,
  COULOMB,
  DEBYE,
  EV_PER_AMU_A2_PER_FS2,
  GPA,
  HARTREE,
  HBAR,
  KB,
  KCAL_PER_MOL,
  KJ_PER_MOL,
} from './units.ts';
export {
  decodeDomain,
  encodeDomain,
  type NeighborRange,
  type TrainingDomain,
} from './trainingDomain.ts';
export { validateAtoms } from './validation.ts';
export { validateSkin, VerletList, type VerletListOptions } from './verletList.ts';
export { matrixFromVoigt, pressureOf, VOIGT_PAIRS, voigtFromMatrix } from './voigt.ts';
export {
  CalculatorDiedError,
  CalculatorTimeoutError,
  CalculatorUnavailableError,
  isTransientError,
  isUnavailableError,
} from './workers/calculatorErrors.ts';
export type { ThreadCalculatorOptions } from './workers/threadOptions.ts';
export {
  cyclicOrder,
  doubledCell,
  permuted,
  permutedBack,
  rotated,
  rotatedBack,
  scattered,
  sideBySide,
  translated,
} from './symmetries.ts';
export { randomRotation, rotationOfQuaternion } from './rotation.ts';
