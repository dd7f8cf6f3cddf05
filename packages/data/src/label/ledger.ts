import { createHash } from 'node:crypto';

/** What is known of a structure. */
export interface LedgerRecord {
  /** First half of its geometry hash, hexadecimal; zeros for a unit that could not be made. */
  readonly hash: string;
  readonly state: 'new' | 'labelled' | 'failed';
}

/** How a structure ended. */
export interface LedgerEntry {
  /** Geometry hash, hexadecimal. */
  readonly hash: string;
  readonly state: 'labelled' | 'failed';
  /** Number of the journal entry. */
  readonly batch: number;
  /** Whether it belongs to a unit. */
  readonly unit: boolean;
}

const LABELLED = 1;
const FAILED = 2;
const DONE = LABELLED | FAILED;
const IN_UNIT = 4;
const SEEN = 8;

/** 32-bit words of a record: half of the SHA-256 of the id, and of that of the geometry. */
const WORDS = 8;
const HALF = 4;

/**
 * Which structures of a set are done, and which were seen in this run: 41 bytes each, and as much
 * again for the search, so that 120,000 of them take 8 MB at most, however long their ids are.
 */
export class Ledger {
  #words = new Uint32Array(WORDS * 1024);
  #flags = new Uint8Array(1024);
  #batches = new Int32Array(1024);
  /** Open addressing: number of the record plus 1, or 0. */
  #slots = new Int32Array(4096);
  #count = 0;
  #labelled = 0;
  #failed = 0;
  readonly #key = new Uint32Array(HALF);

  /** Structures with labels. */
  get labelled(): number {
    return this.#labelled;
  }

  /** Structures that failed. */
  get failed(): number {
    return this.#failed;
  }

  /** Structures that are done, belong to no unit, and were not seen in this run. */
  get missing(): number {
    let count = 0;
    for (let k = 0; k < this.#count; k++) {
      if ((this.#flags[k] & DONE) !== 0 && (this.#flags[k] & (IN_UNIT | SEEN)) === 0) count++;
    }
    return count;
  }

  /** Notes how a structure ended; a later entry replaces an earlier one. */
  finish(id: string, { hash, state, batch, unit }: LedgerEntry): void {
    const k = this.#record(id);
    this.#clear(k);
    for (let w = 0; w < HALF; w++) {
      this.#words[WORDS * k + HALF + w] = Number(`0x${hash.slice(8 * w, 8 * w + 8) || '0'}`);
    }
    this.#flags[k] |= (state === 'labelled' ? LABELLED : FAILED) | (unit ? IN_UNIT : 0);
    this.#batches[k] = batch;
    if (state === 'labelled') this.#labelled++;
    else this.#failed++;
  }

  /** Marks a structure as seen. @returns what was known of it; undefined when it was seen before */
  meet(id: string): LedgerRecord | undefined {
    const k = this.#record(id);
    if ((this.#flags[k] & SEEN) !== 0) return undefined;
    this.#flags[k] |= SEEN;
    const done = this.#flags[k] & DONE;
    let hash = '';
    for (let w = 0; w < HALF; w++) {
      hash += this.#words[WORDS * k + HALF + w].toString(16).padStart(8, '0');
    }
    return { hash, state: done === 0 ? 'new' : done === LABELLED ? 'labelled' : 'failed' };
  }

  /** Forgets the outcome of one structure. */
  retract(id: string): void {
    this.#clear(this.#record(id));
  }

  /** Forgets the outcome of every structure of a journal entry. */
  forget(batch: number): void {
    for (let k = 0; k < this.#count; k++) if (this.#batches[k] === batch) this.#clear(k);
  }

  #clear(k: number): void {
    if ((this.#flags[k] & LABELLED) !== 0) this.#labelled--;
    if ((this.#flags[k] & FAILED) !== 0) this.#failed--;
    this.#flags[k] &= SEEN;
    this.#batches[k] = -1;
  }

  /** Number of the record of an id, made when there is none. */
  #record(id: string): number {
    const digest = createHash('sha256').update(id).digest();
    for (let w = 0; w < HALF; w++) this.#key[w] = digest.readUInt32LE(4 * w);
    if (2 * (this.#count + 1) > this.#slots.length) this.#rehash();
    const mask = this.#slots.length - 1;
    let slot = this.#key[0] & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const k = this.#slots[slot] - 1;
      if (this.#matches(k)) return k;
    }
    if (this.#count === this.#flags.length) this.#grow();
    const k = this.#count++;
    this.#slots[slot] = k + 1;
    this.#words.set(this.#key, WORDS * k);
    this.#batches[k] = -1;
    return k;
  }

  #matches(k: number): boolean {
    for (let w = 0; w < HALF; w++) if (this.#words[WORDS * k + w] !== this.#key[w]) return false;
    return true;
  }

  #grow(): void {
    const size = Math.ceil(1.5 * this.#flags.length);
    const grown = { words: new Uint32Array(WORDS * size), batches: new Int32Array(size) };
    const flags = new Uint8Array(size);
    grown.words.set(this.#words);
    grown.batches.set(this.#batches);
    flags.set(this.#flags);
    this.#words = grown.words;
    this.#batches = grown.batches;
    this.#flags = flags;
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let k = 0; k < this.#count; k++) {
      let slot = this.#words[WORDS * k] & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = k + 1;
    }
  }
}
