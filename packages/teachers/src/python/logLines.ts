import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const LINES_KEPT = 40;
const LONGEST_LINE = 2000;

/** Cuts what a process prints to one stream into lines, and keeps the last of them. */
export class LogLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #kept: string[] = [];
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** The last lines, oldest first. */
  get last(): readonly string[] {
    return [...this.#kept];
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r?\n/);
    // A progress bar without line ends must not fill the memory.
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) this.#add(line);
  }

  /** The stream is at its end: what is left is a line, too. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#add(rest);
  }

  #add(line: string): void {
    const text = line.slice(0, LONGEST_LINE);
    this.#kept.push(text);
    if (this.#kept.length > LINES_KEPT) this.#kept.shift();
    this.#onLine(text);
  }
}

/** Resolves when the stream has been read to its end. */
export function readLines(stream: Readable, lines: LogLines): Promise<void> {
  stream.on('data', (chunk: Uint8Array) => {
    lines.push(chunk);
  });
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    stream.on('close', () => {
      lines.end();
      resolve();
    });
  });
}
