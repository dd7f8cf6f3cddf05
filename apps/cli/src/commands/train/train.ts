import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from '@mlffd/core';
import { presetNames, type Verb } from '../../training/definition.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { carryOut, loadTrainConfig, type TrainFlags } from './common.ts';

/** `mlffd train`: one student, or one of every preset, on a labelled dataset. */
export async function trainCommand(
  file: string,
  flags: TrainFlags & { readonly presets?: string },
  io: CommandIo,
): Promise<number> {
  const config = await loadTrainConfig(file);
  const presets = flags.presets === undefined ? undefined : presetNames(flags.presets);
  const base = dirname(resolve(file));
  return carryOut({ kind: 'train', verb: 'train', config, base, presets }, flags, io);
}

/** `mlffd init-from` and `mlffd finetune`: a run that begins with a student. */
export function startCommand(verb: Exclude<Verb, 'train'>) {
  return async (
    student: string,
    file: string,
    { flags, io }: { readonly flags: TrainFlags; readonly io: CommandIo },
  ): Promise<number> => {
    const config = await loadTrainConfig(file);
    const base = dirname(resolve(file));
    return carryOut({ kind: 'train', verb, config, base, student: resolve(student) }, flags, io);
  };
}

/** `mlffd learning-curve`: would more data help, or a bigger student? */
export async function learningCurveCommand(
  file: string,
  flags: TrainFlags & { readonly presets?: string; readonly fractions: string },
  io: CommandIo,
): Promise<number> {
  const config = await loadTrainConfig(file);
  return carryOut(
    {
      kind: 'learning-curve',
      verb: 'train',
      config,
      base: dirname(resolve(file)),
      presets: flags.presets === undefined ? undefined : presetNames(flags.presets),
      fractions: fractionsOf(flags.fractions),
    },
    flags,
    io,
  );
}

function fractionsOf(text: string): number[] {
  const fractions = text.split(',').map(Number);
  const distinct = new Set(fractions).size === fractions.length;
  if (fractions.length > 1 && distinct && fractions.every((part) => part > 0 && part <= 1)) {
    return fractions.sort((a, b) => a - b);
  }
  throw new InvalidArgumentError('usage/fractions', '--fractions takes parts of the data.', {
    where: '--fractions',
    expected: 'two or more different numbers above 0 up to 1: 0.25,0.5,1',
    found: text,
  });
}
