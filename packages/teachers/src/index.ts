export { type AuditEvent, auditTeacher, type AuditTeacherOptions } from './audit/auditTeacher.ts';
export type {
  AuditFailure,
  AuditStructure,
  AuditSummary,
  ConformanceAudit,
  CutoffAudit,
  CutoffCurve,
  FloorAudit,
  IsolatedAtomAudit,
  LatencyAudit,
  SizeConsistencyAudit,
  StructureAudit,
  TeacherAudit,
} from './audit/report.ts';
export { AUDIT_TOLERANCES } from './audit/conformance.ts';
export { measureFloor, type MeasureFloorOptions, type TeacherFloor } from './audit/floor.ts';
export type { AuditDepth } from './audit/options.ts';
export {
  CachedCalculator,
  type CachedCalculatorOptions,
  type CacheEvent,
} from './cache/cachedCalculator.ts';
export { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
export {
  type CompareEvent,
  compareTeachers,
  type CompareTeachersOptions,
  NothingComparedError,
} from './compare/compareTeachers.ts';
export type { ReferenceEnergyFit } from './compare/energies.ts';
export type {
  ComparedStructure,
  ComparedTeacher,
  ComparisonFailure,
  ComparisonSeries,
  EnergyComparison,
  ForceComparison,
  ForceFigures,
  PairedValues,
  StressComparison,
  TeacherComparison,
  WorstStructure,
} from './compare/report.ts';
export { Combination, type CombinationTerm } from './combine/combination.ts';
export {
  Committee,
  type CommitteeResults,
  type CommitteeUncertainty,
} from './combine/committee.ts';
export {
  createTeacher,
  type TeacherEvent,
  teacherFingerprint,
  type TeacherHandlers,
} from './createTeacher.ts';
export {
  type InProcessSpec,
  parseSpec,
  type PythonTeacherSpec,
  type TeacherOptions,
  TEACHERS,
  type TeacherSpec,
} from './teacherSpec.ts';
export { Emt, type EmtOptions } from './emt/emt.ts';
export { HarmonicCrystal, type HarmonicCrystalOptions } from './harmonic/harmonicCrystal.ts';
export { HarmonicNetwork, type HarmonicNetworkOptions } from './harmonic/harmonicNetwork.ts';
export type { Spring } from './harmonic/springs.ts';
export { IpiTeacherError } from './ipi/ipiErrors.ts';
export type { IpiAddress } from '@mlffd/core/ipi';
export type { IpiTeacherEvent, IpiTeacherOptions } from './ipi/ipiOptions.ts';
export {
  type IpiTeacherHandlers,
  type IpiTeacherSpec,
  parseIpiSpec,
  startIpiTeacher,
} from './ipi/ipiSpec.ts';
export { IpiTeacher } from './ipi/ipiTeacher.ts';
export { lammpsData, type LammpsDataOptions } from './ipi/lammpsData.ts';
export { ARGON, LennardJones, type LennardJonesOptions } from './lennardJones/lennardJones.ts';
export type { LennardJonesPair } from './lennardJones/pairParameters.ts';
export type { Truncation } from './lennardJones/truncation.ts';
export { Morse, type MorseOptions, type MorsePair } from './morse/morse.ts';
export type { DirectForces, PotentialManifest } from './onnx/manifest.ts';
export { readPotentialManifest } from './onnx/potentialFile.ts';
export { OnnxTeacher, type OnnxTeacherOptions } from './onnx/onnxTeacher.ts';
export { environmentFolder } from './python/environmentFolder.ts';
export { findPython, type FindPythonOptions, type Python } from './python/findPython.ts';
export {
  type InstallEvent,
  type InstallOptions,
  installTeacherEnvironment,
  type TeacherEnvironment,
} from './python/installEnvironment.ts';
export { type PresetState, presetStates } from './python/presetStates.ts';
export { PYTHON_PRESETS, type PythonPresetName } from './python/presets.ts';
export type { JsonValue, PythonPreset } from './python/presets/preset.ts';
export type { FennolModel } from './python/fennolModel.ts';
export { type FennolOptions, FennolTeacher } from './python/fennolTeacher.ts';
export {
  ORB_EDGE_METHODS,
  type OrbOptions,
  OrbTeacher,
  type OrbTeacherOptions,
} from './python/orbTeacher.ts';
export { ORB_MODELS, type OrbModel } from './python/presets/orb.ts';
export { PythonTeacherError } from './python/pythonErrors.ts';
export type {
  PythonTeacherEvent,
  PythonTeacherOptions,
  WorkerOptions,
} from './python/pythonOptions.ts';
export { PythonTeacher } from './python/pythonTeacher.ts';
export {
  STILLINGER_WEBER_SILICON,
  type StillingerWeberEntry,
} from './stillingerWeber/parameters.ts';
export { StillingerWeber, type StillingerWeberOptions } from './stillingerWeber/stillingerWeber.ts';
export { startTeacherPool, type TeacherPoolOptions } from './teacherPool.ts';
export { TeacherThreadError, ThreadTeacher, type ThreadTeacherOptions } from './threadTeacher.ts';
