import { resolve, sep } from 'node:path';
import type { StudentCalculatorOptions } from '@mlffd/student';
import { count, limitOf, listed, positive, requireWith, wholeNumber } from '../numbers.ts';

/** Options of `mlffd profile` as they were typed. */
export interface ProfileFlags {
  readonly structures?: string;
  readonly sizes: string;
  readonly calls: string;
  readonly seconds: string;
  readonly memoryCalls: string;
  readonly longestCall: string;
  readonly backend: NonNullable<StudentCalculatorOptions['backend']>;
  readonly threads: string;
  readonly json?: string;
  readonly html?: string;
  readonly trace?: string;
  readonly hotspots?: true;
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
  /** s */
  readonly longestCall: number;
  readonly threads: number;
  /** Absolute paths. */
  readonly json: string | undefined;
  readonly html: string | undefined;
  /** Of a file or a folder, as `compare`. */
  readonly save: string | undefined;
  readonly compare: string | undefined;
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
    longestCall: positive(flags.longestCall, '--longest-call'),
    threads: count(flags.threads, '--threads'),
    json: pathOf(flags.json),
    html: pathOf(flags.html),
    save: pathOf(flags.save),
    compare: pathOf(compare),
    limit: limitOf(failIfSlower ?? LIMIT),
  };
}

/** A separator at the end says that a folder is meant, also where there is none yet. */
const pathOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : `${resolve(file)}${/[/\\]$/.test(file) ? sep : ''}`;
