import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { fileSystemError } from '@mlffd/core';

/** Energies of one moment of a run. */
export interface RunSample {
  readonly step: number;
  /** fs. */
  readonly time: number;
  /** eV. */
  readonly total: number;
  /** eV. */
  readonly conserved: number;
  /** eV. */
  readonly kinetic: number;
  /** K. */
  readonly temperature: number;
}

/** Appends samples to a file of JSON lines; numbers come back with every bit. */
export class SampleLog {
  readonly #path: string;
  readonly #file: number;

  /**
   * Goes on after `lastStep`: later samples, and a torn line, are cut off. -1 starts anew.
   *
   * @throws FileSystemError
   */
  constructor(path: string, lastStep: number) {
    this.#path = path;
    try {
      this.#file = openSync(path, 'a');
      ftruncateSync(this.#file, wholeLength(path, lastStep));
    } catch (cause) {
      throw fileSystemError('open', path, cause);
    }
  }

  /** @throws FileSystemError */
  write({ step, time, total, conserved, kinetic, temperature }: RunSample): void {
    try {
      const values = [step, time, total, conserved, kinetic, temperature];
      writeSync(this.#file, `${JSON.stringify(values)}\n`);
    } catch (cause) {
      throw fileSystemError('write', this.#path, cause);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All samples of a file. @throws FileSystemError */
export function readSamples(path: string): RunSample[] {
  return wholeLines(path).map(({ sample }) => sample);
}

interface Line {
  readonly sample: RunSample;
  /** Bytes up to its end. */
  readonly end: number;
}

function wholeLines(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
  const lines: Line[] = [];
  let start = 0;
  for (;;) {
    const end = text.indexOf('\n', start) + 1;
    if (end === 0) return lines;
    const [step, time, total, conserved, kinetic, temperature] = JSON.parse(
      text.slice(start, end),
    ) as [number, number, number, number, number, number];
    lines.push({ sample: { step, time, total, conserved, kinetic, temperature }, end });
    start = end;
  }
}

function wholeLength(path: string, lastStep: number): number {
  if (lastStep < 0) return 0;
  return wholeLines(path).findLast(({ sample }) => sample.step <= lastStep)?.end ?? 0;
}
