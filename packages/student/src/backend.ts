import type { Backend, StudentCalculatorOptions } from './calculatorOptions.ts';
import type { StudentConfig } from './config.ts';
import { FusedUnavailableError } from './fused/errors.ts';
import { FusedCalculator } from './fused/fusedCalculator.ts';
import { nodeKernels } from './fused/nodeKernels.ts';
import { startNodeThread } from './fused/nodeThreads.ts';
import { fusedObstacle } from './fused/support.ts';
import { FunctionRunner, ModelRunner, type NetworkRunner } from './runner.ts';
import type { Student } from './student.ts';

/** From here on the wider registers of ONNX Runtime win (measured). */
const WIDEST_FUSED = 256;

/**
 * Between these numbers of atoms a call is products of matrices with few rows and little else: from so
 * many features on they gain more by wider registers than they lose by operators (measured).
 */
const MIDDLE_ATOMS = { least: 8, most: 64 } as const;
const WIDE_FUSED = 144;

/** Whether a session answers faster than the kernels for a structure of so many atoms. */
export function sessionIsFaster({ features }: StudentConfig, atoms: number): boolean {
  return features > WIDE_FUSED && atoms >= MIDDLE_ATOMS.least && atoms <= MIDDLE_ATOMS.most;
}

/** The back end for a student, and in a phrase why. */
export function chooseBackend(
  { config }: Student,
  { backend = 'auto', model }: StudentCalculatorOptions,
): { readonly backend: Backend; readonly reason: string } {
  if (backend !== 'auto') return { backend, reason: 'it was asked for' };
  const obstacle =
    model === undefined ? fusedObstacle(config) : 'a model for ONNX Runtime was given';
  if (obstacle !== undefined) return { backend: 'onnx', reason: obstacle };
  if (config.features > WIDEST_FUSED) {
    return { backend: 'onnx', reason: `it has more than ${WIDEST_FUSED} features` };
  }
  return { backend: 'fused', reason: 'it is the fastest' };
}

/** @throws FusedUnavailableError for a student or an engine that the kernels do not serve */
export async function fusedCalculator(
  student: Student,
  options: StudentCalculatorOptions,
): Promise<FusedCalculator> {
  if (options.model !== undefined) {
    throw new FusedUnavailableError(
      'student/fused-model',
      'a model for ONNX Runtime cannot be run by the kernels',
      {
        expected: 'no `model` with the back end `fused`',
        found: 'a model',
        hint: 'Leave out `model`, or take the back end `onnx`.',
      },
    );
  }
  const { skin, filters, threads = 1, name } = options;
  const choices = {
    kernels: nodeKernels({ shared: threads > 1 }),
    ...(name === undefined ? {} : { name }),
    ...(skin === undefined ? {} : { skin }),
    ...(filters === undefined ? {} : { filters }),
  };
  return threads === 1
    ? FusedCalculator.fromStudent(student, choices)
    : FusedCalculator.start(student, { ...choices, threads, startThread: startNodeThread });
}

/** @throws ParameterMismatchError where weights and configuration do not fit */
export async function sessionRunner(
  student: Student,
  { model, threads = 1 }: StudentCalculatorOptions,
): Promise<NetworkRunner> {
  return model === undefined
    ? FunctionRunner.create(student, threads)
    : ModelRunner.create(model, threads);
}
