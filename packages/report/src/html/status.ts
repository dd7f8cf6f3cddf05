/** How a check or a whole report ended. */
export type Status = 'pass' | 'warn' | 'fail' | 'info';

const PATHS: Readonly<Record<Status, string>> = {
  pass: '<path d="M4.2 8.4l2.7 2.7 5-5.6"/>',
  warn: '<path d="M8 4.2v4.6M8 11.4v.1"/>',
  fail: '<path d="M5 5l6 6M11 5l-6 6"/>',
  info: '<path d="M8 7.4v4.2M8 4.6v.1"/>',
};

const WORDS: Readonly<Record<Status, string>> = {
  pass: 'Pass',
  warn: 'Warning',
  fail: 'Fail',
  info: 'Note',
};

/** The word for a status: readers and screen readers never depend on the colour. */
export function statusWord(status: Status): string {
  return WORDS[status];
}

/** A round mark: tick, exclamation mark or cross, in the colour of the status. */
export function statusIcon(status: Status, size = 16): string {
  return (
    `<svg class="mark ${status}" width="${size}" height="${size}" viewBox="0 0 16 16" aria-hidden="true">` +
    `<circle cx="8" cy="8" r="8"/><g fill="none">${PATHS[status]}</g></svg>`
  );
}

/** Mark and word, as a badge. */
export function statusBadge(status: Status): string {
  return `<span class="badge ${status}">${statusIcon(status, 14)}${WORDS[status]}</span>`;
}
