import { formatDuration, formatNumber } from '../format.ts';
import { frontMatter, type YamlValue } from './frontMatter.ts';
import {
  markdownCode,
  markdownLine,
  markdownList,
  markdownSection,
  markdownTable,
} from './markdown.ts';
import {
  joinBlocks,
  licenceSection,
  metricsTable,
  settingsTable,
  teacherLine,
  type CardMetric,
  type CardTeacher,
  type Setting,
} from './parts.ts';

/** What the student learned from. */
export interface CardTraining {
  /** Name of the data set. */
  readonly dataset: string;
  /** Structures in all parts of the data set. */
  readonly structures: number;
  readonly split?: { readonly train: number; readonly validation: number; readonly test: number };
  /** Where the structures come from, in a sentence or two. */
  readonly description?: string;
  readonly settings?: Readonly<Record<string, Setting | undefined>>;
  /** Wall time, s. */
  readonly duration?: number;
  readonly hardware?: string;
}

/** What `modelCard` writes. */
export interface ModelCard {
  /** Name of the student, also its folder: `'painn-tiny-water'`. */
  readonly name: string;
  readonly summary: string;
  /** Licence of the student's weights, SPDX identifier: `'mit'`. */
  readonly license: string;
  readonly tags?: readonly string[];
  readonly architecture: {
    readonly name: string;
    readonly parameters: number;
    /** Cutoff, Å. */
    readonly cutoff: number;
    readonly settings?: Readonly<Record<string, Setting | undefined>>;
  };
  /** Symbols of the elements that it was trained on. */
  readonly elements: readonly string[];
  readonly teacher: CardTeacher;
  readonly training: CardTraining;
  readonly metrics: readonly CardMetric[];
  readonly intendedUse: readonly string[];
  readonly outOfScope?: readonly string[];
  readonly limitations: readonly string[];
  /** Files of the folder with a word on each. */
  readonly files?: readonly { readonly name: string; readonly description: string }[];
  /** Code examples in place of the usual ones. */
  readonly usage?: { readonly typescript?: string; readonly python?: string };
  /** Hashes, seeds, versions: whatever identifies the run. */
  readonly provenance?: Readonly<Record<string, Setting | undefined>>;
}

/**
 * The README.md of a student's folder: front matter as model hubs read it, intended use, training
 * data, metrics with units, limits, use from TypeScript and ASE, licence and citation of the teacher.
 */
export function modelCard(card: ModelCard): string {
  return joinBlocks([
    modelFrontMatter(card),
    `# ${markdownLine(card.name)}`,
    markdownLine(card.summary),
    markdownTable({ columns: [{ label: 'Property' }, { label: 'Value' }], rows: overview(card) }),
    markdownSection(
      'Intended use',
      markdownList(card.intendedUse),
      card.outOfScope === undefined || card.outOfScope.length === 0
        ? undefined
        : `Not meant for:\n\n${markdownList(card.outOfScope)}`,
    ),
    usageSection(card),
    markdownSection(
      'Quality',
      card.metrics.length === 0
        ? undefined
        : 'Against the teacher, on structures that were held out of training:',
      metricsTable(card.metrics),
    ),
    markdownSection('Limits', markdownList(card.limitations)),
    trainingSection(card),
    markdownSection('Model', settingsTable(card.architecture.settings)),
    markdownSection(
      'Files',
      markdownList((card.files ?? []).map((file) => `\`${file.name}\`: ${file.description}`)),
    ),
    markdownSection('Provenance', settingsTable(card.provenance, ['What', 'Value'])),
    licenceSection({ kind: 'model', license: card.license }, card.teacher),
  ]);
}

function overview(card: ModelCard): string[][] {
  return [
    ['Architecture', card.architecture.name],
    ['Parameters', formatNumber(card.architecture.parameters)],
    ['Cutoff', `${formatNumber(card.architecture.cutoff, { ascii: true })} Å`],
    ['Elements', card.elements.join(', ')],
    ['Teacher', teacherLine(card.teacher)],
    ['Units', 'eV, Å, eV/Å, eV/Å³ (stress, tension positive)'],
  ];
}

function modelFrontMatter(card: ModelCard): string {
  const tags = ['machine-learned-potential', 'molecular-dynamics', 'distillation', 'onnx'];
  const metrics: YamlValue[] = card.metrics
    .filter((metric) => Number.isFinite(metric.value))
    .map((metric) => ({
      // Compatibility form first: a superscript two is a two.
      type: metric.name
        .normalize('NFKD')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '_'),
      value: metric.value,
      name: metric.unit === undefined ? metric.name : `${metric.name} (${metric.unit})`,
    }));
  return frontMatter({
    license: card.license,
    library_name: 'mlffd',
    tags: [...new Set([...tags, card.architecture.name.toLowerCase(), ...(card.tags ?? [])])],
    datasets: [card.training.dataset],
    'model-index':
      metrics.length === 0
        ? undefined
        : [
            {
              name: card.name,
              results: [
                {
                  task: { type: 'force-field', name: 'Energy and forces' },
                  dataset: { type: 'structures', name: card.training.dataset },
                  metrics,
                },
              ],
            },
          ],
  });
}

function usageSection(card: ModelCard): string {
  const folder = JSON.stringify(card.name).slice(1, -1).replaceAll("'", "\\'");
  const typescript = `import { readExtxyzFile } from '@mlffd/core';
import { StudentCalculator } from '@mlffd/student';

const [frame] = readExtxyzFile('structures.xyz');
const calculator = await StudentCalculator.load('${folder}');
const { energy, forces } = await calculator.calculate(frame.atoms, ['energy', 'forces']);
// energy in eV, forces in eV/Å, three per atom`;
  const python = `from ase.io import read
from mlffd_student import StudentCalculator

atoms = read('structures.xyz', 0)
atoms.calc = StudentCalculator('${folder}')
print(atoms.get_potential_energy(), atoms.get_forces())  # eV, eV/Å`;
  return markdownSection(
    'How to use',
    `TypeScript:\n\n${markdownCode('ts', card.usage?.typescript ?? typescript)}`,
    'Python, from ASE, after `pip install "$(npx mlffd python)[ase]"`:\n\n' +
      markdownCode('python', card.usage?.python ?? python),
  );
}

function trainingSection({ training }: ModelCard): string {
  const { split, duration, hardware } = training;
  const facts = [
    `Data set **${markdownLine(training.dataset)}**, ${formatNumber(training.structures)} structures.`,
    split === undefined
      ? ''
      : `${formatNumber(split.train)} for training, ${formatNumber(split.validation)} for ` +
        `validation, ${formatNumber(split.test)} for the test.`,
    duration === undefined && hardware === undefined
      ? ''
      : `Trained${duration === undefined ? '' : ` in ${formatDuration(duration)}`}` +
        `${hardware === undefined ? '' : ` on ${markdownLine(hardware)}`}.`,
  ];
  return markdownSection(
    'Training data',
    facts.filter((fact) => fact !== '').join(' '),
    training.description === undefined ? undefined : markdownLine(training.description),
    settingsTable(training.settings),
  );
}
