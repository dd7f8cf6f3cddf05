export { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
export { createTeacher, teacherFingerprint, TEACHERS, type TeacherSpec } from './createTeacher.ts';
export { ARGON, LennardJones, type LennardJonesOptions } from './lennardJones/lennardJones.ts';
export type { LennardJonesPair } from './lennardJones/pairParameters.ts';
export type { Truncation } from './lennardJones/truncation.ts';
export { TeacherThreadError, ThreadTeacher } from './threadTeacher.ts';
