import type { Atoms, Machine } from '@mlffd/core';
import type { Allocation } from '../calls/allocation.ts';
import type { CallReport } from '../calls/describeCalls.ts';
import type { RecordingOverhead } from '../calls/overhead.ts';
import type { EnergyReport } from '../calls/powerMeter.ts';
import type { CostLaw } from '../cost/costLaw.ts';
import type { Collection } from '../memory/collector.ts';
import type { LeakReport } from '../memory/leaks.ts';

/** Version of the form of profiles; others are refused. */
export const PROFILE_SCHEMA = 1;

/** What is profiled. */
export interface ProfileSubject {
  readonly name: string;
  /** Of all that decides about the answers: weights and configuration, or a specification. */
  readonly hash: string;
  /** What else decides about the speed: back end, threads. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** A structure to call with. */
export interface ProfileSystem {
  readonly name: string;
  readonly atoms: Atoms;
}

/** Memory over the calls of one system. */
export interface MemoryReport extends LeakReport {
  readonly collection: Collection;
  /** Up to 100 samples: calls made, and bytes. */
  readonly series: {
    readonly calls: readonly number[];
    readonly rss: readonly number[];
    readonly heapUsed: readonly number[];
    readonly external: readonly number[];
    readonly arrayBuffers: readonly number[];
  };
}

/** What was measured with one structure. */
export interface SystemProfile extends CallReport {
  readonly name: string;
  readonly calculator: string;
  readonly atoms: number;
  /** Entries of the neighbour list, both directions; null where the calculator has no cutoff. */
  readonly edges: number | null;
  readonly properties: readonly string[];
  /** Of elements, positions and cell: what a baseline must have in common. */
  readonly hash: string;
  /** Where the medians of up to 200 stretches go, ms: drift over time. */
  readonly course: readonly number[];
  /** Largest resident set by phase, bytes. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly energy: EnergyReport | null;
  readonly allocation: Allocation | null;
  /** null where calls take too long for enough of them. */
  readonly memory: MemoryReport | null;
}

/** All that was measured of one calculator. */
export interface ProfileRecord {
  readonly format: 'mlffd-profile';
  readonly schema: number;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly subject: ProfileSubject;
  /** What taking the times costs; within them, not taken off. */
  readonly overhead: RecordingOverhead;
  readonly systems: readonly SystemProfile[];
  /** null for fewer than two sizes. */
  readonly law: CostLaw | null;
}

/** Where the time of calls goes, from a trace: a section of the report. */
export interface HotspotTable {
  /** What was traced, and by what: `tiny, 22 atoms, ONNX Runtime`. */
  readonly source: string;
  /** `operator`, `block` ... */
  readonly by: string;
  /** Calls that were averaged. */
  readonly runs: number;
  /** Mean time of a call, us. */
  readonly wall: number;
  /** Longest first. */
  readonly rows: readonly HotspotRow[];
  /** What is none of these. */
  readonly overhead: readonly HotspotRow[];
  /** By how much the sum of all rows is off the wall time, as a part of it. */
  readonly error: number;
}

export interface HotspotRow {
  readonly name: string;
  /** us per call. */
  readonly time: number;
  /** Of the wall time. */
  readonly share: number;
  /** Events per call. */
  readonly count: number;
}
