import { MlffdError } from '@mlffd/core';
import { InferenceSession } from 'onnxruntime-node';

/** Opens a model for the CPU; the caller says what a failure means. */
export function createSession(bytes: Uint8Array, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    // Errors are thrown; they need not be printed, too.
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
}

/** `calculate` was called after `dispose`. */
export function disposedError(name: string): MlffdError {
  return new MlffdError('calculator/disposed', `${name} was disposed of`, {
    expected: 'a calculator in use',
    found: 'calculate() after dispose()',
    hint: 'Load it again.',
  });
}
