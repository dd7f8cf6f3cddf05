import type { Student } from '@mlffd/student';
import type { Coverage, CoverageFigures, CoverageWarning } from '@mlffd/train';

/** Where the structures came from. */
export interface CalibrationSource {
  readonly data: string;
  /** File of the split; null: one by group. */
  readonly split: string | null;
}

/** Content of `uncertainty.json`. */
export interface CalibrationFigures {
  readonly source: CalibrationSource;
  readonly heads: number;
  readonly energyFactor: number;
  readonly forceFactor: number;
  /** As kept with the uncertainty. */
  readonly fit: NonNullable<Student['uncertainty']>['provenance'];
  /** Measured on structures that were neither trained on nor used to calibrate. */
  readonly test: {
    readonly structures: number;
    /** eV per structure. */
    readonly energy: CoverageFigures | null;
    /** eV/Angstrom per component. */
    readonly forces: CoverageFigures | null;
    readonly fixedComponents: number;
    readonly warnings: readonly CoverageWarning[];
  };
}

/** The figures of a calibration, as JSON. */
export function calibrationFigures(
  { uncertainty }: Student,
  found: Coverage,
  source: CalibrationSource,
): CalibrationFigures {
  return {
    source,
    heads: uncertainty?.count ?? 0,
    energyFactor: uncertainty?.energyFactor ?? 0,
    forceFactor: uncertainty?.forceFactor ?? 0,
    fit: uncertainty?.provenance ?? {},
    test: {
      structures: found.structures,
      energy: found.energy ?? null,
      forces: found.forces ?? null,
      fixedComponents: found.fixedComponents,
      warnings: found.warnings,
    },
  };
}
