/** Longest text of a reason. */
const MOST_CHARACTERS = 500;

/**
 * Why a provider was not loaded, in one line.
 *
 * The exception says only "Failed to load shared library"; which one, and what the loader of the
 * system said, is in the log on stderr.
 */
export function loadReason(thrown: string, log: string): string {
  const plain = stripColours(log);
  const loader = [...plain.matchAll(/with error: ([^\n]+)/g)].at(-1)?.[1];
  // ONNX Runtime's checks put the source line and the condition before the message.
  const message = thrown.split(' was false. ').at(-1) ?? thrown;
  const text = loader ?? (message === '' ? lastLine(plain) : message);
  return oneLine(text);
}

function stripColours(text: string): string {
  const escape = String.fromCharCode(27);
  return text
    .split(escape)
    .map((part, k) => (k === 0 ? part : part.replace(/^\[[\d;]*m/, '')))
    .join('');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function oneLine(text: string): string {
  const once = text.trim().replace(/\s+/g, ' ');
  return once.length <= MOST_CHARACTERS ? once : `${once.slice(0, MOST_CHARACTERS)} ...`;
}
