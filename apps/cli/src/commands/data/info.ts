import { statSync } from 'node:fs';
import { symbolOf } from '@mlffd/core';
import { Dataset } from '@mlffd/data';
import { formatBytes } from '@mlffd/report';
import type { CommandIo } from '../../terminal/io.ts';

/** What `mlffd data info` tells about a dataset. */
interface DatasetInfo {
  readonly file: string;
  readonly bytes: number;
  readonly structures: number;
  readonly atoms: number;
  /** Atoms of the smallest and the largest structure. */
  readonly sizes: readonly [number, number];
  readonly elements: readonly string[];
  readonly properties: readonly string[];
  readonly groups: number;
  /** Structures by what made them. */
  readonly sources: Readonly<Record<string, number>>;
  readonly teacher: string;
  readonly fingerprint: string | null;
  readonly generator: string | null;
  readonly hash: string;
}

/** `mlffd data info`: what a dataset is of, without reading its positions. */
export async function dataInfoCommand(
  file: string,
  options: { readonly json?: boolean },
  io: CommandIo,
): Promise<void> {
  const dataset = await Dataset.open(file);
  try {
    const info = infoOf(dataset);
    io.stdout.write(options.json === true ? `${JSON.stringify(info, null, 2)}\n` : infoText(info));
  } finally {
    dataset.close();
  }
}

function infoOf(dataset: Dataset): DatasetInfo {
  const numbers = new Set<number>();
  const groups = new Set<string>();
  const sources = new Map<string, number>();
  let smallest = Infinity;
  let largest = 0;
  for (const [k, { group, source }] of dataset.metas.entries()) {
    for (const number of dataset.numbers(k)) numbers.add(number);
    groups.add(group);
    sources.set(source, (sources.get(source) ?? 0) + 1);
    smallest = Math.min(smallest, dataset.atomCount(k));
    largest = Math.max(largest, dataset.atomCount(k));
  }
  const { teacher, fingerprint, generator } = dataset.provenance;
  return {
    file: dataset.path,
    bytes: statSync(dataset.path).size,
    structures: dataset.length,
    atoms: dataset.totalAtoms,
    sizes: [dataset.length === 0 ? 0 : smallest, largest],
    elements: [...numbers].sort((a, b) => a - b).map(symbolOf),
    properties: dataset.properties,
    groups: groups.size,
    sources: Object.fromEntries([...sources].sort(([, a], [, b]) => b - a)),
    teacher,
    fingerprint: fingerprint ?? null,
    generator: generator ?? null,
    hash: dataset.hash,
  };
}

function infoText(info: DatasetInfo): string {
  const rows: [string, string][] = [
    ['structures', info.structures.toLocaleString('en')],
    ['atoms', `${info.atoms.toLocaleString('en')} (${info.sizes.join(' to ')} each)`],
    ['elements', `${String(info.elements.length)}: ${info.elements.join(' ')}`],
    ['labels', info.properties.join(', ')],
    ['groups', info.groups.toLocaleString('en')],
    [
      'made by',
      Object.entries(info.sources)
        .map(([source, count]) => `${source} ${count.toLocaleString('en')}`)
        .join(', '),
    ],
    ['teacher', `${info.teacher} ${(info.fingerprint ?? '').slice(0, 12)}`.trim()],
    ['file', `${formatBytes(info.bytes)}, hash ${info.hash.slice(0, 12)}`],
  ];
  return rows.map(([label, text]) => `${label.padEnd(12)}${text}\n`).join('');
}
