import {
  type Atoms,
  type Calculator,
  InvalidArgumentError,
  median,
  neighborList,
  sha256,
  stableStringify,
  thisMachine,
} from '@mlffd/core';
import { recordingOverhead } from '../calls/overhead.ts';
import { fitCostLaw } from '../cost/costLaw.ts';
import type { MemoryWatch } from '../memory/watchMemory.ts';
import type { ProfileEvent } from '../options.ts';
import { profileCalculator, type ProfileOptions } from '../profileCalculator.ts';
import {
  type MemoryReport,
  PROFILE_SCHEMA,
  type ProfileRecord,
  type ProfileSubject,
  type ProfileSystem,
  type SystemProfile,
} from './types.ts';

/** Points of the course of the latency. */
const COURSE = 200;

export interface ProfileTask extends Pick<ProfileOptions, 'properties' | 'seed' | 'power'> {
  readonly calculator: Calculator;
  readonly subject: ProfileSubject;
  readonly systems: readonly ProfileSystem[];
  /** Timed calls with each system, at most. Default 2000. */
  readonly calls?: number;
  /** For the timed calls of each system, and again for those that watch the memory. Default 10. */
  readonly seconds?: number;
  /** Calls with each system that watch the memory, at most; 0: none. Default 2000. */
  readonly memoryCalls?: number;
  readonly displacement?: number;
  /**
   * Systems are left out from the first one on whose calls would take longer, s, if time grew with the square of
   * the number of atoms from the system before. Default: none is left out.
   */
  readonly longestCall?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProfileSystemsEvent) => void;
}

export type ProfileSystemsEvent =
  | {
      readonly type: 'progress';
      readonly system: string;
      /** Of all systems, 0 to 1; a run may be done before it is 1. */
      readonly fraction: number;
    }
  | {
      readonly type: 'left-out';
      readonly system: string;
      /** What a call may take, s. */
      readonly expected: number;
    };

/**
 * Profiles a calculator with structures of several sizes: times first, memory in a second run of calls.
 *
 * @throws InvalidArgumentError `profiler/no-systems`, `profiler/invalid-calls`
 * @throws AbortedError `profiler/aborted`
 */
export async function profileSystems(task: ProfileTask): Promise<ProfileRecord> {
  const { calculator, subject, systems } = task;
  if (systems.length === 0) {
    throw new InvalidArgumentError('profiler/no-systems', 'there is nothing to call with', {
      expected: 'at least one structure',
      found: 'none',
      where: 'systems',
    });
  }
  const overhead = await recordingOverhead();
  const profiles: SystemProfile[] = [];
  for (const [k, system] of systems.entries()) {
    const expected = expectedCall(profiles.at(-1), system);
    if (expected > (task.longestCall ?? Infinity)) {
      for (const { name } of systems.slice(k)) {
        task.onEvent?.({ type: 'left-out', system: name, expected });
      }
      break;
    }
    const profile = await profileSystem(task, system, ({ done, total }) => {
      const fraction = (k + done / total) / systems.length;
      task.onEvent?.({ type: 'progress', system: system.name, fraction });
    });
    profiles.push(profile);
  }
  return {
    format: 'mlffd-profile',
    schema: PROFILE_SCHEMA,
    date: new Date().toISOString(),
    machine: thisMachine(),
    subject: { ...subject, name: subject.name === '' ? calculator.name : subject.name },
    overhead,
    systems: profiles,
    law: fitCostLaw(profiles),
  };
}

/** What a call with a system may take, s, judged by the one before; 0 for the first. */
function expectedCall(before: SystemProfile | undefined, { atoms }: ProfileSystem): number {
  if (before === undefined) return 0;
  return (before.latency.p50 / 1000) * (atoms.numbers.length / before.atoms) ** 2;
}

async function profileSystem(
  task: ProfileTask,
  { name, atoms }: ProfileSystem,
  onEvent: (event: ProfileEvent) => void,
): Promise<SystemProfile> {
  const { calculator, properties, seed, power, signal } = task;
  const { calls = 2000, seconds = 10, memoryCalls = 2000, displacement = 1e-3 } = task;
  const { samples, memory, ...profile } = await profileCalculator(calculator, atoms, {
    calls,
    seconds,
    memoryCalls,
    warmup: 'auto',
    displacement,
    ...(properties === undefined ? {} : { properties }),
    ...(seed === undefined ? {} : { seed }),
    ...(power === undefined ? {} : { power }),
    ...(signal === undefined ? {} : { signal }),
    onEvent,
  });
  return {
    ...profile,
    name,
    edges: edgesOf(calculator, atoms),
    hash: structureHash(atoms),
    course: courseOf(samples),
    memory: memory === null ? null : memoryReport(memory),
  };
}

function memoryReport({ track, ...report }: MemoryWatch): MemoryReport {
  return {
    ...report,
    series: {
      calls: [...track.calls],
      rss: [...track.of('rss')],
      heapUsed: [...track.of('heapUsed')],
      external: [...track.of('external')],
      arrayBuffers: [...track.of('arrayBuffers')],
    },
  };
}

/** Entries of the neighbour list within the cutoff of the calculator; null where it has none. */
export function edgesOf(calculator: Pick<Calculator, 'cutoff'>, atoms: Atoms): number | null {
  return calculator.cutoff === undefined ? null : neighborList(atoms, calculator.cutoff).count;
}

/** 16 hexadecimal digits of what a structure is. */
function structureHash({ numbers, positions, cell, pbc, charge, spin }: Atoms): string {
  const periodic = pbc.some(Boolean);
  return sha256(
    stableStringify({
      numbers,
      positions,
      cell: periodic ? cell : [],
      pbc,
      charge: charge ?? 0,
      spin: spin ?? 0,
    }),
  ).slice(0, 16);
}

/** Medians of stretches. */
function courseOf(samples: Float64Array): number[] {
  const count = Math.min(COURSE, samples.length);
  return Array.from({ length: count }, (_, k) => {
    const first = Math.floor((k * samples.length) / count);
    const last = Math.floor(((k + 1) * samples.length) / count);
    return median(samples.subarray(first, last));
  });
}
