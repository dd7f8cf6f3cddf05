import {
  batchMessage,
  ByteReader,
  energiesBytes,
  forcesBytes,
  header,
  HEADER_BYTES,
  headerName,
  initMessage,
  positionsMessage,
  readAnswer,
  readAtomCount,
  type WireAnswer,
  type WireStructure,
} from '@mlffd/core/ipi';
import type { Socket } from 'node:net';
import { atomCountError, disconnectedError, ipiTimeoutError, protocolError } from './ipiErrors.ts';

/** More text than this after the virial is none. */
const LONGEST_EXTRA = 2 ** 26;
/** How long a driver may take to close its end after EXIT, ms. */
const GOODBYE_MS = 1000;
const INTEGER = 4;

const STATUS = header('STATUS');
const GETFORCE = header('GETFORCE');
const EXIT = header('EXIT');

/** How a server talks with its drivers. */
export interface Conversation {
  /** Longest time for one answer, s. */
  readonly timeout: number;
  /** POSDATA and GETFORCE in one message, without asking for the status between. */
  readonly consolidated: boolean;
  /** Structures in one message, to drivers that ask for INIT. */
  readonly batchSize: number;
  /** Text of INIT. */
  readonly init: string;
}

/** One driver at the other end of a connection. */
export class IpiDriver {
  readonly label: string;
  /** Settles, with the reason, when the connection is gone; never rejects. */
  readonly gone: Promise<Error>;
  readonly #socket: Socket;
  readonly #index: number;
  readonly #conversation: Conversation;
  readonly #reader = new ByteReader();
  #phase = 'connecting';
  #batch = 1;
  #busy = false;
  #failure: Error | undefined;

  /** @param index 0 for the first driver: the bead that INIT names */
  constructor(socket: Socket, label: string, index: number, conversation: Conversation) {
    this.#socket = socket;
    this.label = label;
    this.#index = index;
    this.#conversation = conversation;
    this.gone = new Promise((resolve) => {
      socket.on('close', () => {
        resolve(this.#fail(disconnectedError(label, this.#phase)));
      });
    });
    socket.on('error', (error) => {
      this.#fail(disconnectedError(label, this.#phase, error));
    });
    socket.on('data', (chunk) => {
      this.#onData(chunk);
    });
    // What waits for an answer has a timer, which keeps the process alive.
    socket.unref();
  }

  /** Structures that it takes at once. */
  get batch(): number {
    return this.#batch;
  }

  /** False while it computes and after the connection is gone. */
  get isFree(): boolean {
    return !this.#busy && this.#failure === undefined;
  }

  /** Asks whether an i-PI driver is there, and initialises it. */
  greet(seconds: number): Promise<void> {
    return this.#talk(seconds, () => this.#getReady());
  }

  /**
   * Answers to structures with the same number of atoms, at most `batch` of them.
   *
   * @throws IpiTeacherError, after which the driver is gone
   */
  calculate(structures: readonly WireStructure[]): Promise<WireAnswer[]> {
    return this.#talk(this.#conversation.timeout, async () => {
      await this.#getReady();
      await this.#send(structures);
      return this.#receive(structures);
    });
  }

  /** Sends EXIT and closes; a driver that is computing is not waited for. */
  async close(): Promise<void> {
    const wasBusy = this.#busy;
    this.#phase = 'being told to exit';
    const socket = this.#socket;
    if (this.#failure === undefined) {
      socket.ref();
      socket.end(EXIT, () => {
        if (wasBusy) socket.destroy();
      });
      const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
      await this.gone;
      clearTimeout(timer);
    } else await this.gone;
  }

  async #talk<T>(seconds: number, work: () => Promise<T>): Promise<T> {
    this.#busy = true;
    const timer = setTimeout(() => {
      this.#fail(ipiTimeoutError(this.label, this.#phase, seconds));
    }, 1000 * seconds);
    try {
      const result = await work();
      if (this.#reader.buffered > 0) throw this.#unexpected('nothing more', this.#reader.buffered);
      return result;
    } catch (error) {
      throw this.#fail(error as Error);
    } finally {
      clearTimeout(timer);
      this.#busy = false;
      this.#phase = 'idle';
    }
  }

  /** Leads the driver to READY. */
  async #getReady(): Promise<void> {
    const { batchSize, init } = this.#conversation;
    let status = await this.#status();
    if (status === 'NEEDINIT') {
      this.#phase = 'being initialised';
      const batch = batchSize > 1 ? `batch_size:${batchSize}` : '';
      const text = [init, batch].filter((part) => part !== '').join(',');
      this.#socket.write(initMessage(this.#index, text));
      this.#batch = batchSize;
      status = await this.#status();
    }
    if (status !== 'READY') throw this.#wrong('READY', status);
  }

  async #status(): Promise<string> {
    this.#phase = 'asked for its status';
    this.#socket.write(STATUS);
    return this.#header();
  }

  async #send(structures: readonly WireStructure[]): Promise<void> {
    const message =
      this.#batch > 1 ? batchMessage(structures, this.#batch) : positionsMessage(structures[0]);
    if (this.#conversation.consolidated) {
      this.#socket.write(Buffer.concat([message, GETFORCE]));
    } else {
      this.#socket.write(message);
      const status = await this.#status();
      if (status !== 'HAVEDATA') throw this.#wrong('HAVEDATA', status);
      this.#socket.write(GETFORCE);
    }
    this.#phase = 'computing';
  }

  async #receive(structures: readonly WireStructure[]): Promise<WireAnswer[]> {
    const name = await this.#header();
    if (name !== 'FORCEREADY') throw this.#wrong('FORCEREADY', name);
    this.#phase = 'sending its answer';
    const size = this.#batch;
    const atoms = structures[0].positions.length / 3;
    const energies = await this.#reader.read(energiesBytes(size));
    const found = readAtomCount(energies, size);
    if (found !== atoms) throw atomCountError(this.label, atoms, found);
    const forces = await this.#reader.read(forcesBytes(size, atoms));
    for (let k = 0; k < size; k++) await this.#skipExtra();
    return structures.map((_, index) => readAnswer({ energies, forces }, index, size));
  }

  /** Reads over the text that drivers may add to an answer. */
  async #skipExtra(): Promise<void> {
    const length = (await this.#reader.read(INTEGER)).readInt32LE(0);
    if (length < 0 || length > LONGEST_EXTRA) {
      throw protocolError(this.label, this.#phase, {
        expected: `a text of 0 to ${LONGEST_EXTRA} bytes`,
        found: `a text of ${length} bytes`,
      });
    }
    await this.#reader.read(length);
  }

  async #header(): Promise<string> {
    return headerName(await this.#reader.read(HEADER_BYTES));
  }

  #onData(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    if (this.#busy) this.#reader.push(chunk);
    else this.#fail(this.#unexpected('silence', chunk.length));
  }

  #wrong(expected: string, found: string): Error {
    return protocolError(this.label, this.#phase, { expected, found: JSON.stringify(found) });
  }

  #unexpected(expected: string, bytes: number): Error {
    return protocolError(this.label, this.#phase, { expected, found: `${bytes} bytes too many` });
  }

  /** Ends the connection; the first reason stands. */
  #fail(error: Error): Error {
    this.#failure ??= error;
    this.#reader.fail(this.#failure);
    this.#socket.destroy();
    return this.#failure;
  }
}
