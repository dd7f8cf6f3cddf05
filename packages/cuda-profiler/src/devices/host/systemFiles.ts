import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of the kernel below a root; what cannot be read is undefined. */
export class SystemFiles {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = root;
  }

  /** Text without the white space around it. */
  text(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /** A number; undefined also for `max` and other words. */
  number(path: string): number | undefined {
    const text = this.text(path);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  names(path: string): string[] {
    try {
      return readdirSync(join(this.#root, path));
    } catch {
      return [];
    }
  }
}

/** Numbers of a list of the kernel: `0-3,8` has five. */
export function listLength(list: string): number {
  return list
    .split(',')
    .filter((part) => part !== '')
    .map((part) => part.split('-').map(Number))
    .reduce((sum, [first, last = first]) => sum + last - first + 1, 0);
}
