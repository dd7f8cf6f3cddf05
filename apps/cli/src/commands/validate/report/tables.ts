import type { CheckRecord, Figure, ValidationResults } from '@mlffd/md';
import { type Cell, formatNumber, type Status, type Table } from '@mlffd/report';

const ANSWERS = { yes: 'pass', 'with care': 'warn', no: 'fail' } as const;

/** What each student is fit for: one row per use, one column per student. */
export function verdictTable({ verdicts, asked }: ValidationResults): Table {
  const uses = verdicts[0]?.verdicts ?? [];
  return {
    caption: 'What each student is fit for.',
    columns: [{ label: 'Use' }, ...verdicts.map(({ student }) => ({ label: student }))],
    rows: uses.map(({ title, useCase }) => [
      asked.includes(useCase) ? `**${title}**` : title,
      ...verdicts.map(({ verdicts: own }): Cell => {
        const answer = own.find((verdict) => verdict.useCase === useCase)?.answer ?? 'no';
        return { value: answer, status: ANSWERS[answer] };
      }),
    ]),
    note: 'Uses in bold decide about the exit code of the command. With care: a gate could not be decided, or something failed that is no gate.',
  };
}

/** Why verdicts are not `yes`. */
export function reasonTable({ verdicts }: ValidationResults): Table {
  return {
    caption: 'Reasons.',
    columns: [{ label: 'Student' }, { label: 'Use' }, { label: 'What stands against it' }],
    rows: verdicts.flatMap(({ student, verdicts: own }) =>
      own
        .filter(({ reasons }) => reasons.length > 0)
        .map(({ title, answer, reasons }): Cell[] => [
          student,
          { value: title, status: ANSWERS[answer] },
          `${reasons.join('; ')}.`,
        ]),
    ),
  };
}

/** Figures of one check: a row for each figure and system, a column for each student. */
export function figureTable(records: readonly CheckRecord[], students: readonly string[]): Table {
  const rows = new Map<
    string,
    { label: string; system: string; first: Figure; own: Map<string, Figure> }
  >();
  for (const { student, system, result } of records) {
    for (const figure of result.figures) {
      const key = `${system ?? ''}/${figure.key}`;
      const row = rows.get(key) ?? {
        label: figure.label,
        system: system ?? 'all',
        first: figure,
        own: new Map<string, Figure>(),
      };
      row.own.set(student, figure);
      rows.set(key, row);
    }
  }
  const measured = [...rows.values()].filter(({ own }) =>
    [...own.values()].some(({ status }) => status !== 'skipped'),
  );
  return {
    caption: records[0]?.title ?? '',
    columns: [
      { label: 'Figure' },
      { label: 'Structure' },
      { label: 'Unit' },
      { label: 'Goal' },
      ...students.map((label) => ({ label, align: 'right' as const })),
    ],
    rows: measured.map(({ label, system, first, own }) => [
      label,
      system,
      first.unit === '' ? null : first.unit,
      goalText([...own.values()].find(({ goal }) => goal !== undefined)),
      ...students.map((student) => cellOf(own.get(student))),
    ]),
  };
}

/** What no student could be measured for, and why, in a sentence for each check and structure. */
export function unmeasured(records: readonly CheckRecord[]): string[] {
  const sentences = records.flatMap(({ title, system, result }) => {
    const reasons = result.figures.flatMap(({ status, why }) =>
      status === 'skipped' && why !== undefined ? [why] : [],
    );
    const all = reasons.length === result.figures.length;
    return all
      ? [...new Set(reasons)].map(
          (why) => `${title}${system === null ? '' : `, ${system}`}: ${why}.`,
        )
      : [];
  });
  return [...new Set(sentences)];
}

/** A figure with its mark, and its band or what it was not measured for. */
export function cellOf(figure: Figure | undefined): Cell {
  if (figure === undefined) return null;
  const { value, low, high, why } = figure;
  const mark = markOf(figure);
  const band =
    low === undefined || high === undefined
      ? undefined
      : `${formatNumber(low)} to ${formatNumber(high)}`;
  const note = value === null ? why : band;
  return {
    value,
    ...(mark === undefined ? {} : { status: mark }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Open goals are marked; what has no goal, or was not measured, is not. */
function markOf({ status, goal }: Figure): Status | undefined {
  if (status === 'pass' || status === 'fail') return status;
  return status === 'info' && goal !== undefined ? 'warn' : undefined;
}

function goalText(figure: Figure | undefined): string | null {
  const { min, max } = figure?.goal ?? {};
  if (min !== undefined && max !== undefined) return `${formatNumber(min)} to ${formatNumber(max)}`;
  if (max !== undefined) return `< ${formatNumber(max)}`;
  return min === undefined ? null : `> ${formatNumber(min)}`;
}
