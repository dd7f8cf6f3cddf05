import { rmSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { FileFormatError } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import { AppendFile } from '../appendFile.ts';
import { PieceFile } from '../readFile.ts';
import { fillRecord, recordFields, type H5mdLayout, type RecordField } from './layout.ts';

/**
 * Frames on their way into an H5MD file: `NAME.journal` beside it.
 *
 * `MLFFDJ01`, CRC-32 and length of a JSON text (uint32 each), the text ({@link H5mdLayout}), blanks
 * up to a multiple of 8; then records of one length: CRC-32 of the rest (uint32), 4 zeros, number of
 * the frame in the trajectory (float64), and the values of the frame (float64).
 */
const MAGIC = 'MLFFDJ01';
const HEADER_BYTES = 16;
const RECORD_HEADER = 16;

export function journalPath(path: string): string {
  return `${path}.journal`;
}

function encodeHeader(layout: H5mdLayout): Buffer {
  const text = Buffer.from(JSON.stringify(layout));
  const bytes = Buffer.alloc(headerBytes(text.length), ' ');
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(crc32(text), 8);
  bytes.writeUInt32LE(text.length, 12);
  text.copy(bytes, HEADER_BYTES);
  return bytes;
}

function headerBytes(text: number): number {
  return Math.ceil((HEADER_BYTES + text) / 8) * 8;
}

function recordBytes(fields: readonly RecordField[]): number {
  return RECORD_HEADER + 8 * fields.reduce((sum, { length }) => sum + length, 0);
}

/** Appends frames to a journal. */
export class JournalWriter {
  readonly #file: AppendFile;
  readonly #fields: readonly RecordField[];
  readonly #start: number;
  readonly #record: Buffer;
  readonly #values: Float64Array;

  private constructor(file: AppendFile, layout: H5mdLayout) {
    this.#file = file;
    this.#fields = recordFields(layout);
    this.#start = encodeHeader(layout).length;
    this.#record = Buffer.from(new ArrayBuffer(recordBytes(this.#fields)));
    this.#values = new Float64Array(this.#record.buffer, RECORD_HEADER);
  }

  /** Starts the journal of a file, whatever was there before. */
  static create(path: string, layout: H5mdLayout): JournalWriter {
    const file = AppendFile.create(journalPath(path), true);
    try {
      file.append(encodeHeader(layout));
    } catch (error) {
      file.abandon();
      removeJournal(path);
      throw error;
    }
    return new JournalWriter(file, layout);
  }

  /** Goes on after `frames` records. */
  static open(path: string, layout: H5mdLayout, frames: number): JournalWriter {
    const file = AppendFile.open(journalPath(path));
    const writer = new JournalWriter(file, layout);
    try {
      file.truncate(writer.#start + frames * writer.#record.length);
    } catch (error) {
      file.abandon();
      throw error;
    }
    return writer;
  }

  /** Bytes of frames. */
  get bytes(): number {
    return this.#file.length - this.#start;
  }

  append(frame: MdFrame, index: number): void {
    fillRecord(this.#values, this.#fields, frame);
    this.#record.writeDoubleLE(index, 8);
    this.#record.writeUInt32LE(crc32(this.#record.subarray(8)), 0);
    this.#file.append(this.#record);
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }
}

/** Reads frames of a journal. */
export class JournalReader {
  readonly layout: H5mdLayout;
  /** Number of its first frame in the trajectory. */
  readonly first: number;
  /** Whole records that follow each other. */
  readonly frames: number;
  readonly fields: readonly RecordField[];
  readonly #file: PieceFile;
  readonly #start: number;
  readonly #recordBytes: number;

  private constructor(file: PieceFile, layout: H5mdLayout, start: number) {
    this.#file = file;
    this.layout = layout;
    this.#start = start;
    this.fields = recordFields(layout);
    this.#recordBytes = recordBytes(this.fields);
    this.first = this.#record(0)?.readDoubleLE(8) ?? 0;
    this.frames = this.#count();
  }

  /**
   * Undefined where there is no journal, or one that was killed before it held anything.
   *
   * @throws FileFormatError where it is damaged
   */
  static open(path: string): JournalReader | undefined {
    let file: PieceFile;
    try {
      file = new PieceFile(journalPath(path));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'fs/not-found') {
        return undefined;
      }
      throw error;
    }
    try {
      const head = file.read(0, HEADER_BYTES);
      const length = head.length === HEADER_BYTES ? head.readUInt32LE(12) : Infinity;
      if (headerBytes(length) > file.size) {
        file.close();
        return undefined;
      }
      const text = file.read(HEADER_BYTES, length);
      if (head.toString('latin1', 0, 8) !== MAGIC || crc32(text) !== head.readUInt32LE(8)) {
        throw new FileFormatError('md/trajectory-format', `${file.path} is no whole journal`, {
          expected: 'the journal of an H5MD trajectory',
          found: 'another checksum',
          where: file.path,
          hint: 'Frames in it are lost; delete it to go on with those in the trajectory.',
        });
      }
      const layout = JSON.parse(text.toString('utf8')) as H5mdLayout;
      return new JournalReader(file, layout, headerBytes(length));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Values of a record.
   *
   * @throws FileFormatError where it is not what was there when the journal was opened
   */
  values(record: number): Float64Array {
    const bytes = this.#record(record);
    if (bytes === undefined) {
      throw new FileFormatError(
        'md/trajectory-format',
        `${this.#file.path}: frame ${this.first + record} is not there any more`,
        {
          expected: 'the journal as it was when the trajectory was opened',
          found: 'another one',
          where: this.#file.path,
          hint: 'The run that writes it went on: open the trajectory again.',
        },
      );
    }
    return new Float64Array(bytes.buffer, bytes.byteOffset + RECORD_HEADER);
  }

  close(): void {
    this.#file.close();
  }

  /** Bytes of a record that is whole. */
  #record(record: number): Buffer | undefined {
    const bytes = this.#file.read(this.#start + record * this.#recordBytes, this.#recordBytes);
    if (bytes.length < this.#recordBytes) return undefined;
    return crc32(bytes.subarray(8)) === bytes.readUInt32LE(0) ? bytes : undefined;
  }

  #count(): number {
    let count = 0;
    while (this.#record(count)?.readDoubleLE(8) === this.first + count) count += 1;
    return count;
  }
}

export function removeJournal(path: string): void {
  rmSync(journalPath(path), { force: true });
}
