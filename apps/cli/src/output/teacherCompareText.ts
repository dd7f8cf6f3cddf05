import { formatNumber, markdownTable } from '@mlffd/report';
import type { TeacherComparison } from '@mlffd/teachers';

/** What a comparison is about. */
export interface ComparisonSubject {
  readonly names: readonly [string, string];
  /** File or folder of the structures, and how many it has. */
  readonly source: string;
  readonly of: number;
}

/** Failures that are printed one by one. */
const MOST_FAILURES = 5;
/** Structures that are named as the worst. */
const MOST_WORST = 5;

/** A comparison as the terminal shows it. */
export function comparisonText(figures: TeacherComparison, subject: ComparisonSubject): string {
  const { names } = subject;
  const { worst, failures } = figures;
  return [
    headline(figures, subject),
    '',
    markdownTable({
      columns: [{ label: 'difference' }, { label: 'value' }],
      rows: rowsOf(figures),
    }),
    '',
    ...elementTable(figures),
    markdownTable({
      columns: [
        { label: 'speed' },
        { label: 'least ms' },
        { label: 'median ms' },
        { label: 'us per atom' },
        { label: 'failed' },
      ],
      rows: [figures.a, figures.b].map((side, k) => [
        names[k],
        side.latency_min_ms ?? '-',
        side.latency_median_ms ?? '-',
        side.latency_us_atom ?? '-',
        side.failed,
      ]),
    }),
    '',
    ...worst.slice(0, MOST_WORST).map(({ name, formula, why }) => `${name} (${formula}): ${why}`),
    ...failures
      .slice(0, MOST_FAILURES)
      .map(({ name, teacher, error }) => `${name}: ${names[teacher === 'a' ? 0 : 1]}: ${error}`),
    ...(failures.length > MOST_FAILURES
      ? [`and ${String(failures.length - MOST_FAILURES)} failures more`]
      : []),
    ...(figures.ended === null ? [] : [`not all were asked about: ${figures.ended}`]),
    '',
  ].join('\n');
}

/** `EMT against Morse on 20 of 400 structures, 80 atoms`. */
export function headline(figures: TeacherComparison, subject: ComparisonSubject): string {
  const [a, b] = subject.names;
  const { compared, atoms } = figures;
  return (
    `${b} against ${a} on ${formatNumber(compared, PLAIN)} of ` +
    `${formatNumber(subject.of, PLAIN)} structures, ${formatNumber(atoms, PLAIN)} atoms`
  );
}

const PLAIN = { ascii: true, significant: 9 } as const;

function rowsOf({ energy, forces, stress }: TeacherComparison): [string, string][] {
  const text = (value: number | null, unit: string): string =>
    value === null ? 'undefined' : `${formatNumber(value, { ascii: true })}${unit}`;
  const ratio = (value: number | null): string =>
    value === null ? 'undefined' : formatNumber(value, { ascii: true, decimals: 4 });
  return [
    ...(forces === null
      ? []
      : ([
          ['force MAE', text(forces.mae_meV_A, ' meV/A')],
          ['force RMSE', text(forces.rmse_meV_A, ' meV/A')],
          ['force R2', ratio(forces.r2)],
          ['force cosine', ratio(forces.cosine)],
        ] as [string, string][])),
    ...(energy === null
      ? ([['energy', 'as many free reference energies as structures']] as [string, string][])
      : ([
          ['energy MAE, references removed', text(energy.mae_meV_atom, ' meV/atom')],
          ['energy RMSE', text(energy.rmse_meV_atom, ' meV/atom')],
          ['energy R2', ratio(energy.r2)],
          ['rank correlation of energies', ratio(energy.rank_correlation)],
        ] as [string, string][])),
    ...(stress === null
      ? []
      : ([
          ['stress MAE', text(stress.mae_GPa, ' GPa')],
          ['mean difference of tension', text(stress.tension_bias_GPa, ' GPa')],
        ] as [string, string][])),
  ];
}

function elementTable({ forces }: TeacherComparison): string[] {
  if (forces === null) return [];
  const table = markdownTable({
    columns: [
      { label: 'element' },
      { label: 'atoms' },
      { label: 'force MAE, meV/A' },
      { label: 'RMSE' },
      { label: 'largest' },
      { label: 'cosine' },
    ],
    rows: Object.entries(forces.by_element).map(([element, own]) => [
      element,
      own.atoms,
      own.mae_meV_A,
      own.rmse_meV_A,
      own.max_meV_A,
      own.cosine ?? '-',
    ]),
  });
  return [table, ''];
}
