import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { FileSystemError, writeFileAtomic } from '@mlffd/core';

/** One line of the log: any record with the step that it was written at. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly step: number };

/** The log of a run, one JSON object per line, each with the time that it was written at. */
export class RunLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws FileSystemError when the line cannot be written */
  append(line: LogLine): void {
    try {
      const time = new Date().toISOString();
      appendFileSync(this.path, `${JSON.stringify({ time, ...line })}\n`);
    } catch (cause) {
      throw new FileSystemError('train/log-not-written', `cannot append to ${this.path}`, {
        expected: 'a file that can be written, with room for a line',
        where: this.path,
        hint: 'Free some space or fix the permissions, then resume.',
        cause,
      });
    }
  }

  /** Removes the lines after a step, and a line that was cut off, so that a resumed run repeats none. */
  truncateAfter(step: number): void {
    if (!existsSync(this.path)) return;
    const lines = readFileSync(this.path, 'utf8').split('\n');
    const kept = lines.filter((line) => {
      const at = stepOf(line);
      return at !== undefined && at <= step;
    });
    writeFileAtomic(this.path, kept.map((line) => `${line}\n`).join(''));
  }
}

function stepOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as LogLine).step;
  } catch {
    return undefined;
  }
}
