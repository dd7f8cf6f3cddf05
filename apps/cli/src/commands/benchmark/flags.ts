import { join, resolve } from 'node:path';
import type { HarnessSettings } from '@mlffd/md';
import type { StudentCalculatorOptions } from '@mlffd/student';
import { count, limitOf, listed, positive, requireWith, wholeNumber } from '../numbers.ts';

/** Options of `mlffd benchmark` as they were typed. */
export interface BenchmarkFlags {
  readonly teacher?: string;
  readonly systems: string;
  readonly sizes: string;
  readonly picoseconds: string;
  readonly equilibration: string;
  readonly timestep: string;
  readonly temperature: string;
  readonly seed: string;
  readonly backend: NonNullable<StudentCalculatorOptions['backend']>;
  readonly threads: string;
  readonly json?: string;
  readonly html?: string | true;
  readonly trajectories?: string;
  readonly saveBaseline?: string;
  readonly replaceBaseline?: true;
  readonly compare?: string;
  readonly otherStudent?: true;
  readonly failIfSlower?: string;
}

/** By how much a step may be slower than that of a baseline, where nothing is said. */
const LIMIT = '10%';

/** Options of `mlffd benchmark`, understood. */
export interface BenchmarkChoices {
  readonly settings: Pick<
    HarnessSettings,
    'picoseconds' | 'equilibration' | 'timestep' | 'temperature' | 'seed'
  >;
  readonly systems: readonly string[];
  readonly sizes: readonly number[];
  readonly threads: number;
  /** Absolute paths. */
  readonly json: string;
  readonly html: string | undefined;
  /** A tenth is 0.1. */
  readonly limit: number;
}

/** @throws InvalidArgumentError naming the option */
export function choicesOf(folder: string, flags: BenchmarkFlags): BenchmarkChoices {
  const { equilibration, html, compare, failIfSlower } = flags;
  const json = resolve(flags.json ?? join(folder, 'benchmark.json'));
  requireWith('--fail-if-slower', failIfSlower, ['--compare', compare]);
  requireWith('--other-student', flags.otherStudent, ['--compare', compare]);
  requireWith('--replace-baseline', flags.replaceBaseline, ['--save-baseline', flags.saveBaseline]);
  return {
    settings: {
      picoseconds: positive(flags.picoseconds, '--picoseconds'),
      equilibration: equilibration.trim() === '0' ? 0 : positive(equilibration, '--equilibration'),
      timestep: positive(flags.timestep, '--timestep'),
      temperature: positive(flags.temperature, '--temperature'),
      seed: wholeNumber(flags.seed, '--seed'),
    },
    systems: listed(flags.systems, '--systems'),
    sizes: listed(flags.sizes, '--sizes').map((size) => count(size, '--sizes')),
    threads: count(flags.threads, '--threads'),
    json,
    html:
      html === undefined
        ? undefined
        : resolve(html === true ? `${json.replace(/\.json$/i, '')}.html` : html),
    limit: limitOf(failIfSlower ?? LIMIT),
  };
}
