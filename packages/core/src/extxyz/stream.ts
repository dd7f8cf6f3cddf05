import { createReadStream } from 'node:fs';
import { fileSystemError } from '../fileErrors.ts';
import { emptyFile, FrameParser } from './reader.ts';
import type { Frame } from './frame.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a file frame by frame, holding one frame and one chunk of text at a time.
 * @throws FileFormatError, FileSystemError
 */
export async function* streamExtxyzFile(path: string): AsyncGenerator<Frame, void, undefined> {
  const input = createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES });
  const pending = new PendingText();
  let frames = 0;
  try {
    for await (const chunk of readChunks(input, path)) {
      pending.append(chunk);
      for (let block = pending.takeFrame(); block !== undefined; block = pending.takeFrame()) {
        const frame = new FrameParser(block.text, { where: path, line: block.line }).next();
        if (frame === undefined) continue;
        frames++;
        yield frame;
      }
    }
    const rest = pending.takeRest();
    const parser = new FrameParser(rest.text, { where: path, line: rest.line });
    for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
      frames++;
      yield frame;
    }
  } finally {
    input.destroy();
  }
  if (frames === 0) throw emptyFile(path);
}

async function* readChunks(
  input: AsyncIterable<unknown>,
  path: string,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const chunk of input) yield String(chunk);
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}

interface Block {
  readonly text: string;
  /** Line number of its first line, from 1. */
  readonly line: number;
}

/** Text that has been read but not parsed yet. */
class PendingText {
  #text = '';
  #line = 1;
  /** Lines of the frame at hand that are known to be there, and where the next one starts. */
  #lines = 0;
  #at = 0;
  #wanted: number | undefined;

  append(chunk: string): void {
    this.#text += chunk;
  }

  /** The text of the next frame, if all of it is there. */
  takeFrame(): Block | undefined {
    for (;;) {
      if (this.#wanted === this.#lines) return this.#take(this.#at);
      const end = this.#text.indexOf('\n', this.#at);
      if (end === -1) return undefined;
      // A malformed count makes a frame of one line, and the parser says what is wrong with it.
      if (this.#lines === 0) this.#wanted = linesOfFrame(this.#text.slice(0, end));
      this.#at = end + 1;
      this.#lines++;
    }
  }

  takeRest(): Block {
    return this.#take(this.#text.length);
  }

  #take(length: number): Block {
    const block = { text: this.#text.slice(0, length), line: this.#line };
    this.#text = this.#text.slice(length);
    this.#line += this.#lines;
    this.#lines = 0;
    this.#at = 0;
    this.#wanted = undefined;
    return block;
  }
}

function linesOfFrame(countLine: string): number {
  const text = countLine.replace('\ufeff', '').trim();
  return /^[1-9]\d*$/.test(text) ? Number(text) + 2 : 1;
}
