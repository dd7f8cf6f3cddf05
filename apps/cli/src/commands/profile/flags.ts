import { resolve } from 'node:path';
import type { StudentCalculatorOptions } from '@mlffd/student';
import { count, limitOf, listed, positive, requireWith, wholeNumber } from '../numbers.ts';

/** Options of `mlffd profile` as they were typed. */
export interface ProfileFlags {
  readonly structures?: string;
  readonly sizes: string;
  readonly calls: string;
  readonly seconds: string;
  readonly memoryCalls: string;
  readonly backend: NonNullable<StudentCalculatorOptions['backend']>;
  readonly threads: string;
  readonly json?: string;
  readonly html?: string;
  readonly trace?: string;
  readonly compare?: string;
  readonly failIfSlower?: string;
  readonly failOnLeak?: true;
  readonly save?: string;
}

/** By how much a call may be slower than that of a baseline, where nothing is said. */
const LIMIT = '10%';

/** Options of `mlffd profile`, understood. */
export interface ProfileChoices {
  readonly sizes: readonly number[];
  readonly calls: number;
  readonly seconds: number;
  readonly memoryCalls: number;
  readonly threads: number;
  /** Absolute paths. */
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly save: string | undefined;
  /** A tenth is 0.1. */
  readonly limit: number;
}

/** @throws InvalidArgumentError naming the option */
export function choicesOf(flags: ProfileFlags): ProfileChoices {
  const { compare, failIfSlower } = flags;
  requireWith('--trace', flags.trace, ['--html', flags.html]);
  requireWith('--fail-if-slower', failIfSlower, ['--compare', compare]);
  return {
    sizes: listed(flags.sizes, '--sizes').map((size) => count(size, '--sizes')),
    calls: count(flags.calls, '--calls'),
    seconds: positive(flags.seconds, '--seconds'),
    memoryCalls: wholeNumber(flags.memoryCalls, '--memory-calls'),
    threads: count(flags.threads, '--threads'),
    json: pathOf(flags.json),
    html: pathOf(flags.html),
    save: pathOf(flags.save),
    limit: limitOf(failIfSlower ?? LIMIT),
  };
}

const pathOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : resolve(file);
