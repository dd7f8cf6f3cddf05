import { type BlockComparison, compareBlocks, machineDifferences, machineKey } from '@mlffd/core';
import { ProfileError } from './errors.ts';
import { subjectIdentity } from './subjectIdentity.ts';
import type { ProfileRecord } from './types.ts';

/** Times of a call for one structure in two profiles, ms. */
export interface ProfileComparison extends BlockComparison {
  readonly system: string;
  readonly atoms: number;
  /** 99th percentile now over that before. */
  readonly tail: number;
  /** The band does not hold 1. */
  readonly significant: boolean;
  /** False where the baseline is of another calculator, back end or number of threads. */
  readonly sameSubject: boolean;
}

/**
 * Compares two profiles structure by structure; what the band of a ratio knows: see `compareBlocks`.
 *
 * @param options.limit by how much a call may be slower, 0.1 for a tenth
 * @throws ProfileError `profiler/other-machine`, `profiler/nothing-in-common`
 */
export function compareProfiles(
  now: ProfileRecord,
  before: ProfileRecord,
  options: { readonly limit: number },
): readonly ProfileComparison[] {
  requireSameMachine(now, before);
  const known = new Map(before.systems.map((system) => [keyOf(system), system]));
  const sameSubject = subjectIdentity(now.subject) === subjectIdentity(before.subject);
  const found = now.systems.flatMap((system) => {
    const base = known.get(keyOf(system));
    if (base === undefined) return [];
    const ratio = compareBlocks(system.blocks, base.blocks, options.limit);
    return {
      ...ratio,
      system: system.name,
      atoms: system.atoms,
      tail: system.latency.p99 / base.latency.p99,
      significant: ratio.low > 1 || ratio.high < 1,
      sameSubject,
    };
  });
  if (found.length > 0) return found;
  throw new ProfileError('profiler/nothing-in-common', 'no structure is in both profiles', {
    expected: `one of ${now.systems.map(({ name }) => name).join(', ')}, with the same properties`,
    found: before.systems.map(({ name }) => name).join(', '),
    hint: 'Profile with the same structures: the same --structures or --sizes.',
  });
}

/** @throws ProfileError `profiler/other-machine` */
export function requireSameMachine(
  now: Pick<ProfileRecord, 'machine'>,
  before: Pick<ProfileRecord, 'machine'>,
): void {
  if (machineKey(now.machine) === machineKey(before.machine)) return;
  throw new ProfileError(
    'profiler/other-machine',
    'the profile was measured on another machine, and times of different machines are not comparable',
    {
      expected: `this machine: ${machineKey(now.machine)}`,
      found: `${machineKey(before.machine)} (${machineDifferences(before.machine, now.machine).join('; ')})`,
      hint: 'Compare on that machine, or measure a profile here first.',
    },
  );
}

const keyOf = ({ hash, properties }: ProfileRecord['systems'][number]): string =>
  `${hash} ${properties.toSorted().join(' ')}`;
