import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { type Atoms, InvalidArgumentError } from '@mlffd/core';
import { BENCHMARK_KINDS, type BenchmarkKind, benchmarkSystems, grownCrystal } from '@mlffd/data';
import type { HarnessSystem } from '@mlffd/md';
import { structuresFor } from '../teacher/structures.ts';

/**
 * Systems of a list of kinds and files. Of a file with several structures the middle one is taken; a crystal is
 * repeated up to each size.
 *
 * @throws InvalidArgumentError `usage/system` for what is neither; as `readStructures` for files
 */
export async function systemsOf(
  items: readonly string[],
  sizes: readonly number[],
): Promise<HarnessSystem[]> {
  const systems: HarnessSystem[] = [];
  for (const item of items) {
    if (isKind(item)) {
      for (const system of benchmarkSystems(item, sizes)) systems.push({ ...system, relax: true });
    } else {
      systems.push(...(await fromFile(item, sizes)));
    }
  }
  return distinct(systems);
}

function isKind(text: string): text is BenchmarkKind {
  return (BENCHMARK_KINDS as readonly string[]).includes(text);
}

async function fromFile(path: string, sizes: readonly number[]): Promise<HarnessSystem[]> {
  if (!existsSync(path)) {
    throw new InvalidArgumentError('usage/system', `There is no system ${path}.`, {
      where: '--systems',
      expected: `${BENCHMARK_KINDS.join(', ')}, or a file of structures`,
      found: path,
      hint: 'Check the spelling.',
    });
  }
  const { structures } = await structuresFor(path, 1);
  const [{ name, atoms }] = structures;
  const file = basename(path);
  const grown = new Map<number, Atoms>([[atoms.numbers.length, atoms]]);
  for (const size of sizes) {
    const larger = grownCrystal(atoms, size);
    grown.set(larger.numbers.length, larger);
  }
  const stem = basename(file, extname(file))
    .replace(/[^\w.+-]+/g, '-')
    .replace(/^[.-]+/, '');
  return [...grown].map(([count, structure]) => ({
    name: `${stem === '' ? 'file' : stem}-${String(count)}`,
    atoms: structure,
    source: `${file}, ${name}${structure === atoms ? '' : ', repeated'}`,
  }));
}

/** Names without doubles: files of one name in two folders. */
function distinct(systems: readonly HarnessSystem[]): HarnessSystem[] {
  const seen = new Map<string, number>();
  return systems.map((system) => {
    const times = (seen.get(system.name) ?? 0) + 1;
    seen.set(system.name, times);
    return times === 1 ? system : { ...system, name: `${system.name}.${String(times)}` };
  });
}
