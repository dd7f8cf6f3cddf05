import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, writeFileAtomic } from '@mlffd/core';
import { modelCard, type CardMetric } from '@mlffd/report';
import { readDomain, repulsionReach, type StudentConfig as StudentModel } from '@mlffd/student';
import { domainText } from '../output/domainText.ts';
import { driftText } from './dynamicsStage.ts';
import type { RunFacts, SizeFigures } from './results.ts';
import type { TrainRunConfig } from './trainConfig.ts';

/** A student on its way into a run folder. */
export interface PublishOptions {
  /** Where the stage left it. */
  readonly from: string;
  /** Where users look for it. */
  readonly to: string;
  readonly card: string;
}

const CARD = 'README.md';
/** Holds the hashes of the others: with it last, a folder that is half written is recognised. */
const LAST = 'config.json';

/** Copies a student and writes its card; each file appears whole. */
export function publishStudent({ from, to, card }: PublishOptions): void {
  try {
    mkdirSync(to, { recursive: true });
    const names = readdirSync(from).filter((name) => name !== CARD && name !== LAST);
    for (const name of [...names, LAST]) {
      writeFileAtomic(join(to, name), readFileSync(join(from, name)));
    }
  } catch (cause) {
    throw fileSystemError('write', to, cause);
  }
  writeFileAtomic(join(to, CARD), card);
}

/** What a card is made from. */
export interface CardInput {
  readonly config: TrainRunConfig;
  readonly facts: RunFacts;
  readonly figures: SizeFigures;
  /** Settings of the trainer that are worth telling. */
  readonly settings: Readonly<Record<string, string | number | undefined>>;
  /** Folder that the student is published from. */
  readonly from: string;
}

/** The README of a student, from what the run found. */
export function studentCard({ config, facts, figures, settings, from }: CardInput): string {
  const { teacher } = config;
  const { data } = facts;
  const { model, training } = figures;
  return modelCard({
    name: config.name,
    summary: summary(facts, figures),
    license: teacher.studentLicense ?? 'unknown',
    architecture: {
      name: 'PaiNN',
      parameters: figures.parameters,
      cutoff: model.cutoff,
      settings: architecture(model),
    },
    elements: data.facts.elements,
    teacher: {
      name: facts.teacher,
      license: teacher.license ?? 'unknown',
      citation: teacher.citation ?? 'whoever made this teacher is to be cited',
      ...(teacher.version === undefined ? {} : { version: teacher.version }),
      ...(teacher.url === undefined ? {} : { url: teacher.url }),
    },
    training: {
      dataset: data.dataset,
      structures: data.training + data.validation + data.test,
      split: { train: training.structures, validation: data.validation, test: data.test },
      description: description(facts),
      settings: { ...settings, epochs: training.epochs, steps: training.steps, seed: facts.seed },
      duration: training.seconds,
      hardware: `${facts.machine.cpu}, ${String(facts.machine.cores)} cores`,
    },
    metrics: cardMetrics(figures),
    intendedUse: [
      `Energies, forces and molecular dynamics of structures like those that it was trained on: ${data.facts.elements.join(', ')}${temperatureText(facts)}.`,
    ],
    outOfScope: [
      'Elements that are not listed; charges, spins and bonds of a kind that is not in the data.',
    ],
    limitations: [...limitations(facts, figures), ...domainText(readDomain(from))],
    provenance: {
      dataset: facts.hashes.dataset,
      split: facts.hashes.split,
      weights: figures.hash,
      ...(facts.from === null ? {} : { [`${facts.verb} of`]: facts.from }),
      ...facts.versions,
    },
  });
}

function summary({ teacher, data }: RunFacts, figures: SizeFigures): string {
  const { parameters, force_mae_meV_A: mae } = figures;
  return (
    `A PaiNN student of ${teacher} for ${data.facts.elements.join(', ')}: ` +
    `${parameters.toLocaleString('en')} parameters` +
    (mae === null ? '.' : `, force MAE ${mae.toFixed(1)} meV/Å against the teacher.`)
  );
}

function architecture(model: StudentModel): Record<string, string | number | boolean | undefined> {
  const reach = repulsionReach(model);
  return {
    features: model.features,
    interactions: model.interactions,
    'radial basis': `${model.radialBasis.type}, ${String(model.radialBasis.count)}`,
    'cutoff function': model.cutoffFunction,
    ...(reach === undefined
      ? {}
      : { 'repulsion of nuclei': `ZBL, to ${String(reach)} of the sum of covalent radii` }),
    ...(model.isolatedAtoms === undefined ? {} : { 'isolated atoms': model.isolatedAtoms }),
    ...(model.normSoftening === undefined ? {} : { 'norm softening': model.normSoftening }),
  };
}

function cardMetrics(figures: SizeFigures): CardMetric[] {
  const { test, speed, dynamics, judged_on: side } = figures;
  const on = side === 'test' ? 'test set' : 'validation set';
  const metric = (name: string, value: number | null, unit?: string): CardMetric[] =>
    value === null ? [] : [{ name, value, on, ...(unit === undefined ? {} : { unit }) }];
  const elements = Object.entries(test.by_element);
  return [
    ...metric('Force MAE', test.force_mae_meV_A, 'meV/Å'),
    ...metric('Force RMSE', test.force_rmse_meV_A, 'meV/Å'),
    ...metric('Force R²', test.force_r2),
    ...metric('Accuracy', test.accuracy),
    ...(elements.length > 1
      ? elements.flatMap(([symbol, { force_mae_meV_A: mae }]) =>
          metric(`Force MAE of ${symbol}`, mae, 'meV/Å'),
        )
      : []),
    ...metric('Energy MAE', test.energy_mae_meV_atom, 'meV/atom'),
    ...metric('Stress MAE', test.stress_mae_GPa, 'GPa'),
    ...(typeof dynamics?.slope === 'number'
      ? [
          {
            name: 'Energy drift',
            value: dynamics.slope,
            unit: 'meV/atom/ps',
            on: `NVE ${String(dynamics.picoseconds)} ps, ${dynamics.temperature_K.toFixed(0)} K`,
          },
        ]
      : []),
    ...(speed === null
      ? []
      : [
          {
            name: 'Time of a call',
            value: speed.median,
            unit: 'µs',
            on: `energy and forces of ${String(speed.atoms)} atoms, one thread`,
          },
        ]),
  ];
}

function description({ data: { facts } }: RunFacts): string {
  const sources = Object.entries(facts.sources).sort(([, a], [, b]) => b - a);
  const shown = sources.slice(0, 6).map(([name, n]) => `${name} ${n.toLocaleString('en')}`);
  const rest = sources.length > 6 ? ` and ${String(sources.length - 6)} more` : '';
  return `Training structures by what made them: ${shown.join(', ')}${rest}; ${facts.groups.toLocaleString('en')} groups.`;
}

function temperatureText({ data: { facts } }: RunFacts): string {
  if (facts.temperatures === null) return '';
  const [low, , high] = facts.temperatures;
  return low === high
    ? `, at about ${low.toFixed(0)} K`
    : `, at ${low.toFixed(0)} to ${high.toFixed(0)} K`;
}

function limitations(facts: RunFacts, figures: SizeFigures): string[] {
  const { elements, sizes, largestForce, temperatures, labels, periodic } = facts.data.facts;
  const { dynamics, judged_on: side, training } = figures;
  const kind =
    periodic === 0
      ? 'none periodic'
      : periodic < facts.data.training
        ? 'some periodic'
        : 'periodic';
  return [
    `Trained on ${elements.join(', ')} only; any other element is refused.`,
    `Trained on structures of ${String(sizes[0])} to ${String(sizes[2])} atoms, ${kind}.`,
    temperatures === null
      ? 'The temperatures of the training data are not known.'
      : `Training data from dynamics were${temperatureText(facts).replace(/^,/, '')}; hotter is extrapolation.`,
    ...(largestForce === null
      ? []
      : [
          `Forces up to ${largestForce.toFixed(1)} eV/Å were seen; closer contacts are extrapolation.`,
        ]),
    ...(labels.stress === 0 ? ['It was not trained on stresses: cells are extrapolation.'] : []),
    ...(side === 'validation'
      ? ['No structures were held out: it was judged on those that chose its weights.']
      : []),
    ...(dynamics?.state === 'unstable' ? [`Dynamics are ${driftText(dynamics)}.`] : []),
    ...(training.reason === 'diverged' ? ['Its training diverged before its end.'] : []),
    `It inherits the errors of ${facts.teacher}.`,
  ];
}
