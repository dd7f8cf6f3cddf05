import {
  formatDuration,
  lineChart,
  parityPlot,
  renderReport,
  verdictOf,
  type Fact,
  type Section,
} from '@mlffd/report';
import { driftFigure, elementErrorFigure } from '../output/sharedFigures.ts';
import type { BudgetOutput } from './budgetStage.ts';
import { driftText } from './dynamicsStage.ts';
import type { RunFacts } from './results.ts';
import type { SizeResult } from './sizeRun.ts';

/** What the page is drawn from. */
export interface StudentReportInput {
  readonly facts: RunFacts;
  readonly size: SizeResult;
}

const VERBS = {
  train: 'trained',
  'init-from': 'trained from the weights of a student',
  finetune: 'fine-tuned',
};

/** `report.html` of one student. */
export async function studentReport(input: StudentReportInput): Promise<string> {
  const { facts, size } = input;
  const { figures, gates } = size;
  const judged = figures.judged_on === 'test' ? 'held out' : 'of the validation set';
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${figures.student}: a student of ${facts.teacher}`,
    subtitle:
      `PaiNN with ${figures.parameters.toLocaleString('en')} parameters for ${facts.data.facts.elements.join(', ')}, ` +
      `${VERBS[facts.verb]} on ${figures.training.structures.toLocaleString('en')} structures and judged on ` +
      `${figures.test.structures.toLocaleString('en')} ${judged}.`,
    ...(gates.length === 0 ? {} : { verdict: verdictOf(gates) }),
    facts: tiles(input),
    sections: [
      ...(gates.length === 0
        ? []
        : [
            {
              title: 'Goals',
              gates: { caption: 'What the student has to reach, and what was measured.', gates },
            },
          ]),
      await agreement(input),
      ...(figures.error_budget === null
        ? []
        : [budgetSection([{ name: figures.student, budget: figures.error_budget }])]),
      ...(figures.dynamics === null ? [] : [await dynamics(input)]),
      await training(input),
      dataSection(facts),
      provenance(facts, figures.hash),
    ],
    data: { ...facts, ...figures },
    footer: [footer(facts)],
  });
}

/** Machine and version, for the foot of a page. */
export const footer = ({ machine, versions }: RunFacts): string =>
  `${machine.cpu}, ${String(machine.cores)} cores, Node ${versions.node}`;

function tiles({ size: { figures } }: StudentReportInput): Fact[] {
  const tile = (label: string, value: number | null, unit: string): Fact[] =>
    value === null ? [] : [{ label, value, unit }];
  const { accuracy, stress_mae_GPa: stress } = figures;
  return [
    ...tile('Force MAE', figures.force_mae_meV_A, 'meV/Å'),
    ...(accuracy === null
      ? []
      : [{ label: 'Accuracy', value: 100 * accuracy, unit: '%', format: { decimals: 1 } }]),
    ...tile('Energy MAE', figures.energy_mae_meV_atom, 'meV/atom'),
    ...tile('Stress MAE', stress, 'GPa'),
    ...(figures.speed === null
      ? []
      : [
          {
            label: `Call of ${String(figures.speed.atoms)} atoms`,
            value: figures.speed.median,
            unit: 'µs',
          },
        ]),
  ];
}

async function agreement({ size }: StudentReportInput): Promise<Section> {
  const { figures, series } = size;
  const { test, seen, skipped } = figures;
  const elements = Object.entries(test.by_element);
  const stress = test.stress_mae_GPa !== null;
  const row = (name: string, metrics: typeof test): (string | number | null)[] => [
    name,
    metrics.structures,
    metrics.force_mae_meV_A,
    metrics.force_rmse_meV_A,
    metrics.energy_mae_meV_atom,
    ...(stress ? [metrics.stress_mae_GPa] : []),
  ];
  return {
    title: 'Agreement with the labels',
    text: 'Accuracy is 1 − MAE / mean |F|, both over force components.',
    figures: [
      ...(series.forces.teacher.length === 0
        ? []
        : [
            {
              svg: await parityPlot({
                title: 'Forces',
                quantity: 'Force component',
                unit: 'eV/Å',
                teacher: series.forces.teacher,
                student: series.forces.student,
                errorUnit: { unit: 'meV/Å', factor: 1000 },
              }),
              caption: 'Force components of structures that were not trained on.',
            },
          ]),
      ...(series.energies.teacher.length === 0
        ? []
        : [
            {
              svg: await parityPlot({
                title: 'Energies',
                quantity: 'Energy less its mean',
                unit: 'eV/atom',
                teacher: series.energies.teacher,
                student: series.energies.student,
                errorUnit: { unit: 'meV/atom', factor: 1000 },
              }),
              caption: 'Energies per atom of the same structures.',
            },
          ]),
      ...(elements.length < 2 ? [] : [await elementErrorFigure(elements)]),
    ],
    tables: [
      {
        caption: 'Errors on what it has seen and on what it has not.',
        columns: [
          { label: 'Structures' },
          { label: 'Number', format: { significant: 9 } },
          { label: 'Force MAE', unit: 'meV/Å' },
          { label: 'Force RMSE', unit: 'meV/Å' },
          { label: 'Energy MAE', unit: 'meV/atom' },
          ...(stress ? [{ label: 'Stress MAE', unit: 'GPa' }] : []),
        ],
        rows: [
          row(figures.judged_on === 'test' ? 'held out' : 'validation', test),
          row('of the training set', seen),
        ],
      },
      {
        caption: 'Force errors by element.',
        columns: [
          { label: 'Element' },
          { label: 'Atoms', format: { significant: 9 } },
          { label: 'MAE', unit: 'meV/Å' },
          { label: 'RMSE', unit: 'meV/Å' },
          { label: 'Largest', unit: 'meV/Å' },
          { label: 'Cosine', format: { decimals: 4 } },
        ],
        rows: elements.map(([symbol, metrics]) => [
          symbol,
          metrics.atoms,
          metrics.force_mae_meV_A,
          metrics.force_rmse_meV_A,
          metrics.force_max_meV_A,
          metrics.force_cosine,
        ]),
      },
    ],
    ...(skipped === 0
      ? {}
      : {
          callouts: [
            {
              status: 'warn' as const,
              text: `${String(skipped)} structures have elements that were not trained on, and were left out.`,
            },
          ],
        }),
  };
}

/** The errors of teacher and student, added up; several students in one table. */
export function budgetSection(
  students: readonly { readonly name: string; readonly budget: BudgetOutput }[],
): Section {
  const [{ budget: first }] = students;
  const measured = first.structures !== null;
  const rows = students.flatMap(({ name, budget }) =>
    [
      ['Force RMSE', budget.force_rmse_meV_A] as const,
      ['Force MAE', budget.force_mae_meV_A] as const,
    ].flatMap(([kind, sum]) =>
      sum === null
        ? []
        : [
            [
              ...(students.length > 1 ? [name] : []),
              kind,
              sum.teacher,
              sum.student,
              sum.predicted,
              ...(measured ? [sum.measured, sum.correlation] : []),
            ],
          ],
    ),
  );
  return {
    title: 'Error budget',
    text:
      `How far a student is from ${first.reference}` +
      (first.structures === null
        ? ', if its errors and those of the teacher are independent: they add up in squares.'
        : `, on ${first.structures.toLocaleString('en')} structures that teacher, student and reference have in common. ` +
          'Independent errors add up in squares; a correlation far from 0 says that they are not.'),
    tables: [
      {
        caption: 'Force errors, meV/Å.',
        columns: [
          ...(students.length > 1 ? [{ label: 'Student' }] : []),
          { label: 'Measure' },
          { label: 'Teacher − reference' },
          { label: 'Student − teacher' },
          { label: 'Expected sum' },
          ...(measured
            ? [
                { label: 'Student − reference' },
                { label: 'Correlation', align: 'right' as const, format: { decimals: 2 } },
              ]
            : []),
        ],
        rows,
      },
    ],
  };
}

async function dynamics({ size: { figures, energy } }: StudentReportInput): Promise<Section> {
  const run = figures.dynamics;
  if (run === null) return { title: 'Dynamics' };
  const { slope, low, high } = run;
  const about =
    `${String(run.picoseconds)} ps at constant energy: ${run.structure}, ${String(run.atoms)} atoms, started at ` +
    `${run.temperature_K.toFixed(0)} K, time step ${String(run.timestep_fs)} fs.`;
  if (slope === null || low === null || high === null || energy === undefined) {
    return {
      title: 'Dynamics',
      status: 'fail',
      text: about,
      callouts: [{ status: 'fail', text: `The run broke off: ${driftText(run)}.` }],
    };
  }
  return {
    title: 'Dynamics',
    text: about,
    facts: [
      { label: 'Slope', value: slope, unit: 'meV/atom/ps' },
      ...(run.rms_meV_atom === null
        ? []
        : [{ label: 'Fluctuation', value: run.rms_meV_atom, unit: 'meV/atom' }]),
    ],
    figures: [await driftFigure({ x: energy.time, y: energy.energy }, { slope, low, high })],
  };
}

async function training({ size: { curve, figures } }: StudentReportInput): Promise<Section> {
  const validated = curve.flatMap(({ epoch, validation }) =>
    validation === null ? [] : [{ epoch, validation }],
  );
  const chart = async (name: 'force_mae_meV_A' | 'energy_mae_meV_atom') => {
    const points = validated.filter(({ validation }) => validation[name] !== null);
    if (points.length === 0) return [];
    const forces = name === 'force_mae_meV_A';
    return [
      {
        svg: await lineChart({
          title: forces ? 'Forces' : 'Energies',
          x: { label: 'Epoch' },
          y: forces
            ? { label: 'Force MAE', unit: 'meV/Å', scale: 'log' }
            : { label: 'Energy MAE', unit: 'meV/atom', scale: 'log' },
          series: [
            {
              name: 'validation',
              x: points.map(({ epoch }) => epoch),
              y: points.map(({ validation }) => validation[name] ?? NaN),
            },
          ],
        }),
        caption: 'Averaged weights on the validation set.',
      },
    ];
  };
  const { epochs, steps, seconds, reason } = figures.training;
  return {
    title: 'Training',
    text: `${epochs.toLocaleString('en')} epochs, ${steps.toLocaleString('en')} steps, ${formatDuration(seconds)}; it ended as ${reason}. \`mlffd run page\` shows more.`,
    figures: [...(await chart('force_mae_meV_A')), ...(await chart('energy_mae_meV_atom'))],
  };
}

/** What the student learned from, and so its limits. */
export function dataSection({ data }: RunFacts): Section {
  const { facts } = data;
  const range = (values: readonly (number | null)[], unit: string): string =>
    values.map((value) => (value === null ? '?' : value.toFixed(0))).join(' / ') + ` ${unit}`;
  return {
    title: 'Data',
    text: 'What is outside these ranges is extrapolation.',
    tables: [
      {
        caption: 'The training structures.',
        columns: [{ label: 'What' }, { label: 'Value' }],
        rows: [
          ['dataset', data.dataset],
          [
            'structures',
            `${data.training.toLocaleString('en')} for training, ${data.validation.toLocaleString('en')} for validation, ${data.test.toLocaleString('en')} held out`,
          ],
          ['groups', facts.groups.toLocaleString('en')],
          ['elements', facts.elements.join(' ')],
          ['atoms, smallest / mean / largest', range(facts.sizes, '')],
          [
            'temperatures, lowest / mean / highest',
            facts.temperatures === null ? 'not known' : range(facts.temperatures, 'K'),
          ],
          [
            'largest force',
            facts.largestForce === null ? 'no forces' : `${facts.largestForce.toFixed(2)} eV/Å`,
          ],
          [
            'labels',
            Object.entries(facts.labels)
              .filter(([, n]) => n > 0)
              .map(([name, n]) => `${name} ${n.toLocaleString('en')}`)
              .join(', '),
          ],
        ],
      },
    ],
  };
}

function provenance({ seed, hashes, versions, from, verb }: RunFacts, weights: string): Section {
  return {
    title: 'Where the numbers come from',
    text: 'The same configuration, data, seed and versions give the same figures; only times differ.',
    tables: [
      {
        caption: 'Identity of the run.',
        columns: [{ label: 'What' }, { label: 'Value' }],
        rows: [
          ['seed', String(seed)],
          ...(from === null ? [] : [[`${verb} of`, from]]),
          ...Object.entries({ ...hashes, weights }).map(([name, hash]) => [
            `${name} (SHA-256)`,
            hash,
          ]),
          ...Object.entries(versions).map(([name, version]) => [name, version]),
        ],
      },
    ],
  };
}
