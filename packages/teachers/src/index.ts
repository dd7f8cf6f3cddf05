export { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
export {
  createTeacher,
  type PythonPresetName,
  type PythonTeacherSpec,
  teacherFingerprint,
  type TeacherHandlers,
  TEACHERS,
  type TeacherSpec,
} from './createTeacher.ts';
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
export { type JsonValue, PYTHON_PRESETS, type PythonPreset } from './python/presets.ts';
export { PythonTeacherError } from './python/pythonErrors.ts';
export type {
  PythonTeacherEvent,
  PythonTeacherOptions,
  WorkerOptions,
} from './python/pythonOptions.ts';
export { PythonTeacher } from './python/pythonTeacher.ts';
export { startTeacherPool, type TeacherPoolOptions } from './teacherPool.ts';
export { TeacherThreadError, ThreadTeacher } from './threadTeacher.ts';
