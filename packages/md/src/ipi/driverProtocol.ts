import type { Atoms, Pbc } from '@mlffd/core';
import {
  AnswerMessage,
  CELL_BYTES,
  header,
  HEADER_BYTES,
  headerName,
  readCell,
  readPositions,
  VECTOR_BYTES,
  type WireAnswer,
} from '@mlffd/core/ipi';
import { InputBuffer } from './inputBuffer.ts';
import {
  atomCountError,
  type IpiServeError,
  notFiniteError,
  protocolError,
  sharedMemoryError,
} from './serveErrors.ts';
import { StructureSlot } from './structureSlot.ts';

const INTEGER = 4;
/** Longer texts are none. */
const LONGEST_INIT = 2 ** 20;
/** What a server may send ahead of the answer that it waits for, beside a whole question, bytes. */
const AHEAD = 2 ** 16;
/** Names of the segments of i-PI begin so; as a float64 it would be a length of 1e190. */
const SHARED_MEMORY = Buffer.from('ipi_shm_');

const READY = header('READY');
const NEEDINIT = header('NEEDINIT');
const HAVEDATA = header('HAVEDATA');

/** How a driver presents itself. */
export interface DriverProtocolOptions {
  readonly template: Atoms;
  readonly pbc: Pbc;
  readonly needInit: boolean;
  readonly largestBatch: number;
}

/**
 * What the driver has to do next: `more` bytes are needed, `send` the bytes in `output`, `compute`
 * the structures in `slots` and give the answers to `setAnswer` and `finish`, look at `init`, or end.
 */
export type ProtocolStep = 'more' | 'send' | 'compute' | 'initialised' | 'exit';

/** What INIT has said. */
export interface InitText {
  readonly bead: number;
  readonly text: string;
}

type State = 'header' | 'init' | 'question' | 'computing' | 'exit';

const PHASES: Readonly<Record<State, string>> = {
  header: 'between two questions',
  init: 'it sent INIT',
  question: 'it sent positions',
  computing: 'it waited for an answer',
  exit: 'it said EXIT',
};

/**
 * The driver's end of the i-PI protocol without a socket: bytes in; steps to do, and bytes, out.
 *
 * Bytes may come in pieces of any size, several messages at once as well. What is kept for an answer is
 * made with the first question of a batch size and used again.
 */
export class DriverProtocol {
  readonly #options: DriverProtocolOptions;
  readonly #atoms: number;
  readonly #input = new InputBuffer();
  readonly #slots: StructureSlot[] = [];
  #state: State = 'header';
  #batch = 1;
  #isInitialised: boolean;
  #hasData = false;
  #init: InitText = { bead: 0, text: '' };
  #output: Buffer = READY;
  #message: AnswerMessage | undefined;
  #extras: readonly string[] | undefined;
  #questions = 0;

  constructor(options: DriverProtocolOptions) {
    this.#options = options;
    this.#atoms = options.template.numbers.length;
    this.#isInitialised = !options.needInit;
  }

  /** Structures in a question. */
  get batch(): number {
    return this.#batch;
  }

  /** The structures of the question, of which there are `batch`. */
  get slots(): readonly StructureSlot[] {
    return this.#slots;
  }

  /** Bytes of the step `send`. */
  get output(): Buffer {
    return this.#output;
  }

  /** Of the step `initialised`. */
  get init(): InitText {
    return this.#init;
  }

  /** Questions that have come. */
  get questions(): number {
    return this.#questions;
  }

  /** What the server is doing, as a clause. */
  get phase(): string {
    if (this.#state === 'header' && this.#hasData) return 'an answer was there for it';
    if (this.isInMessage && this.#state === 'header') return 'it sent a header';
    return PHASES[this.#state];
  }

  /** True where part of a message is there and the rest is not. */
  get isInMessage(): boolean {
    if (this.#state === 'header') return this.#input.length > 0;
    return this.#state === 'init' || this.#state === 'question';
  }

  /** True where nobody has asked for anything that was not given. */
  get isIdle(): boolean {
    return (
      this.#state === 'exit' || (this.#state === 'header' && !this.isInMessage && !this.#hasData)
    );
  }

  /** True where EXIT has come while an answer is computed, for which nobody waits then. */
  get isLeaving(): boolean {
    const { bytes, start, length } = this.#input;
    if (this.#state !== 'computing' || length < HEADER_BYTES) return false;
    return headerName(bytes, start + length - HEADER_BYTES) === 'EXIT';
  }

  /**
   * Takes bytes, which are copied.
   *
   * @throws IpiServeError `md/ipi-protocol` where a server sends on and on while it should wait
   */
  push(chunk: Uint8Array, count: number = chunk.length): void {
    this.#input.push(chunk, count);
    if (this.#state !== 'computing' && this.#state !== 'exit') return;
    const most = AHEAD + this.#batch * (CELL_BYTES + this.#atoms * VECTOR_BYTES);
    if (this.#state === 'exit') this.#input.skip(this.#input.length);
    else if (this.#input.length > most) {
      throw this.#wrong('at most one more question', `${this.#input.length} bytes`);
    }
  }

  /**
   * Reads on.
   *
   * @throws IpiServeError; nothing may be done with this object afterwards
   */
  next(): ProtocolStep {
    for (;;) {
      const step = this.#read();
      if (step !== undefined) return step;
    }
  }

  /** Answer to structure `index` of the question. */
  setAnswer(index: number, answer: WireAnswer): void {
    this.#message ??= new AnswerMessage(this.#batch, this.#atoms);
    this.#message.set(index, answer);
  }

  /** All answers are there. */
  finish(extras?: readonly string[]): void {
    this.#extras = extras;
    this.#hasData = true;
    this.#state = 'header';
  }

  /** The memory of the last output is still being read: the next answer goes elsewhere. */
  detachOutput(): void {
    if (this.#output.length > HEADER_BYTES) this.#message = undefined;
  }

  #read(): ProtocolStep | undefined {
    switch (this.#state) {
      case 'header':
        return this.#readHeader();
      case 'init':
        return this.#readInit();
      case 'question':
        return this.#batch > 1 ? this.#readBatch() : this.#readSingle();
      case 'computing':
        return 'more';
      case 'exit':
        return 'exit';
    }
  }

  #readHeader(): ProtocolStep | undefined {
    const input = this.#input;
    if (input.length < HEADER_BYTES) return 'more';
    const name = headerName(input.bytes, input.start);
    switch (name) {
      case 'STATUS':
        this.#output = this.#hasData ? HAVEDATA : this.#isInitialised ? READY : NEEDINIT;
        input.skip(HEADER_BYTES);
        return 'send';
      case 'INIT':
        this.#state = 'init';
        break;
      case 'POSDATA':
        this.#state = 'question';
        break;
      case 'GETFORCE':
        if (!this.#hasData || this.#message === undefined) {
          throw this.#wrong('POSDATA before GETFORCE', 'GETFORCE');
        }
        this.#output = this.#message.bytes(this.#extras);
        this.#hasData = false;
        input.skip(HEADER_BYTES);
        return 'send';
      case 'EXIT':
        this.#state = 'exit';
        break;
      default:
        throw this.#wrong('STATUS, INIT, POSDATA, GETFORCE or EXIT', JSON.stringify(name));
    }
    input.skip(HEADER_BYTES);
    return undefined;
  }

  #readInit(): ProtocolStep {
    const input = this.#input;
    if (input.length < 2 * INTEGER) return 'more';
    const { start, view } = input;
    const length = view.getInt32(start + INTEGER, true);
    if (length < 0 || length > LONGEST_INIT) {
      throw this.#wrong(`a text of 0 to ${LONGEST_INIT} bytes`, `a text of ${length} bytes`);
    }
    if (input.length < 2 * INTEGER + length) return 'more';
    const first = start + 2 * INTEGER;
    const text = input.bytes.toString('utf8', first, first + length).replace(/\0+$/, '');
    this.#init = { bead: view.getInt32(start, true), text };
    input.skip(2 * INTEGER + length);
    this.#setBatch(batchIn(text));
    this.#isInitialised = true;
    this.#state = 'header';
    return 'initialised';
  }

  #setBatch(batch: number): void {
    const { largestBatch } = this.#options;
    if (!(batch >= 1 && batch <= largestBatch)) {
      throw this.#wrong(`batches of 1 to ${largestBatch}`, `batch_size:${batch}`);
    }
    if (batch === this.#batch) return;
    this.#batch = batch;
    this.#message = undefined;
    this.#hasData = false;
    this.#slots.length = 0;
  }

  #readSingle(): ProtocolStep {
    const input = this.#input;
    this.#refuseSharedMemory();
    if (input.length < CELL_BYTES + INTEGER) return 'more';
    this.#checkCount(input.view.getInt32(input.start + CELL_BYTES, true));
    const size = CELL_BYTES + INTEGER + this.#atoms * VECTOR_BYTES;
    if (input.length < size) return 'more';
    this.#readStructure(0, input.start, input.start + CELL_BYTES + INTEGER);
    return this.#startComputing(size);
  }

  #readBatch(): ProtocolStep {
    const input = this.#input;
    this.#refuseSharedMemory();
    if (input.length < INTEGER) return 'more';
    this.#checkCount(input.view.getInt32(input.start, true));
    const batch = this.#batch;
    const bytes = this.#atoms * VECTOR_BYTES;
    const size = INTEGER + batch * (CELL_BYTES + bytes);
    if (input.length < size) return 'more';
    const cells = input.start + INTEGER;
    const positions = cells + batch * CELL_BYTES;
    for (let k = 0; k < batch; k++) {
      this.#readStructure(k, cells + k * CELL_BYTES, positions + k * bytes);
    }
    return this.#startComputing(size);
  }

  #startComputing(size: number): ProtocolStep {
    this.#input.skip(size);
    this.#hasData = false;
    this.#state = 'computing';
    return 'compute';
  }

  #readStructure(index: number, cellAt: number, positionsAt: number): void {
    const { template, pbc } = this.#options;
    const slot = (this.#slots[index] ??= new StructureSlot(template, pbc));
    const { view } = this.#input;
    readCell(view, cellAt, slot.cell);
    readPositions(view, positionsAt, slot.positions);
    if (index === 0) this.#questions++;
    this.#requireFinite('the cell', slot.cell);
    this.#requireFinite('the position', slot.positions);
  }

  #requireFinite(what: 'the cell' | 'the position', values: Float64Array): void {
    for (let k = 0; k < values.length; k++) {
      // x - x is NaN for NaN and for both infinities.
      if (values[k] - values[k] === 0) continue;
      const axis = 'xyz'[k % 3];
      const owner = what === 'the cell' ? 'abc'[Math.floor(k / 3)] : `of atom ${Math.floor(k / 3)}`;
      throw notFiniteError(`${what} ${owner} (${axis})`, values[k], this.#questions);
    }
  }

  #checkCount(found: number): void {
    if (found !== this.#atoms) throw atomCountError(this.#atoms, found);
  }

  /** In this mode other things come after POSDATA, and one would wait for the rest for ever. */
  #refuseSharedMemory(): void {
    const { bytes, start, length } = this.#input;
    const first = start + 2 * INTEGER;
    const end = first + SHARED_MEMORY.length;
    if (
      length >= end - start &&
      bytes.compare(SHARED_MEMORY, 0, SHARED_MEMORY.length, first, end) === 0
    ) {
      throw sharedMemoryError();
    }
  }

  #wrong(expected: string, found: string): IpiServeError {
    return protocolError(this.phase, { expected, found });
  }
}

/** `batch_size:N` among the `key:value` of INIT, which are separated by commas. */
function batchIn(text: string): number {
  const [, digits = '1'] = /(?:^|,)\s*batch_size\s*:\s*([^,\s]*)/.exec(text) ?? [];
  return /^\d+$/.test(digits) ? Number(digits) : NaN;
}
