import { formatNumber } from '../format.ts';
import { frontMatter } from './frontMatter.ts';
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
  type CardMetric,
  type CardTeacher,
  type Setting,
} from './parts.ts';

/** What `datasetCard` writes. */
export interface DatasetCard {
  readonly name: string;
  readonly summary: string;
  /** Licence of the data, SPDX identifier: `'cc-by-4.0'`. */
  readonly license: string;
  readonly tags?: readonly string[];
  readonly structures: number;
  readonly elements: readonly string[];
  /** Atoms per structure. */
  readonly atoms?: { readonly smallest: number; readonly median: number; readonly largest: number };
  /** The potential that labelled the structures. */
  readonly teacher: CardTeacher;
  /** Where structures come from, and how many. */
  readonly sources: readonly {
    readonly name: string;
    readonly structures: number;
    readonly description?: string;
  }[];
  /** What is stored per structure. */
  readonly fields: readonly {
    readonly name: string;
    readonly shape: string;
    readonly unit?: string;
    readonly description: string;
  }[];
  readonly splits?: Readonly<Record<string, number>>;
  /** Figures of the audit: spread of energies and forces, coverage. */
  readonly statistics?: readonly CardMetric[];
  readonly limitations: readonly string[];
  /** Code example in place of the usual one. */
  readonly usage?: string;
  readonly provenance?: Readonly<Record<string, Setting | undefined>>;
}

/**
 * The README.md of a data set: front matter as model hubs read it, contents with shapes and units,
 * sources, splits, limits, use from TypeScript, licence and citation of the teacher.
 */
export function datasetCard(card: DatasetCard): string {
  return joinBlocks([
    frontMatter({
      license: card.license,
      tags: [...new Set(['atomistic', 'molecular-dynamics', 'distillation', ...(card.tags ?? [])])],
      size_categories: [sizeCategory(card.structures)],
      pretty_name: card.name,
    }),
    `# ${markdownLine(card.name)}`,
    markdownLine(card.summary),
    markdownTable({ columns: [{ label: 'Property' }, { label: 'Value' }], rows: overview(card) }),
    markdownSection('Contents', fieldsTable(card)),
    markdownSection('Sources', sourcesTable(card)),
    markdownSection('Splits', splitsTable(card)),
    markdownSection('Statistics', metricsTable(card.statistics ?? [])),
    markdownSection('How to use', markdownCode('ts', card.usage ?? usage(card))),
    markdownSection('Limits', markdownList(card.limitations)),
    markdownSection('Provenance', settingsTable(card.provenance, ['What', 'Value'])),
    licenceSection({ kind: 'data set', license: card.license }, card.teacher),
  ]);
}

const SIZES: readonly (readonly [number, string])[] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
];

/** The size classes of model hubs. */
function sizeCategory(structures: number): string {
  return SIZES.find(([limit]) => structures < limit)?.[1] ?? '10M<n<100M';
}

function overview(card: DatasetCard): string[][] {
  const rows = [
    ['Structures', formatNumber(card.structures)],
    ['Elements', card.elements.join(', ')],
    ['Labelled by', card.teacher.name],
  ];
  if (card.atoms !== undefined) {
    const { smallest, median, largest } = card.atoms;
    rows.push(['Atoms per structure', `${smallest} to ${largest}, median ${formatNumber(median)}`]);
  }
  return rows;
}

function fieldsTable(card: DatasetCard): string {
  return markdownTable({
    columns: [{ label: 'Field' }, { label: 'Shape' }, { label: 'Unit' }, { label: 'Meaning' }],
    rows: card.fields.map((field) => [
      `\`${field.name}\``,
      field.shape,
      field.unit ?? '-',
      field.description,
    ]),
  });
}

function sourcesTable(card: DatasetCard): string {
  return markdownTable({
    columns: [{ label: 'Source' }, { label: 'Structures' }, { label: 'Description' }],
    rows: card.sources.map((source) => [source.name, source.structures, source.description ?? '-']),
  });
}

function splitsTable(card: DatasetCard): string {
  const rows = Object.entries(card.splits ?? {});
  if (rows.length === 0) return '';
  return markdownTable({ columns: [{ label: 'Split' }, { label: 'Structures' }], rows });
}

function usage(card: DatasetCard): string {
  const file = JSON.stringify(`${card.name}.h5`).slice(1, -1).replaceAll("'", "\\'");
  return `import { Dataset } from '@mlffd/data';

const dataset = await Dataset.open('${file}');
const { atoms, energy, forces } = dataset.get(0); // eV, eV/Å
dataset.close();`;
}
