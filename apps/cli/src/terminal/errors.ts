import { isMlffdError, type MlffdError } from '@mlffd/core';

/** Exit codes: 0 done, 1 failed, 2 wrong use or input, 3 a gate failed, 130 stopped on request. */
export const EXIT = { done: 0, failed: 1, usage: 2, gate: 3, stopped: 130 } as const;

/** What a user reads about an error: what, expected, found, where, what to do. */
export function errorText(error: unknown, debug: boolean): string {
  if (!isMlffdError(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `unexpected error: ${text}\nThis is a fault of the program; please report it with the text above.`;
  }
  const rows: [string, string | undefined][] = [
    ['expected', error.expected],
    ['found', error.found],
    ['where', error.where],
    ['what to do', error.hint],
  ];
  const lines = [`error: ${error.message}`];
  for (const [label, value] of rows) if (value !== undefined) lines.push(`  ${label}: ${value}`);
  lines.push(`  code: ${error.code}`);
  if (debug) lines.push(stackOf(error));
  return lines.join('\n');
}

function stackOf(error: MlffdError): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${error.cause.stack ?? ''}` : '';
  return `${error.stack ?? ''}${cause}`;
}

const INPUT_ERRORS = new Set([
  'ConfigError',
  'InvalidAtomsError',
  'FileFormatError',
  'UnsupportedElementError',
  'RunLockedError',
]);

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  if (!isMlffdError(error)) return EXIT.failed;
  if (error.name === 'AbortedError') return EXIT.stopped;
  return INPUT_ERRORS.has(error.name) || error.code.startsWith('usage/') ? EXIT.usage : EXIT.failed;
}
