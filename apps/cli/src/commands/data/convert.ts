import { rmSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { InvalidArgumentError } from '@mlffd/core';
import {
  Dataset,
  exportExtxyz,
  exportMemmap,
  writeDataset,
  type LabelledStructure,
} from '@mlffd/data';
import { Display } from '../../terminal/display.ts';
import { stopped } from '../../pipeline/stage.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { EXTXYZ_EXTENSIONS, HDF5_EXTENSIONS, openSource, type Source } from './source.ts';

interface ConvertFlags {
  readonly small?: boolean;
  readonly teacher?: string;
}

/** `mlffd data convert`: labelled structures from one format into another. */
export async function dataConvertCommand(
  from: string,
  to: string,
  flags: ConvertFlags,
  io: CommandIo,
): Promise<void> {
  const target = resolve(to);
  const write = writerOf(target, flags.small === true);
  const display = new Display(io);
  try {
    const source = await openSource(from, flags.teacher);
    makeOutputFolder(dirname(target));
    const count = await write(source, watched(source, display, io.signal));
    display.print(`${count.toLocaleString('en')} structures`);
    display.print(`written  ${target}`);
  } finally {
    display.close();
  }
}

/** The structures, with progress and a look at the signal now and then. */
async function* watched(
  { structures }: Source,
  display: Display,
  signal: AbortSignal,
): AsyncGenerator<LabelledStructure, void, undefined> {
  let done = 0;
  for await (const structure of structures) {
    if (++done % STRIDE === 0) {
      if (signal.aborted) throw stopped();
      display.onEvent({
        type: 'progress',
        stage: 'convert',
        progress: { done, unit: 'structures' },
      });
    }
    yield structure;
  }
}

/** Structures between two looks at the signal. */
const STRIDE = 256;

/** Writes structures into one format; resolves to how many they were. */
type Write = (source: Source, structures: AsyncIterable<LabelledStructure>) => Promise<number>;

function writerOf(target: string, small: boolean): Write {
  const extension = extname(target).toLowerCase();
  const store =
    (file: string, form: 'plain' | 'small'): Write =>
    async ({ path, teacher }, structures) => {
      const generator = `converted from ${basename(path)}`;
      return (await writeDataset(file, structures, { teacher, generator, form })).structures;
    };
  if (HDF5_EXTENSIONS.has(extension)) return store(target, small ? 'small' : 'plain');
  const write = EXTXYZ_EXTENSIONS.has(extension)
    ? (dataset: Dataset): number => exportExtxyz(dataset, target)
    : (dataset: Dataset): number => exportMemmap(dataset, target).structures;
  if (!EXTXYZ_EXTENSIONS.has(extension) && extension !== '') {
    throw new InvalidArgumentError('usage/format', `Nothing writes ${extension} files.`, {
      where: target,
      expected: '.h5, .xyz, or a folder (memory-mapped layout of metatrain)',
      found: extension,
      hint: 'Give the new file one of these endings.',
    });
  }
  return async (source, structures) => {
    // Through a store, since the writers need all at hand and memory may not hold it.
    const temporary = `${target}.converting.h5`;
    try {
      await store(temporary, 'plain')(source, structures);
      const dataset = await Dataset.open(temporary);
      try {
        return write(dataset);
      } finally {
        dataset.close();
      }
    } finally {
      rmSync(temporary, { force: true });
    }
  };
}
