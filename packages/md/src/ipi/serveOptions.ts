import type { Atoms, Calculator, Pbc, Property, Results } from '@mlffd/core';
import type { IpiAddress, IpiAddressInput } from '@mlffd/core/ipi';
import type { IpiServeError } from './serveErrors.ts';

/** A calculator that may have a faster way for many structures, as students have. */
export interface ServedCalculator extends Calculator {
  calculateBatch?(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): readonly Results[] | Promise<readonly Results[]>;
}

/** What an answer carries beside energy, forces and virial; i-PI writes its keys as `extras`. */
export type IpiExtras = Readonly<Record<string, number | string | readonly number[]>>;

/** What serving tells while it goes on. */
export type ServeIpiEvent =
  | { readonly type: 'connecting'; readonly address: IpiAddress }
  | { readonly type: 'connected'; readonly address: IpiAddress }
  /** The server has initialised this driver; `batch` structures come at once. */
  | {
      readonly type: 'initialised';
      readonly bead: number;
      readonly text: string;
      readonly batch: number;
    }
  /** About once a second while there are answers. */
  | {
      readonly type: 'progress';
      /** Questions answered, batches counted once. */
      readonly answers: number;
      /** Structures computed. */
      readonly structures: number;
      readonly structuresPerSecond: number;
      /** Of the last answer, eV. */
      readonly energy: number;
    }
  /** Something that may not be meant. */
  | { readonly type: 'note'; readonly message: string }
  /** The server is gone; with an error where it should not have been. Only with `reconnect`. */
  | { readonly type: 'disconnected'; readonly error?: IpiServeError };

/** Options of `serveIpi`: who answers, about what, and where the server is (`path`, or `port`). */
export interface ServeIpiOptions extends IpiAddressInput {
  readonly calculator: ServedCalculator;
  /**
   * Species, charge, spin and periodic axes, none of which is on the wire; atoms in the order of the
   * server. Its positions and cell do not matter.
   */
  readonly template: Atoms;
  /**
   * Periodic axes in the place of those of the template. An axis without a lattice vector in a question
   * is not periodic: ASE sends no cell for molecules. i-PI has a box for everything.
   */
  readonly pbc?: Pbc;
  /** Longest time for the first connection, s. Default 60. */
  readonly connectTimeout?: number;
  /** Longest pause within a message, s. Default 60. */
  readonly stallTimeout?: number;
  /** Wait for another server when one has gone. Default false. */
  readonly reconnect?: boolean;
  /** Ask for INIT, without which servers send no batches. Default true. */
  readonly needInit?: boolean;
  /** Most structures in a batch. Default 1024. */
  readonly largestBatch?: number;
  /** More for an answer; `structure` changes with the next question. */
  readonly extras?: (structure: Atoms, results: Results) => IpiExtras | Promise<IpiExtras>;
  readonly onEvent?: (event: ServeIpiEvent) => void;
  /** Seconds between two progress events. Default 1. */
  readonly eventInterval?: number;
  /** Ends it at once: the connection is closed, AbortedError thrown. */
  readonly signal?: AbortSignal;
}

/** What was done when the server had enough. */
export interface ServeIpiResult {
  /** Questions answered, batches counted once. */
  readonly answers: number;
  /** Structures computed. */
  readonly structures: number;
  /** Whether the server said EXIT or only closed the connection. */
  readonly end: 'exit' | 'closed';
}
