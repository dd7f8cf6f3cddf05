import type { Calculator } from '@mlffd/core';
import { requireCount } from './checks.ts';
import { ChgnetCalculator } from './chgnet/chgnetCalculator.ts';
import { readModelFile } from './chgnet/modelFile.ts';
import { Emt } from './emt/emt.ts';
import { ipiSpecFingerprint, type IpiTeacherHandlers, startIpiTeacher } from './ipi/ipiSpec.ts';
import { LennardJones } from './lennardJones/lennardJones.ts';
import { Morse } from './morse/morse.ts';
import { OnnxTeacher } from './onnx/onnxTeacher.ts';
import { readPotentialFile } from './onnx/potentialFile.ts';
import { FennolTeacher } from './python/fennolTeacher.ts';
import { OrbTeacher } from './python/orbTeacher.ts';
import type { PythonTeacherEvent } from './python/pythonOptions.ts';
import { PythonTeacher } from './python/pythonTeacher.ts';
import { startCopies } from './startCopies.ts';
import { StillingerWeber } from './stillingerWeber/stillingerWeber.ts';
import {
  type InProcessSpec,
  isInProcess,
  parseSpec,
  type PythonTeacherSpec,
  type TeacherSpec,
} from './teacherSpec.ts';

/** What teachers outside this process tell. */
export type TeacherEvent =
  | PythonTeacherEvent
  | Parameters<NonNullable<IpiTeacherHandlers['onEvent']>>[0];

/** What is no part of the teacher itself. */
export interface TeacherHandlers {
  readonly onEvent?: (event: TeacherEvent) => void;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

type AnalyticSpec = Exclude<InProcessSpec, { readonly type: 'chgnet' | 'onnx' }>;

/**
 * Makes a teacher from what a configuration file says.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`, `teachers/unknown-option`, and what the
 * teacher itself refuses
 */
export async function createTeacher(
  spec: TeacherSpec,
  handlers: TeacherHandlers = {},
): Promise<Calculator> {
  const options = parseSpec(spec);
  if (isInProcess(options)) return inProcess(options);
  if (options.type === 'ipi') return startIpiTeacher(options, handlers);
  const { workers = 1, ...own } = options;
  requireCount(workers, 'workers');
  const start = (): Promise<Calculator> => inPython(own, handlers);
  return workers === 1 ? start() : startCopies(workers, start);
}

/**
 * SHA-256 of all that decides a teacher's answers: its model file, its parameters or its packages, not
 * the number of threads. Stages that keep labels use it as part of their key.
 *
 * @throws as `createTeacher`; InvalidArgumentError `teachers/no-label` for drivers behind a socket of
 * which nothing is known
 */
export async function teacherFingerprint(spec: TeacherSpec): Promise<string> {
  const options = parseSpec(spec);
  if (isInProcess(options)) {
    switch (options.type) {
      case 'chgnet':
        return (await readModelFile(options.modelPath)).fingerprint;
      case 'onnx':
        return (await readPotentialFile(options.model)).fingerprint;
      default:
        return analytic(options).fingerprint;
    }
  }
  if (options.type === 'ipi') return ipiSpecFingerprint(options);
  // Only the calculator itself knows what versions it is made of.
  const teacher = await inPython(options, {});
  await teacher.dispose();
  return teacher.fingerprint;
}

async function inProcess(options: InProcessSpec): Promise<Calculator> {
  switch (options.type) {
    case 'chgnet':
      return ChgnetCalculator.load(options);
    case 'onnx': {
      const { model: path, threads = 1 } = options;
      return OnnxTeacher.load({ path, threads });
    }
    default:
      return analytic(options);
  }
}

/** A potential that answers at once. */
function analytic(options: AnalyticSpec): Calculator & { readonly fingerprint: string } {
  switch (options.type) {
    case 'lj':
      return new LennardJones(options);
    case 'morse':
      return new Morse(options);
    case 'emt':
      return new Emt(options);
    case 'stillinger-weber':
      return new StillingerWeber(options);
  }
}

/** One process. */
function inPython(
  options: PythonTeacherSpec,
  handlers: TeacherHandlers,
): Promise<Calculator & { readonly fingerprint: string }> {
  switch (options.type) {
    case 'orb':
      return OrbTeacher.start({ ...options, ...handlers });
    case 'fennol':
      return FennolTeacher.start({ ...options, ...handlers });
    case 'ase':
      return PythonTeacher.start({ ...options, ...handlers });
    default:
      return PythonTeacher.start({ ...options, preset: options.type, ...handlers });
  }
}
