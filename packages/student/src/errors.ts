import { MlffdError } from '@mlffd/core';

/** A student's hyper-parameters are not usable: unknown key, wrong type, value out of range. */
export class StudentConfigError extends MlffdError {
  override readonly name = 'StudentConfigError';
}

/** Weights do not belong to the configuration: a tensor is missing, unknown or of another shape. */
export class ParameterMismatchError extends MlffdError {
  override readonly name = 'ParameterMismatchError';
}
