/** A student that competes with others of the same labels. */
export interface Candidate {
  readonly name: string;
  readonly parameters: number;
  /** Time of a call, any unit. */
  readonly cost: number;
  /** Error, any unit; one that is not finite competes with nobody. */
  readonly error: number;
  /** Whether it meets every goal. */
  readonly passed: boolean;
}

/** Names of the students that no other one beats in both cost and error. */
export function paretoFront(candidates: readonly Candidate[]): string[] {
  return candidates
    .filter((one) => usable(one) && !candidates.some((other) => dominates(other, one)))
    .map(({ name }) => name);
}

/** At least as good in both, and better in one. */
function dominates(a: Candidate, b: Candidate): boolean {
  return (
    usable(a) && a.cost <= b.cost && a.error <= b.error && (a.cost < b.cost || a.error < b.error)
  );
}

const usable = ({ cost, error }: Candidate): boolean =>
  Number.isFinite(cost) && Number.isFinite(error);

/** The student with the fewest parameters that meets every goal; undefined when none does. */
export function smallestPassing<T extends Candidate>(candidates: readonly T[]): T | undefined {
  return candidates
    .filter(({ passed }) => passed)
    .reduce<T | undefined>(
      (best, next) => (best === undefined || next.parameters < best.parameters ? next : best),
      undefined,
    );
}
