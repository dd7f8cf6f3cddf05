import type { CheckRecord, Figure, Plot, ValidationResults } from '@mlffd/md';

/** A figure of one student on one system, or on the whole. */
export function figureOf(
  results: ValidationResults,
  at: {
    readonly check: string;
    readonly key: string;
    readonly student: string;
    readonly system: string | null;
  },
): Figure | undefined {
  return results.checks
    .find(
      ({ check, student, system }) =>
        check === at.check && student === at.student && system === at.system,
    )
    ?.result.figures.find(({ key }) => key === at.key);
}

/** The figure of all systems that says most about a student: a failed one, or else the largest. */
export function worstOf(
  results: ValidationResults,
  at: { readonly check: string; readonly key: string; readonly student: string },
): Figure | undefined {
  const found = results.checks
    .filter(({ check, student }) => check === at.check && student === at.student)
    .flatMap(({ result }) => result.figures.filter(({ key }) => key === at.key));
  const rank = ({ status }: Figure): number => ['skipped', 'pass', 'info', 'fail'].indexOf(status);
  return found
    .toSorted((a, b) => rank(b) - rank(a) || Math.abs(b.value ?? 0) - Math.abs(a.value ?? 0))
    .at(0);
}

/** Plots with the same id and system, of all students. */
export interface PlotGroup {
  readonly system: string | null;
  readonly plots: readonly { readonly student: string; readonly plot: Plot }[];
}

/** Plots of some checks, those of several students together. */
export function plotGroups(records: readonly CheckRecord[]): PlotGroup[] {
  const groups = new Map<
    string,
    { system: string | null; plots: { student: string; plot: Plot }[] }
  >();
  for (const { student, system, result } of records) {
    for (const plot of result.plots ?? []) {
      const key = `${system ?? ''}/${plot.id}`;
      const group = groups.get(key) ?? { system, plots: [] };
      group.plots.push({ student, plot });
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}
