import { performance } from 'node:perf_hooks';
import {
  AbortedError,
  PropertyNotAvailableError,
  symbolOf,
  UnsupportedElementError,
  validateAtoms,
} from '@mlffd/core';
import { ipiAddress } from '@mlffd/core/ipi';
import { requireInteger, requirePositive } from '../errors.ts';
import { Conversation, type ConversationEnd } from './conversation.ts';
import { openSocket, wait } from './openSocket.ts';
import { IpiServeError } from './serveErrors.ts';
import type { ServeIpiOptions, ServeIpiResult } from './serveOptions.ts';

/** Before the next server is looked for, ms: one that closes at once must not be asked all the time. */
const PAUSE = 100;

/** What another server may do better. */
const LOSSES: ReadonlySet<string> = new Set(['md/ipi-disconnected', 'md/ipi-stalled']);

/**
 * Serves energies, forces and virials of a calculator to an i-PI server: i-PI itself, or
 * `SocketIOCalculator` of ASE. This is the driver, which connects to the server.
 *
 * A calculator that answers at once is answered with in the turn of the event loop in which a question
 * comes, in one write. Batches go through `calculateBatch` of a calculator that has it.
 *
 * @returns when the server says EXIT or closes between two questions; with `reconnect` never
 * @throws IpiServeError; the connection is closed then. With `reconnect`, servers that disappear are
 * told by events
 * @throws InvalidArgumentError, InvalidAtomsError, PropertyNotAvailableError, UnsupportedElementError
 * before anything is connected; AbortedError
 */
export async function serveIpi(options: ServeIpiOptions): Promise<ServeIpiResult> {
  const { template, pbc = template.pbc, reconnect = false } = options;
  const { connectTimeout = 60, stallTimeout = 60, needInit = true, largestBatch = 1024 } = options;
  requirePositive('connectTimeout', connectTimeout);
  requirePositive('stallTimeout', stallTimeout);
  requireInteger('largestBatch', largestBatch, 1);
  const address = ipiAddress(options, { least: 1, code: 'md/invalid-option' });
  validateAtoms(template);
  requireUse(options);
  const signal = options.signal ?? new AbortController().signal;
  const onEvent = options.onEvent ?? ((): void => undefined);
  const notes = new Set<string>();
  const counter = new Counter(options);
  const converse = async (seconds: number | undefined): Promise<ConversationEnd> => {
    const before = counter.structures;
    const conversation = new Conversation({
      ...{ template, pbc, needInit, largestBatch, stallTimeout, address, onEvent },
      serve: options,
      onNote: (message) => {
        if (notes.has(message)) return;
        notes.add(message);
        onEvent({ type: 'note', message });
      },
      onAnswer: (structures, energy) => {
        counter.count(before + structures, energy);
      },
    });
    onEvent({ type: 'connecting', address });
    const onBytes = (chunk: Uint8Array, count: number): void => {
      conversation.receive(chunk, count);
    };
    const socket = await openSocket(address, { seconds, signal, onBytes });
    onEvent({ type: 'connected', address });
    return conversation.run(socket, signal);
  };
  try {
    for (let seconds: number | undefined = connectTimeout; ; seconds = undefined) {
      try {
        const end = await converse(seconds);
        if (!reconnect) return { answers: counter.answers, structures: counter.structures, end };
        onEvent({ type: 'disconnected' });
      } catch (error) {
        if (!reconnect || !(error instanceof IpiServeError && LOSSES.has(error.code))) throw error;
        onEvent({ type: 'disconnected', error });
      }
      await wait(PAUSE, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AbortedError('md/aborted', 'serving was stopped', {
      found: `${counter.answers} answers`,
      cause: signal.reason,
    });
  }
}

/** What would fail at the first question is found before a server waits for its answer. */
function requireUse({ calculator, template }: ServeIpiOptions): void {
  for (const property of ['energy', 'forces'] as const) {
    if (calculator.properties.includes(property)) continue;
    throw new PropertyNotAvailableError(
      'md/property-not-available',
      `${calculator.name} does not give ${property}`,
      {
        expected: 'energy and forces',
        found: calculator.properties.join(', '),
        where: `calculator ${calculator.name}`,
      },
    );
  }
  const { elements } = calculator;
  const atom = template.numbers.findIndex((number) => elements?.includes(number) === false);
  if (atom < 0 || elements === undefined) return;
  const symbol = symbolOf(template.numbers[atom]);
  throw new UnsupportedElementError(
    'md/element',
    `${calculator.name} does not know ${symbol} (atom ${atom} of the template)`,
    {
      expected: `only ${elements.map((number) => symbolOf(number)).join(', ')}`,
      found: symbol,
      where: `template, atom ${atom}`,
    },
  );
}

/** Counts answers, and tells about them from time to time. */
class Counter {
  answers = 0;
  structures = 0;
  readonly #onEvent: ServeIpiOptions['onEvent'];
  /** ms. */
  readonly #interval: number;
  #last: number | undefined;
  #told = 0;

  constructor({ onEvent, eventInterval = 1 }: ServeIpiOptions) {
    this.#onEvent = onEvent;
    this.#interval = 1000 * eventInterval;
  }

  count(structures: number, energy: number): void {
    this.answers++;
    this.structures = structures;
    if (this.#onEvent === undefined) return;
    const now = performance.now();
    this.#last ??= now;
    const elapsed = now - this.#last;
    if (elapsed < this.#interval) return;
    const structuresPerSecond = (1000 * (structures - this.#told)) / elapsed;
    this.#last = now;
    this.#told = structures;
    const { answers } = this;
    this.#onEvent({ type: 'progress', answers, structures, structuresPerSecond, energy });
  }
}
