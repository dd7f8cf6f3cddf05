import { numberOf } from '@mlffd/core';
import { filterDataset, type FilterCandidate } from '@mlffd/data';
import type { CommandIo } from '../../terminal/io.ts';
import { positive } from '../numbers.ts';
import { rewrite, type RewriteFlags } from './rewrite.ts';

/** What a structure must be to pass `mlffd data filter`. */
export interface FilterFlags {
  readonly elements?: string;
  readonly maxForce?: string;
  readonly minAtoms?: string;
  readonly maxAtoms?: string;
  readonly source?: string;
  readonly maxTemperature?: string;
}

/** `mlffd data filter`: the structures that meet all conditions. */
export function dataFilterCommand(
  file: string,
  flags: RewriteFlags & FilterFlags,
  io: CommandIo,
): Promise<void> {
  const keep = predicateOf(flags);
  return rewrite('filter', flags, io, (out, options) => filterDataset(file, out, keep, options));
}

function predicateOf(flags: FilterFlags): (candidate: FilterCandidate) => boolean {
  const limit = (text: string | undefined, option: string, otherwise: number): number =>
    text === undefined ? otherwise : positive(text, option);
  const maxForce = limit(flags.maxForce, '--max-force', Infinity);
  const least = limit(flags.minAtoms, '--min-atoms', 0);
  const most = limit(flags.maxAtoms, '--max-atoms', Infinity);
  const hottest = limit(flags.maxTemperature, '--max-temperature', Infinity);
  const allowed =
    flags.elements === undefined ? undefined : new Set(flags.elements.split(',').map(numberOf));
  const sources = flags.source === undefined ? undefined : new Set(flags.source.split(','));
  return ({ meta, atomCount, maxForce: force = 0, structure }) =>
    force <= maxForce &&
    atomCount >= least &&
    atomCount <= most &&
    (meta.temperature ?? 0) <= hottest &&
    (sources?.has(meta.source) ?? true) &&
    (allowed === undefined || structure.atoms.numbers.every((number) => allowed.has(number)));
}
