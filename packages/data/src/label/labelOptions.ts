import { InvalidArgumentError } from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { requireProperties } from '../requireProperties.ts';
import type { LabelProperty, Structure } from '../structure.ts';
import type { LabelEvent } from './labelProgress.ts';

/**
 * Structures that are made only when they are needed, all together, for instance by an MD run. A
 * unit that is finished is not made again when the labelling goes on after a stop.
 */
export interface StructureUnit {
  /** Stable id of the unit. */
  readonly unit: string;
  /** How many structures are expected, for the time left. */
  readonly count?: number;
  make(signal: AbortSignal | undefined): readonly Structure[] | Promise<readonly Structure[]>;
}

/** What can be labelled. */
export type LabelItem = Structure | StructureUnit;

/** Options of `labelStructures`. */
export interface LabelOptions {
  /** What to label, in a stable order and with stable ids. */
  readonly structures: Iterable<LabelItem> | AsyncIterable<LabelItem>;
  readonly calculator: Calculator;
  /** Folder for shards and journal; made when it does not exist. */
  readonly folder: string;
  /** Default energy and forces. */
  readonly properties?: readonly LabelProperty[];
  /** Structures per shard: the most that a crash can lose; default 500. */
  readonly shardSize?: number;
  /** Seconds after which a shard is written though it is not full; default 300. */
  readonly shardSeconds?: number;
  /** Structures or units computed side by side; default what the calculator says. */
  readonly concurrency?: number;
  /**
   * `size` begins with the largest of the structures that are next, a shard's worth of them, so
   * that calculators side by side end together. What is stored does not depend on it. Default
   * `given`.
   */
  readonly order?: 'given' | 'size';
  /**
   * Seconds to wait for an asynchronous calculator, for one structure. It counts from the call, so
   * a time-out of the calculator itself (`ThreadCalculator`, Python teachers), which counts from
   * the beginning of the work, is better where there is one. Default no limit.
   */
  readonly timeout?: number;
  /**
   * Times that a call is made again after one that took too long or ended the calculator's thread
   * or process (errors with `transient: true`); default 1. Other failures come again, and are not
   * tried again.
   */
  readonly retries?: number;
  /** Whether structures that failed in an earlier run are tried again; default not. */
  readonly retryFailed?: boolean;
  /**
   * Whether every shard of an earlier run is read and compared with its hash, and structures of
   * damaged ones are labelled again. Default not: only missing and shortened shards are noticed,
   * and are an error.
   */
  readonly repair?: boolean;
  /** Smallest fraction that must succeed; default 0.95. */
  readonly minSuccess?: number;
  /** What tells teachers of the same name apart: version, hash of the weights. */
  readonly fingerprint?: string;
  /** What made the structures, kept with the labels. */
  readonly generator?: string;
  readonly seed?: number;
  /** Number of structures, for the time left; default the length of an array. */
  readonly total?: number;
  readonly onEvent?: (event: LabelEvent) => void;
  /** Finishes what is being computed, writes it, and throws AbortedError. */
  readonly signal?: AbortSignal;
}

/** Structures per shard: fewer cost a quick teacher more time than itself for files. */
export const SHARD_SIZE = 500;

export const isUnit = (item: LabelItem): item is StructureUnit => 'make' in item;

/** @throws InvalidArgumentError, PropertyNotAvailableError */
export function checkOptions(options: LabelOptions, properties: readonly LabelProperty[]): void {
  const { calculator, shardSize = 1, concurrency = 1, retries = 0, minSuccess = 0 } = options;
  for (const [name, value] of Object.entries({ shardSize, concurrency })) {
    if (!Number.isInteger(value) || value < 1) throw badOption(name, value, 'a positive integer');
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw badOption('retries', retries, 'an integer of at least 0');
  }
  const { timeout } = options;
  if (timeout !== undefined && !(timeout > 0 && timeout < MAX_TIMEOUT)) {
    throw badOption('timeout', timeout, `seconds above 0 and below ${MAX_TIMEOUT}`);
  }
  if (!(minSuccess >= 0 && minSuccess <= 1)) {
    throw badOption('minSuccess', minSuccess, 'a fraction from 0 to 1');
  }
  if (properties.length === 0) throw badOption('properties', 0, 'at least one property');
  requireProperties(
    calculator,
    properties,
    (missing) => `Label with a calculator that gives ${missing}, or without it.`,
  );
}

/** Node's timers hold 31 bits of milliseconds. */
const MAX_TIMEOUT = 2e6;

function badOption(name: string, value: number, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('data/invalid-option', `${name} must be ${expected}`, {
    expected,
    found: String(value),
    where: name,
  });
}
