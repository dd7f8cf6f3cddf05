import {
  barChart,
  formatNumber,
  histogram,
  parityPlot,
  renderReport,
  type Fact,
  type ReportFigure,
  type Section,
} from '@mlffd/report';
import type {
  ComparedTeacher,
  ComparisonSeries,
  ForceFigures,
  PairedValues,
  TeacherComparison,
} from '@mlffd/teachers';
import { machine } from '../pipeline/machine.ts';
import { headline, type ComparisonSubject } from './teacherCompareText.ts';
import { versions } from './versions.ts';

/** What the page is drawn from. */
export interface ComparisonInput {
  readonly figures: TeacherComparison;
  readonly series: ComparisonSeries;
  readonly about: ComparisonSubject;
}

/** `teacher-compare.html`: how far two teachers are apart, and where. */
export async function comparisonReport(input: ComparisonInput): Promise<string> {
  const { figures, about } = input;
  const [a, b] = about.names;
  const { cpu, cores } = machine();
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${b} against ${a}`,
    subtitle: `${headline(figures, about)}. ${a} is the reference: differences are ${b} less ${a}.`,
    facts: facts(figures),
    sections: [
      await agreement(input),
      await differences(input),
      ...(figures.worst.length === 0 ? [] : [worst(figures)]),
      ...(figures.failures.length === 0 && figures.ended === null ? [] : [failures(input)]),
      await speed(input),
      ...(figures.energy === null ? [] : [references(input)]),
    ],
    data: figures,
    footer: [
      `structures of ${about.source}`,
      `${cpu}, ${String(cores)} cores, Node ${versions().node}`,
    ],
  });
}

function facts({ energy, forces, stress }: TeacherComparison): Fact[] {
  const ratio = { decimals: 4 } as const;
  return [
    ...(forces === null
      ? []
      : [
          { label: 'Force MAE', value: forces.mae_meV_A, unit: 'meV/Å' },
          { label: 'Cosine of forces', value: forces.cosine ?? '–', format: ratio },
        ]),
    ...(energy === null
      ? []
      : [
          { label: 'Energy MAE', value: energy.mae_meV_atom, unit: 'meV/atom' },
          {
            label: 'Rank correlation',
            value: energy.rank_correlation ?? '–',
            note: 'of energies',
            format: ratio,
          },
        ]),
    ...(stress === null ? [] : [{ label: 'Stress MAE', value: stress.mae_GPa, unit: 'GPa' }]),
  ];
}

async function agreement({ figures, series, about }: ComparisonInput): Promise<Section> {
  const { energy, forces, stress } = figures;
  const plot = async (
    values: PairedValues,
    options: {
      readonly title: string;
      readonly quantity: string;
      readonly unit: string;
      readonly milli?: string;
      readonly caption: string;
    },
  ): Promise<ReportFigure> => ({
    svg: await parityPlot({
      title: options.title,
      quantity: options.quantity,
      unit: options.unit,
      names: about.names,
      teacher: values.a,
      student: values.b,
      ...(options.milli === undefined ? {} : { errorUnit: { unit: options.milli, factor: 1000 } }),
    }),
    caption: options.caption,
  });
  return {
    title: 'Agreement',
    ...(energy === null && series.energies.a.length > 0
      ? {
          callouts: [
            {
              status: 'info' as const,
              text: 'The structures have no more energies than reference energies that are fitted to them: there is nothing to judge energies by.',
            },
          ],
        }
      : {}),
    figures: [
      ...(forces === null
        ? []
        : [
            await plot(series.forces, {
              title: 'Forces',
              quantity: 'Force component',
              unit: 'eV/Å',
              milli: 'meV/Å',
              caption: 'Components of all forces.',
            }),
          ]),
      ...(energy === null
        ? []
        : [
            await plot(series.energies, {
              title: 'Energies',
              quantity: 'Energy',
              unit: 'eV/atom',
              milli: 'meV/atom',
              caption: 'Energies after removing one energy per element from each.',
            }),
          ]),
      ...(stress === null
        ? []
        : [
            await plot(series.stresses, {
              title: 'Stress',
              quantity: 'Stress component',
              unit: 'GPa',
              caption: 'Six components of every periodic structure; tension is positive.',
            }),
          ]),
    ],
    tables: [summaryTable(figures)],
  };
}

function summaryTable({ energy, forces, stress }: TeacherComparison) {
  const r2 = (value: number | null): string | null =>
    value === null ? null : formatNumber(value, { decimals: 4 });
  return {
    caption: 'Differences over all structures.',
    columns: [
      { label: 'Quantity' },
      { label: 'MAE' },
      { label: 'RMSE' },
      { label: 'Largest' },
      { label: 'Unit' },
      { label: 'R²', align: 'right' as const },
    ],
    rows: [
      ...(forces === null
        ? []
        : [
            [
              'force components',
              forces.mae_meV_A,
              forces.rmse_meV_A,
              forces.max_meV_A,
              'meV/Å',
              r2(forces.r2),
            ],
          ]),
      ...(energy === null
        ? []
        : [
            [
              'energy, references removed',
              energy.mae_meV_atom,
              energy.rmse_meV_atom,
              energy.max_meV_atom,
              'meV/atom',
              r2(energy.r2),
            ],
          ]),
      ...(stress === null
        ? []
        : [
            [
              'stress components',
              stress.mae_GPa,
              stress.rmse_GPa,
              stress.max_GPa,
              'GPa',
              r2(stress.r2),
            ],
          ]),
    ],
    ...(stress === null
      ? {}
      : {
          note: `Mean difference of the tension (a third of the trace): ${formatNumber(stress.tension_bias_GPa)} GPa.`,
        }),
  };
}

const FORCE_COLUMNS = [
  { label: 'Atoms', format: { significant: 9 } },
  { label: 'MAE', unit: 'meV/Å' },
  { label: 'RMSE', unit: 'meV/Å' },
  { label: 'Largest', unit: 'meV/Å' },
  { label: 'Cosine', format: { decimals: 4 } },
] as const;

const forceCells = (own: ForceFigures): (number | null)[] => [
  own.atoms,
  own.mae_meV_A,
  own.rmse_meV_A,
  own.max_meV_A,
  own.cosine,
];

async function differences({ figures, series, about }: ComparisonInput): Promise<Section> {
  const { forces, energy } = figures;
  const elements = Object.entries(forces?.by_element ?? {});
  const gaps = ({ a, b }: PairedValues, factor: number): number[] =>
    a.map((value, k) => factor * Math.abs(b[k] - value));
  const figure = async (
    title: string,
    values: readonly number[],
    x: { readonly label: string; readonly unit: string },
  ): Promise<ReportFigure> => ({
    svg: await histogram({
      title,
      x: { ...x, scale: 'log' },
      series: [{ name: x.label, values }],
    }),
    caption: `${title}, on a logarithmic axis.`,
  });
  return {
    title: 'Where they differ',
    figures: [
      ...(forces === null
        ? []
        : [
            await figure('Differences of force components', gaps(series.forces, 1000), {
              label: 'Difference',
              unit: 'meV/Å',
            }),
          ]),
      ...(energy === null
        ? []
        : [
            await figure('Differences of energies', gaps(series.energies, 1000), {
              label: 'Difference',
              unit: 'meV/atom',
            }),
          ]),
      ...(elements.length === 0
        ? []
        : [
            {
              wide: elements.length > 8,
              svg: await barChart({
                title: 'Force difference by element',
                direction: 'vertical',
                ...(elements.length > 8 ? { width: 960 } : {}),
                value: { label: 'Force MAE', unit: 'meV/Å' },
                ...(elements.length > 16 ? { valueLabel: false as const } : {}),
                bars: elements.map(([label, own]) => ({ label, value: own.mae_meV_A })),
              }),
              caption: 'Mean absolute difference of force components by element.',
            },
          ]),
    ],
    tables:
      forces === null
        ? []
        : [
            {
              caption: 'Forces by element.',
              columns: [{ label: 'Element' }, ...FORCE_COLUMNS],
              rows: elements.map(([element, own]) => [element, ...forceCells(own)]),
            },
            {
              caption: `Forces by their size in ${about.names[0]}.`,
              columns: [{ label: '|F|', unit: 'eV/Å' }, ...FORCE_COLUMNS],
              rows: forces.by_force.map((own) => [
                own.high_eV_A === null
                  ? `> ${String(own.low_eV_A)}`
                  : `${String(own.low_eV_A)} to ${String(own.high_eV_A)}`,
                ...forceCells(own),
              ]),
            },
          ],
  };
}

function worst({ worst: list }: TeacherComparison): Section {
  return {
    title: 'Worst structures',
    text: 'Each by the quantity that stands out most from its root mean square over all structures.',
    tables: [
      {
        caption: 'Structures that differ most.',
        columns: [
          { label: 'Structure' },
          { label: 'Formula' },
          { label: 'Energy', unit: 'meV/atom' },
          { label: 'Force RMSE', unit: 'meV/Å' },
          { label: 'Stress RMSE', unit: 'GPa' },
          { label: 'Why' },
        ],
        rows: list.map((own) => [
          own.name,
          own.formula,
          own.energy_difference_meV_atom,
          own.force_rmse_meV_A,
          own.stress_rmse_GPa,
          own.why.replaceAll('Angstrom', 'Å'),
        ]),
      },
    ],
  };
}

/** Failures that the page lists; the JSON has them all. */
const MOST_FAILURES = 50;

function failures({ figures, about }: ComparisonInput): Section {
  const { failures: failed, ended } = figures;
  return {
    title: 'Left out',
    status: 'info',
    ...(ended === null
      ? {}
      : {
          callouts: [
            {
              status: 'warn' as const,
              text: `Only ${String(figures.asked)} of ${String(figures.given)} structures were asked about: ${ended}.`,
            },
          ],
        }),
    tables:
      failed.length === 0
        ? []
        : [
            {
              caption: 'Structures that one of them has no answer for.',
              columns: [{ label: 'Structure' }, { label: 'Teacher' }, { label: 'Because' }],
              rows: failed
                .slice(0, MOST_FAILURES)
                .map(({ name, teacher, error }) => [
                  name,
                  about.names[teacher === 'a' ? 0 : 1],
                  error,
                ]),
              ...(failed.length > MOST_FAILURES
                ? { note: `And ${String(failed.length - MOST_FAILURES)} more, in the JSON file.` }
                : {}),
            },
          ],
  };
}

async function speed({ figures, about }: ComparisonInput): Promise<Section> {
  const sides: [string, ComparedTeacher][] = [
    [about.names[0], figures.a],
    [about.names[1], figures.b],
  ];
  return {
    title: 'Speed',
    text: 'Times of calls for all that is compared, one after another in the same run.',
    figures: [
      {
        wide: true,
        svg: await barChart({
          title: 'Time per atom',
          width: 760,
          value: { label: 'Time', unit: 'µs per atom', scale: 'log' },
          bars: sides.map(([label, side]) => ({ label, value: side.latency_us_atom ?? NaN })),
        }),
        caption: 'Time of all calls but the first over their atoms.',
      },
    ],
    tables: [
      {
        caption: 'Times of calls.',
        columns: [
          { label: 'Teacher' },
          { label: 'Answered', format: { significant: 9 } },
          { label: 'Failed', format: { significant: 9 } },
          { label: 'Least', unit: 'ms' },
          { label: 'Median', unit: 'ms' },
          { label: 'Mean', unit: 'µs per atom' },
        ],
        rows: sides.map(([label, side]) => [
          label,
          side.answered,
          side.failed,
          side.latency_min_ms,
          side.latency_median_ms,
          side.latency_us_atom,
        ]),
      },
    ],
  };
}

function references({ figures, about }: ComparisonInput): Section {
  const {
    references: energies,
    undetermined,
    fitted,
  } = figures.energy ?? {
    references: {},
    undetermined: [],
    fitted: 0,
  };
  const open = undetermined.map((group) => group.join(', ')).join('; ');
  return {
    title: 'Reference energies',
    text:
      'Every teacher counts energies from a zero of its own. One energy per element is fitted by least squares, to ' +
      `${about.names[0]} and to the difference of both, and removed: ${String(fitted)} are determined by the compositions.` +
      (open === '' ? '' : ` Of ${open} only combinations are determined.`),
    tables: [
      {
        caption: 'What was removed.',
        columns: [
          { label: 'Element' },
          { label: about.names[0], unit: 'eV', format: { decimals: 4 } },
          { label: about.names[1], unit: 'eV', format: { decimals: 4 } },
          { label: 'Difference', unit: 'eV', format: { decimals: 4 } },
        ],
        rows: Object.entries(energies).map(([element, { a_eV, b_eV }]) => [
          element,
          a_eV,
          b_eV,
          b_eV - a_eV,
        ]),
      },
    ],
  };
}
