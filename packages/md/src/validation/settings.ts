import { requirePositive } from '../errors.ts';

/** How much is spent. */
export type BudgetName = 'quick' | 'standard' | 'full';

/** Lengths and counts behind the checks. */
export interface ValidationSettings {
  /** K. */
  readonly temperature: number;
  /** fs. */
  readonly timestep: number;
  /** Length of each of the teacher's two runs, ps. */
  readonly teacherPicoseconds: number;
  /** Length of each of a student's two runs, ps. */
  readonly picoseconds: number;
  /** Frames of each trajectory on which forces are compared. */
  readonly frames: number;
  /** Time between two frames that are kept in the first part of a run, fs. */
  readonly frameInterval: number;
  /** Steps of the runs that test the mechanics. */
  readonly mechanicsSteps: number;
  /** Length of the runs that look for the owner of a drift, ps. */
  readonly attributionPicoseconds: number;
  /** Points of dimer, bond and volume curves. */
  readonly scanPoints: number;
  /** Most atoms for which the teacher's frequencies are computed; each takes 6 calls. */
  readonly frequencyAtoms: number;
}

const SHARED = { temperature: 300, timestep: 0.5, frameInterval: 4 };

/** What each budget buys. Teacher's calls: about 2,500, 21,000 and 82,000 per system at 0.5 fs. */
export const BUDGETS: Readonly<Record<BudgetName, ValidationSettings>> = {
  quick: {
    ...SHARED,
    teacherPicoseconds: 0.5,
    picoseconds: 5,
    frames: 25,
    mechanicsSteps: 100,
    attributionPicoseconds: 0.5,
    scanPoints: 40,
    frequencyAtoms: 12,
  },
  standard: {
    ...SHARED,
    teacherPicoseconds: 5,
    picoseconds: 100,
    frames: 100,
    mechanicsSteps: 200,
    attributionPicoseconds: 2,
    scanPoints: 80,
    frequencyAtoms: 32,
  },
  full: {
    ...SHARED,
    teacherPicoseconds: 20,
    picoseconds: 500,
    frames: 300,
    mechanicsSteps: 400,
    attributionPicoseconds: 10,
    scanPoints: 160,
    frequencyAtoms: 64,
  },
};

/**
 * A budget with some of its values changed.
 *
 * @throws InvalidArgumentError for a value that is not a number above 0
 */
export function validationSettings(
  budget: BudgetName,
  changes: Partial<ValidationSettings> = {},
): ValidationSettings {
  const settings = { ...BUDGETS[budget], ...changes };
  for (const [name, value] of Object.entries(settings)) requirePositive(name, value);
  return settings;
}
