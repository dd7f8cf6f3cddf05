export { type AuditEvent, auditTeacher, type AuditTeacherOptions } from './audit/auditTeacher.ts';
export type {
  AuditFailure,
  AuditStructure,
  AuditSummary,
  CutoffAudit,
  IsolatedAtomAudit,
  SizeConsistencyAudit,
  StructureAudit,
  TeacherAudit,
} from './audit/report.ts';
export {
  CachedCalculator,
  type CachedCalculatorOptions,
  type CacheEvent,
} from './cache/cachedCalculator.ts';
export { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
export { Combination, type CombinationTerm } from './combine/combination.ts';
export {
  Committee,
  type CommitteeResults,
  type CommitteeUncertainty,
} from './combine/committee.ts';
export {
  createTeacher,
  type PythonTeacherSpec,
  teacherFingerprint,
  type TeacherHandlers,
  TEACHERS,
  type TeacherSpec,
} from './createTeacher.ts';
export { Emt, type EmtOptions } from './emt/emt.ts';
export { HarmonicCrystal, type HarmonicCrystalOptions } from './harmonic/harmonicCrystal.ts';
export { HarmonicNetwork, type HarmonicNetworkOptions } from './harmonic/harmonicNetwork.ts';
export type { Spring } from './harmonic/springs.ts';
export { IpiTeacherError } from './ipi/ipiErrors.ts';
export type { IpiAddress, IpiTeacherEvent, IpiTeacherOptions } from './ipi/ipiOptions.ts';
export { IpiTeacher } from './ipi/ipiTeacher.ts';
export { ARGON, LennardJones, type LennardJonesOptions } from './lennardJones/lennardJones.ts';
export type { LennardJonesPair } from './lennardJones/pairParameters.ts';
export type { Truncation } from './lennardJones/truncation.ts';
export { Morse, type MorseOptions, type MorsePair } from './morse/morse.ts';
export { environmentFolder } from './python/environmentFolder.ts';
export {
  type InstallEvent,
  type InstallOptions,
  installTeacherEnvironment,
  type TeacherEnvironment,
} from './python/installEnvironment.ts';
export { PYTHON_PRESETS, type PythonPresetName } from './python/presets.ts';
export type { JsonValue, PythonPreset } from './python/presets/preset.ts';
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
