import { describe, expect, test } from '@jest/globals';
import {
  datasetCard,
  markdownTable,
  modelCard,
  ReportDataError,
  type DatasetCard,
  type ModelCard,
} from '@mlffd/report';
import fc from 'fast-check';
import { parse } from 'yaml';

import { frontMatter } from '../src/cards/frontMatter.ts';
import { markdownCode } from '../src/cards/markdown.ts';

const teacher = {
  name: 'CHGNet',
  version: '0.3.0',
  license: 'BSD-3-Clause',
  citation: 'Deng et al., Nature Machine Intelligence 5, 1031 (2023).',
  bibtex: '@article{deng2023, title = {CHGNet}}',
  url: 'https://doi.org/10.1038/s42256-023-00716-3',
};

const model: ModelCard = {
  name: 'painn-tiny-oxides',
  summary: 'A small PaiNN potential for rock-salt oxides.',
  license: 'mit',
  tags: ['oxides'],
  architecture: {
    name: 'PaiNN',
    parameters: 77_124,
    cutoff: 5,
    settings: { features: 44, interactions: 3, 'shared filters': false, scale: 0.0123456 },
  },
  elements: ['Mg', 'O'],
  teacher,
  training: {
    dataset: 'oxides-12k',
    structures: 12_000,
    split: { train: 9600, validation: 1200, test: 1200 },
    description: 'Rattled and strained cells, and MD at 300 K to 900 K.',
    settings: { epochs: 240, 'learning rate': 0.001 },
    duration: 11_520,
    hardware: 'two cores',
  },
  metrics: [
    { name: 'Force MAE', value: 36.1, unit: 'meV/Å', on: 'test' },
    { name: 'R² of forces', value: 0.9981, on: 'test' },
    { name: 'Broken', value: NaN },
  ],
  intendedUse: ['Molecular dynamics of bulk oxides between 200 K and 900 K.'],
  outOfScope: ['Surfaces, melts.'],
  limitations: ['No dispersion, no magnetism.'],
  files: [{ name: 'model.onnx', description: 'the network' }],
  provenance: { seed: 7, 'dataset hash': 'sha256:1234' },
};

function frontOf(card: string): Record<string, unknown> {
  const [, text = ''] = /^---\n([\s\S]*?)\n---\n/.exec(card) ?? [];
  return parse(text) as Record<string, unknown>;
}

describe('modelCard', () => {
  const card = modelCard(model);

  test('has front matter that model hubs read', () => {
    const front = frontOf(card);
    expect(front).toMatchObject({
      license: 'mit',
      library_name: 'mlffd',
      datasets: ['oxides-12k'],
    });
    expect(front.tags).toEqual(expect.arrayContaining(['painn', 'oxides', 'onnx']));
    expect(front['model-index']).toMatchObject([
      {
        name: 'painn-tiny-oxides',
        results: [
          {
            metrics: [
              { type: 'force_mae', value: 36.1, name: 'Force MAE (meV/Å)' },
              { type: 'r2_of_forces', value: 0.9981 },
            ],
          },
        ],
      },
    ]);
  });

  test('tells everything that a user has to know', () => {
    for (const part of [
      '# painn-tiny-oxides',
      '## Intended use',
      'Not meant for:',
      '## How to use',
      "StudentCalculator.load('painn-tiny-oxides')",
      'from mlffd_student import StudentCalculator',
      "atoms.calc = StudentCalculator('painn-tiny-oxides')",
      'pip install "$(npx mlffd python)[ase]"',
      '## Quality',
      '## Limits',
      '## Training data',
      '9,600 for training',
      'Trained in 3 h 12 min on two cores.',
      '## Files',
      '## Provenance',
      '## Licence and citation',
      '> Deng et al.',
      '```bibtex',
      '77,124',
      '[CHGNet 0.3.0](https://doi.org/10.1038/s42256-023-00716-3)',
    ]) {
      expect(card).toContain(part);
    }
    expect(card).toMatch(/\| Force MAE +\| +36\.1 \| meV\/Å \| test/);
    expect(card).not.toMatch(/undefined|\n{3,}/);
    expect(card.endsWith('\n')).toBe(true);
  });

  test('leaves out what is not known', () => {
    const { name, summary, license, architecture, elements } = model;
    const small = modelCard({
      name,
      summary,
      license,
      elements,
      architecture: { name: architecture.name, parameters: 1, cutoff: 5 },
      teacher: { name: 'LJ', license: 'mit', citation: 'none' },
      training: { dataset: 'd', structures: 1 },
      metrics: [],
      intendedUse: ['tests'],
      limitations: ['all'],
      usage: { typescript: 'custom()', python: 'custom_py()' },
    });
    expect(small).not.toMatch(/undefined|## Quality|## Files|## Provenance|model-index|bibtex/);
    expect(small).toContain('custom()');
    expect(small).toContain('custom_py()');
  });
});

test('datasetCard has contents, sources, splits and a size class', () => {
  const data: DatasetCard = {
    name: 'oxides-12k',
    summary: 'Rock-salt oxides labelled by CHGNet.',
    license: 'cc-by-4.0',
    structures: 12_000,
    elements: ['Mg', 'O'],
    atoms: { smallest: 8, median: 64, largest: 216 },
    teacher,
    sources: [{ name: 'rattle', structures: 4000, description: 'displaced atoms' }],
    fields: [
      { name: 'forces', shape: 'sum N x 3', unit: 'eV/Å', description: 'teacher forces' },
      { name: 'numbers', shape: 'sum N', description: 'atomic numbers' },
    ],
    splits: { train: 9600, test: 2400 },
    statistics: [{ name: 'Force RMS', value: 1.2, unit: 'eV/Å' }],
    limitations: ['Bulk only.'],
    provenance: { seed: 3 },
  };
  const card = datasetCard(data);
  expect(frontOf(card)).toMatchObject({
    license: 'cc-by-4.0',
    size_categories: ['10K<n<100K'],
  });
  for (const part of [
    '## Contents',
    '## Sources',
    '## Splits',
    '`forces`',
    '8 to 216, median 64',
  ]) {
    expect(card).toContain(part);
  }
  expect(card).not.toContain('undefined');
  const { splits, statistics, atoms, provenance, ...rest } = data;
  expect([splits, statistics, atoms, provenance]).not.toContain(undefined);
  expect(datasetCard({ ...rest, structures: 2e7 })).toContain('10M<n<100M');
  expect(datasetCard(rest)).not.toMatch(/undefined|## Splits/);
});

test('front matter gives back any text, number and nesting', () => {
  const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.integer(), fc.double());
  const key = fc.stringMatching(/^[a-z][a-z0-9 :#-]{0,8}$/);
  const leaf = fc.dictionary(key, scalar, { minKeys: 1, maxKeys: 3 });
  const nested = fc.dictionary(
    key,
    fc.oneof(
      scalar,
      leaf,
      fc.array(fc.oneof(scalar, leaf), { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ list: fc.array(leaf, { minLength: 1, maxLength: 2 }), name: scalar }), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    { minKeys: 1, maxKeys: 4 },
  );
  fc.assert(
    fc.property(nested, (values) => {
      const text = frontMatter(values);
      expect(text.startsWith('---\n')).toBe(true);
      // Minus zero has no place in YAML's core schema.
      const positive = (entry: unknown): unknown => (Object.is(entry, -0) ? 0 : entry);
      const plain = JSON.parse(
        JSON.stringify(values, (_key, entry: unknown) => special(entry)),
      ) as unknown;
      const back = JSON.parse(
        JSON.stringify(parse(text.slice(4, -4)), (_key, entry: unknown) =>
          special(positive(entry)),
        ),
      ) as unknown;
      expect(back).toEqual(plain);
    }),
  );
});

function special(entry: unknown): unknown {
  return typeof entry === 'number' && !Number.isFinite(entry) ? `number ${entry}` : entry;
}

describe('markdownTable', () => {
  test('reads as plain text and keeps its columns', () => {
    expect(
      markdownTable({
        columns: [{ label: 'Name' }, { label: 'Error', unit: 'meV/Å' }, { label: 'Good' }],
        rows: [
          ['a|b', 1.234, true],
          [
            { value: 'second\nline', strong: true, note: '<b>' },
            -1e-5,
            { value: null, status: 'fail' },
          ],
        ],
      }),
    ).toBe(
      [
        '| Name                     | Error (meV/Å) | Good    |',
        '| ------------------------ | ------------: | ------- |',
        '| a\\|b                     |          1.23 | yes     |',
        '| **second line** &lt;b>   |      -1.00e-5 | Fail: - |',
      ]
        .join('\n')
        .replace('**second line** &lt;b>  ', '**second line** &lt;b>')
        .replaceAll('                     |', '                   |')
        .replace('Name                     ', 'Name                   ')
        .replace('------------------------', '----------------------'),
    );
  });

  test('has as many cells per row as columns, whatever the texts are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string())), (rows) => {
        const lines = markdownTable({ columns: [{ label: 'a' }, { label: 'b' }], rows }).split(
          '\n',
        );
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) {
          expect(line.replaceAll('\\|', '').match(/\|/g)).toHaveLength(3);
        }
      }),
    );
  });

  test('refuses a row of another length', () => {
    expect(() => markdownTable({ columns: [{ label: 'a' }], rows: [[1, 2]] })).toThrow(
      ReportDataError,
    );
  });
});

test('a block of code can hold fences', () => {
  expect(markdownCode('md', 'a\n```ts\nb\n```\n')).toBe('````md\na\n```ts\nb\n```\n````');
});
