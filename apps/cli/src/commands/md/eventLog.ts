import { existsSync } from 'node:fs';
import { readTextFile } from '@mlffd/core';
import type { GuardName, MdError, MdEvent } from '@mlffd/md';
import { ownFile } from './folder.ts';
import { StepLog } from './stepLog.ts';

/** A line of `events.jsonl`. */
export type MdLogEvent =
  | {
      readonly step: number;
      readonly type: 'guard';
      readonly guard: GuardName;
      /** Of the first of these breaches. */
      readonly message: string;
      readonly breaches: number;
    }
  | {
      readonly step: number;
      readonly type: 'teacher';
      /** True where the teacher takes over. */
      readonly calls: boolean;
      readonly message?: string;
    }
  | {
      readonly step: number;
      readonly type: 'stopped';
      readonly code: string;
      readonly message: string;
      /** File with the frame. */
      readonly dump?: string;
    };

interface Tally {
  readonly message: string;
  step: number;
  breaches: number;
}

/** What guards have found, in a file: breaches of one limit between two restarts are one line. */
export class EventLog {
  readonly #log: StepLog;
  readonly #tallies = new Map<GuardName, Tally>();

  /** @throws FileSystemError */
  constructor(folder: string, lastStep: number | undefined) {
    this.#log = new StepLog(ownFile(folder, 'events'), { stepOf, lastStep });
  }

  /** Keeps what is worth it of the events of a run. */
  add(event: MdEvent): void {
    if (event.type === 'guard') {
      const { step, guard, message } = event;
      const tally = this.#tallies.get(guard) ?? { message, step, breaches: 0 };
      tally.step = step;
      tally.breaches += 1 + event.suppressed;
      this.#tallies.set(guard, tally);
    } else if (event.type === 'teacher') {
      const { type, step, calls, message } = event;
      this.#settle();
      this.#append({ step, type, calls, ...(message === undefined ? {} : { message }) });
    }
  }

  /** A guard has stopped the run. */
  stop(error: Pick<MdError, 'code' | 'message' | 'dump'>, step: number): void {
    const { code, message, dump } = error;
    this.#settle();
    this.#append({ step, type: 'stopped', code, message, ...(dump === undefined ? {} : { dump }) });
  }

  flush(): void {
    this.#settle();
    this.#log.flush();
  }

  close(): void {
    this.#settle();
    this.#log.close();
  }

  #settle(): void {
    const tallies = [...this.#tallies].sort(([, a], [, b]) => a.step - b.step);
    this.#tallies.clear();
    for (const [guard, tally] of tallies) this.#append({ type: 'guard', guard, ...tally });
  }

  #append(event: MdLogEvent): void {
    this.#log.append(JSON.stringify(event));
  }
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as MdLogEvent;
    return step;
  } catch {
    return undefined;
  }
}

/** @throws FileSystemError */
export function readEvents(folder: string): MdLogEvent[] {
  const path = ownFile(folder, 'events');
  if (!existsSync(path)) return [];
  return readTextFile(path)
    .split('\n')
    .filter((line) => stepOf(line) !== undefined)
    .map((line) => JSON.parse(line) as MdLogEvent);
}
