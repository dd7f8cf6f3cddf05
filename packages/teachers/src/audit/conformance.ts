import {
  type Calculator,
  checkCalculator,
  type ConformanceSteps,
  type ConformanceTolerances,
  isUnavailableError,
} from '@mlffd/core';
import type { AuditStructure, ConformanceAudit } from './report.ts';
import type { TeacherProbe } from './teacherProbe.ts';

/**
 * What a network in float32 keeps to, energies of some eV per atom rounded to 1e-7 of themselves
 * and differentiated over 0.01 Angstrom; far below the errors of any student.
 */
export const AUDIT_TOLERANCES: ConformanceTolerances = {
  forces: 5e-3,
  stress: 3e-4,
  energy: 2e-5,
  symmetry: 1e-3,
  smoothness: 2e-3,
  sum: 2e-5,
  repeat: 1e-5,
};
const STEPS: ConformanceSteps = { displacement: 5e-3, strain: 4e-3, cutoff: 1e-3 };

/**
 * The conformance suite of core on one structure; the teacher lives on.
 *
 * @throws AbortedError, and the error of a teacher that is gone for good
 */
export async function auditConformance(
  probe: TeacherProbe,
  structure: AuditStructure,
  options: { readonly seed: number; readonly tolerances: Partial<ConformanceTolerances> },
): Promise<ConformanceAudit[]> {
  // The suite takes every error for a finding; two of them are none.
  let gone: { readonly error: unknown } | undefined;
  const asked = probe.asCalculator();
  const calculator: Calculator = {
    ...asked,
    calculate: async (atoms, properties) => {
      try {
        return await asked.calculate(atoms, properties);
      } catch (error) {
        if (isUnavailableError(error)) gone = { error };
        throw error;
      }
    },
  };
  const report = await checkCalculator(calculator, {
    structures: [structure],
    tolerances: { ...AUDIT_TOLERANCES, ...options.tolerances },
    steps: STEPS,
    skip: ['dispose'],
    seed: options.seed,
  });
  probe.throwIfAborted();
  if (gone !== undefined) throw gone.error;
  return report.checks.map(({ name, structure: at, passed, measured, tolerance, detail }) => ({
    check: name,
    structure: at,
    passed,
    measured: Number.isFinite(measured) ? measured : null,
    tolerance,
    detail,
  }));
}
