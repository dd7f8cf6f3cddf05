import type { Socket } from 'node:net';
import { isPromise } from '@mlffd/core';
import { addressText, type IpiAddress } from '@mlffd/core/ipi';
import { Answering } from './answering.ts';
import { DriverProtocol, type DriverProtocolOptions } from './driverProtocol.ts';
import { disconnectedError, stalledError } from './serveErrors.ts';
import type { ServeIpiEvent, ServeIpiOptions } from './serveOptions.ts';

/** What one conversation needs to know. */
export interface ConversationOptions extends DriverProtocolOptions {
  readonly serve: Pick<ServeIpiOptions, 'calculator' | 'extras'>;
  readonly address: IpiAddress;
  /** s. */
  readonly stallTimeout: number;
  readonly onEvent: (event: ServeIpiEvent) => void;
  readonly onNote: (message: string) => void;
  /** After each answer: structures that it took, and the energy of the last one, eV. */
  readonly onAnswer: (structures: number, energy: number) => void;
}

/** How a server ends it. */
export type ConversationEnd = 'exit' | 'closed';

/** Talks with one server over one connection. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #protocol: DriverProtocol;
  readonly #answering: Answering;
  /** Ends what the calculator is doing when the connection is gone. */
  readonly #gone = new AbortController();
  #socket: Socket | undefined;
  #outcome: { readonly end: ConversationEnd } | { readonly error: unknown } | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#protocol = new DriverProtocol(options);
    this.#answering = new Answering(this.#protocol, options.serve, options.onNote);
  }

  /** Takes the first `count` bytes of a chunk. */
  receive(chunk: Uint8Array, count: number): void {
    if (this.#outcome !== undefined) return;
    try {
      this.#protocol.push(chunk, count);
    } catch (error) {
      this.#settle({ error });
      return;
    }
    this.#pump();
  }

  /**
   * Answers until the server has enough; then the connection is closed.
   *
   * @throws IpiServeError, the reason of the signal
   */
  run(socket: Socket, signal: AbortSignal): Promise<ConversationEnd> {
    this.#socket = socket;
    const { address, stallTimeout } = this.#options;
    const place = addressText(address);
    const abort = (): void => {
      this.#settle({ error: signal.reason });
    };
    return new Promise<void>((settled) => {
      socket.on('end', () => {
        if (this.#protocol.isLeaving) this.#settle({ end: 'exit' });
        else this.#settle(this.#isBetween() ? { end: 'closed' } : { error: this.#lost(place) });
      });
      socket.on('error', (cause) => {
        this.#settle({ error: this.#lost(place, cause) });
      });
      socket.on('close', () => {
        this.#settle({ error: this.#lost(place) });
        signal.removeEventListener('abort', abort);
        settled();
      });
      socket.setTimeout(1000 * stallTimeout);
      socket.on('timeout', () => {
        const { phase, isInMessage } = this.#protocol;
        if (!isInMessage && socket.writableLength === 0) return;
        const doing = isInMessage ? phase : 'it read an answer';
        this.#settle({ error: stalledError(doing, stallTimeout) });
      });
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      // Whoever only closes its connection says so by an end, which nobody reads without this.
      socket.resume();
    }).then(() => {
      if (this.#outcome !== undefined && 'end' in this.#outcome) return this.#outcome.end;
      throw this.#outcome?.error;
    });
  }

  #pump(): void {
    const protocol = this.#protocol;
    try {
      while (this.#outcome === undefined) {
        switch (protocol.next()) {
          case 'more':
            return;
          case 'send':
            this.#send();
            break;
          case 'initialised':
            this.#options.onEvent({
              type: 'initialised',
              ...protocol.init,
              batch: protocol.batch,
            });
            break;
          case 'exit':
            this.#settle({ end: 'exit' });
            return;
          case 'compute': {
            const pending = this.#answering.answer(this.#gone.signal);
            if (isPromise(pending)) {
              this.#continueAfter(pending);
              return;
            }
            this.#count();
          }
        }
      }
    } catch (error) {
      this.#settle({ error });
    }
  }

  #continueAfter(pending: Promise<void>): void {
    pending.then(
      () => {
        if (this.#outcome !== undefined) return;
        this.#count();
        this.#pump();
      },
      (error: unknown) => {
        this.#settle({ error });
      },
    );
  }

  #count(): void {
    const { structures, energy } = this.#answering;
    this.#options.onAnswer(structures, energy);
  }

  #send(): void {
    const socket = this.#socket;
    socket?.write(this.#protocol.output);
    // What the system did not take at once is read from this memory later.
    if (socket?.writableLength !== 0) this.#protocol.detachOutput();
  }

  /** Whether the server owes nothing, and neither do we. */
  #isBetween(): boolean {
    return this.#protocol.isIdle && this.#socket?.writableLength === 0;
  }

  #lost(place: string, cause?: Error): Error {
    return disconnectedError(place, this.#protocol.phase, cause);
  }

  /** Ends the connection; the first reason stands. */
  #settle(outcome: { readonly end: ConversationEnd } | { readonly error: unknown }): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#gone.abort();
    this.#socket?.destroy();
  }
}
