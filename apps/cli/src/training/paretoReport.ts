import {
  renderReport,
  scatterPlot,
  type Cell,
  type ScatterSeries,
  type Section,
} from '@mlffd/report';
import { driftText } from './dynamicsStage.ts';
import type { ParetoResults, SizeFigures } from './results.ts';
import type { SizeResult } from './sizeRun.ts';
import { budgetSection, dataSection, footer } from './studentReport.ts';

/** What the page is drawn from. */
export interface ParetoReportInput {
  readonly results: ParetoResults;
  readonly sizes: readonly SizeResult[];
}

/** `report.html` of `--presets`: what a smaller student costs in accuracy, and which one to take. */
export async function paretoReport(input: ParetoReportInput): Promise<string> {
  const { results } = input;
  const { chosen, students, teacher } = results;
  const budgets = students.flatMap(({ student: name, error_budget: budget }) =>
    budget === null ? [] : [{ name, budget }],
  );
  const judged = students.some(({ gates }) => gates.length > 0);
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${results.name}: students of ${String(students.length)} sizes`,
    subtitle:
      `All of ${teacher}, trained on the same ${results.data.training.toLocaleString('en')} structures of ` +
      `${results.data.facts.elements.join(', ')}.`,
    verdict:
      chosen === null
        ? { status: 'fail', headline: 'No student meets the goals', reasons: misses(students) }
        : {
            status: 'pass',
            headline: judged
              ? `${chosen} is the smallest that meets the goals`
              : `${chosen} is the smallest; no goals were set`,
          },
    sections: [
      await tradeOff(input),
      ...(judged ? [goals(input)] : []),
      ...(budgets.length === 0 ? [] : [budgetSection(budgets)]),
      dataSection(results),
    ],
    data: results,
    footer: [footer(results)],
  });
}

function misses(students: readonly SizeFigures[]): string[] {
  return students.map(({ student, gates }) => {
    const missed = gates.filter(({ passed }) => !passed).map(({ name }) => name);
    return `${student} misses: ${missed.join(', ')}.`;
  });
}

async function tradeOff({ results }: ParetoReportInput): Promise<Section> {
  const { students, front, chosen } = results;
  const slowest = largest(students)?.microseconds_per_call ?? null;
  const forces = students.some(({ force_mae_meV_A: mae }) => mae !== null);
  const error = (figures: SizeFigures): number =>
    (forces ? figures.force_mae_meV_A : figures.energy_mae_meV_atom) ?? NaN;
  const series = (name: string, list: readonly SizeFigures[]): ScatterSeries[] =>
    list.length === 0
      ? []
      : [
          {
            name,
            x: list.map(({ microseconds_per_call: time }) => time ?? NaN),
            y: list.map(error),
            labels: list.map(({ student }) => student),
          },
        ];
  const isFront = ({ student }: SizeFigures): boolean => front.includes(student);
  return {
    title: 'Accuracy against speed',
    text: 'A student on the front is beaten by no other one in both error and time.',
    figures: [
      {
        wide: true,
        svg: await scatterPlot({
          title: forces ? 'Force error against time of a call' : 'Energy error against time',
          width: 960,
          x: { label: 'Time of a call', unit: 'µs', scale: 'log' },
          y: forces
            ? { label: 'Force MAE', unit: 'meV/Å', scale: 'log' }
            : { label: 'Energy MAE', unit: 'meV/atom', scale: 'log' },
          series: [
            ...series('on the front', students.filter(isFront)),
            ...series(
              'beaten',
              students.filter((one) => !isFront(one)),
            ),
          ],
        }),
        caption: 'Lower left is better.',
      },
    ],
    tables: [
      {
        caption: 'All students.',
        columns: [
          { label: 'Student' },
          { label: 'Parameters', format: { significant: 9 } },
          { label: 'Force MAE', unit: 'meV/Å' },
          { label: 'R²', format: { decimals: 4 } },
          { label: 'Accuracy', format: { decimals: 3 } },
          { label: 'Energy MAE', unit: 'meV/atom' },
          { label: 'Time of a call', unit: 'µs' },
          { label: 'Speed', unit: '× largest' },
          { label: 'Drift', unit: 'meV/atom/ps' },
          { label: 'Goals' },
        ],
        rows: students.map((figures): Cell[] => [
          { value: figures.student, strong: figures.student === chosen },
          figures.parameters,
          figures.force_mae_meV_A,
          figures.force_r2,
          figures.accuracy,
          figures.energy_mae_meV_atom,
          figures.microseconds_per_call,
          slowest === null || figures.microseconds_per_call === null
            ? null
            : slowest / figures.microseconds_per_call,
          driftCell(figures),
          goalsCell(figures),
        ]),
        note: timeNote(students),
      },
    ],
  };
}

function largest(students: readonly SizeFigures[]): SizeFigures | undefined {
  return [...students].sort((a, b) => b.parameters - a.parameters).at(0);
}

function timeNote(students: readonly SizeFigures[]): string {
  const { speed, dynamics } = students[0];
  const parts = [
    ...(speed === null
      ? []
      : [
          `Median time of ${String(speed.calls)} calls for energy and forces of ${String(speed.atoms)} atoms, one thread, one after the other on one machine.`,
        ]),
    ...(dynamics === null
      ? []
      : [
          `Drift with its 95 % band: ${String(dynamics.picoseconds)} ps at constant energy, ${dynamics.temperature_K.toFixed(0)} K.`,
        ]),
  ];
  return parts.join(' ');
}

function driftCell({ dynamics }: SizeFigures): Cell {
  if (dynamics === null) return null;
  const { state, slope, low, high } = dynamics;
  if (state === 'unstable') return { value: 'unstable', status: 'fail' };
  return {
    value: slope,
    note: `${low?.toExponential(1) ?? ''} to ${high?.toExponential(1) ?? ''}`,
  };
}

function goalsCell({ gates }: SizeFigures): Cell {
  if (gates.length === 0) return null;
  const met = gates.filter(({ passed }) => passed).length;
  return {
    value: `${String(met)} of ${String(gates.length)}`,
    status: met === gates.length ? 'pass' : 'fail',
  };
}

function goals({ sizes }: ParetoReportInput): Section {
  return {
    title: 'Goals',
    gates: {
      caption: 'What every student has to reach, and what was measured.',
      gates: sizes.flatMap(({ figures, gates }) =>
        gates.map((gate) => ({ ...gate, name: `${figures.student}: ${gate.name}` })),
      ),
    },
    callouts: sizes.flatMap(({ figures: { student, dynamics } }) =>
      dynamics?.state === 'unstable'
        ? [{ status: 'fail' as const, text: `${student} is ${driftText(dynamics)}.` }]
        : [],
    ),
  };
}
