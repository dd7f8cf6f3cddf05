import { isMlffdError, MlffdError, type MlffdErrorDetails } from '@mlffd/core';

/**
 * Forces cannot be served any more.
 *
 * | `code` | meaning |
 * |---|---|
 * | `md/ipi-connect` | no server was there in time, or it cannot be reached |
 * | `md/ipi-disconnected` | the server went away in the middle of something |
 * | `md/ipi-protocol` | it sent what the protocol does not allow |
 * | `md/ipi-shared-memory` | it wants to share memory (`mode="shm"` of i-PI) |
 * | `md/ipi-stalled` | it stopped in the middle of a message, or reads no answers |
 * | `md/ipi-atom-count` | it asks about another number of atoms than the template has |
 * | `md/ipi-not-finite` | it sent a position or a cell that is NaN or infinite |
 * | `md/ipi-cell` | it sent a cell that cannot be periodic where the template is |
 * | `md/ipi-calculator` | the calculator failed, or gave no finite answer; `cause` has its error |
 *
 * The connection is closed whenever one of them is thrown: a server never gets a wrong answer.
 */
export class IpiServeError extends MlffdError {
  override readonly name = 'IpiServeError';
}

const SERVER = 'i-PI server';

/** Nobody listens, or not so that one could connect. */
export function connectError(
  address: string,
  details: { readonly seconds: number | undefined; readonly cause: Error },
): IpiServeError {
  const { seconds, cause } = details;
  const time = seconds === undefined ? '' : ` within ${seconds} s`;
  return new IpiServeError('md/ipi-connect', `cannot connect to ${address}${time}`, {
    expected: `an i-PI server that listens at ${address}`,
    found: cause.message,
    where: address,
    hint: 'Start the server (i-PI, SocketIOCalculator of ASE ...), check its address, or wait longer for it.',
    cause,
  });
}

/** The connection ended or broke, and not between two questions. */
export function disconnectedError(address: string, phase: string, cause?: Error): IpiServeError {
  return new IpiServeError('md/ipi-disconnected', `the server went away while ${phase}`, {
    expected: 'EXIT, or the end of the connection between two questions',
    found: cause === undefined ? 'the end of the connection' : cause.message,
    where: address,
    hint: 'Look into the output of the server.',
    cause,
  });
}

/** What the protocol does not allow here. */
export function protocolError(
  phase: string,
  details: { readonly expected: string; readonly found: string },
): IpiServeError {
  return new IpiServeError(
    'md/ipi-protocol',
    `the server broke the i-PI protocol while ${phase}: ${details.found}`,
    {
      ...details,
      where: SERVER,
      hint: 'Check that an i-PI server is at the other end. The connection was closed.',
    },
  );
}

/** The server shares memory. */
export function sharedMemoryError(): IpiServeError {
  return new IpiServeError(
    'md/ipi-shared-memory',
    'the server wants to exchange positions and forces through shared memory',
    {
      expected: 'mode="unix" or mode="inet"',
      found: 'mode="shm"',
      where: SERVER,
      hint: 'Write <ffsocket mode="unix" ...> in the input of i-PI.',
    },
  );
}

/** Nothing moves any more, in the middle of something. */
export function stalledError(phase: string, seconds: number): IpiServeError {
  return new IpiServeError('md/ipi-stalled', `nothing came for ${seconds} s while ${phase}`, {
    expected: `the rest within ${seconds} s`,
    found: 'nothing',
    where: SERVER,
    hint: 'Check the network and the server. The connection was closed.',
  });
}

/** The server has another system than the template. */
export function atomCountError(expected: number, found: number): IpiServeError {
  return new IpiServeError(
    'md/ipi-atom-count',
    `the server asks about ${found} atoms, the template has ${expected}`,
    {
      expected: `${expected} atoms`,
      found: String(found),
      where: SERVER,
      hint: 'Give the structure that the server was started with as template, atoms in the same order.',
    },
  );
}

/** NaN or an infinity from the server. */
export function notFiniteError(what: string, value: number, question: number): IpiServeError {
  return new IpiServeError('md/ipi-not-finite', `${what} is ${value} in question ${question}`, {
    expected: 'finite positions and cells',
    found: `${value}`,
    where: `${what}, question ${question}`,
    hint: 'The dynamics of the server has blown up: look at its frames before, or take a smaller time step.',
  });
}

/** The cell does not go with the periodic axes. */
export function cellError(question: number, cause: unknown): IpiServeError {
  return new IpiServeError(
    'md/ipi-cell',
    `the cell of question ${question} cannot be used: ${messageOf(cause)}`,
    detailsOf(question, cause),
  );
}

/** The calculator has no answer. */
export function calculatorError(name: string, question: number, cause: unknown): IpiServeError {
  return new IpiServeError(
    'md/ipi-calculator',
    `${name} failed on question ${question}: ${messageOf(cause)}`,
    detailsOf(question, cause),
  );
}

function detailsOf(question: number, cause: unknown): MlffdErrorDetails {
  const place = `question ${question}`;
  if (!isMlffdError(cause)) return { where: place, cause };
  const { expected, found, hint, where } = cause;
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(hint === undefined ? {} : { hint }),
    where: where === undefined ? place : `${place}, ${where}`,
    cause,
  };
}

/** The calculator gave an answer that must not be sent. */
export function badAnswerError(
  name: string,
  question: number,
  details: { readonly expected: string; readonly found: string },
): IpiServeError {
  const { expected, found } = details;
  return new IpiServeError(
    'md/ipi-calculator',
    `${name} gave no usable answer to question ${question}: ${found}`,
    {
      expected,
      found,
      where: `question ${question}`,
      hint: 'Look at the structure: far from what it was trained on a student says anything. Nothing was sent.',
    },
  );
}

function messageOf(cause: unknown): string {
  // Errors of other realms are no instances of this one's.
  const message = (cause as { readonly message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : String(cause);
}
