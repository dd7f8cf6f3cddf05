import { readFileSync } from 'node:fs';
import type { Atoms } from '@mlffd/core';
import { engine } from '../src/fused/webAssembly.ts';

/** Bytes of a record of `assembly/list/candidate.ts`. */
const RECORD = 48;
/** Written behind the records, so that a byte too many shows. */
const GUARD = 0xa5;
const GUARD_BYTES = 4096;
const PAGE = 65536;

interface ListExports {
  findCandidates(
    positions: number,
    atoms: number,
    cell: number,
    pbc: number,
    reach: number,
    records: number,
    capacity: number,
    scratch: number,
    method: number,
  ): number;
  candidateScratch(atoms: number, capacity: number): number;
  placeShifts(records: number, count: number, cell: number): void;
  candidatesHold(
    positions: number,
    reference: number,
    atoms: number,
    cell: number,
    referenceCell: number,
    pbc: number,
    cutoff: number,
    skin: number,
    scratch: number,
  ): number;
}

const METHODS = { automatic: 0, dense: 1, binned: 2 } as const;
export type Method = keyof typeof METHODS;

/** One record: atoms i <= j, image n in whole cells, s in Angstrom. */
export interface Candidate {
  readonly i: number;
  readonly j: number;
  readonly n: readonly number[];
  readonly s: readonly number[];
}

export interface Found {
  /** What `findCandidates` returned. */
  readonly count: number;
  /** None where they did not fit. */
  readonly candidates: Candidate[];
  /** True while nothing was written behind the records and behind the scratch memory. */
  readonly isIntact: boolean;
}

/** The neighbour search of `wasm/simd.wasm` in a memory of its own. */
export class FusedListMemory {
  readonly #memory = new engine.Memory({ initial: 1, maximum: PAGE });
  readonly #list: ListExports;

  constructor() {
    const bytes = readFileSync(new URL('../wasm/simd.wasm', import.meta.url));
    const { exports } = new engine.Instance(new engine.Module(bytes), {
      env: { memory: this.#memory },
    });
    this.#list = exports as unknown as ListExports;
  }

  /** Searches once, with room for `capacity` records. */
  find(atoms: Atoms, reach: number, capacity: number, method: Method = 'automatic'): Found {
    const n = atoms.numbers.length;
    const scratchBytes = this.#list.candidateScratch(n, capacity);
    const [positions, cell, records, behind, scratch, end] = this.#layOut([
      24 * n,
      72,
      RECORD * capacity,
      GUARD_BYTES,
      scratchBytes,
      GUARD_BYTES,
    ]);
    this.#write(positions, atoms.positions);
    this.#write(cell, atoms.cell);
    // The search must not count on zeros.
    new Uint8Array(this.#memory.buffer, records).fill(GUARD);
    const count = this.#list.findCandidates(
      positions,
      n,
      cell,
      pbcBits(atoms),
      reach,
      records,
      capacity,
      scratch,
      METHODS[method],
    );
    const guards = [behind, end].flatMap((at) => [
      ...new Uint8Array(this.#memory.buffer, at, GUARD_BYTES),
    ]);
    const candidates = count <= capacity ? this.#read(records, Math.max(0, count)) : [];
    return { count, candidates, isIntact: guards.every((byte) => byte === GUARD) };
  }

  /** Searches with as much room as it takes. */
  findAll(atoms: Atoms, reach: number, method: Method = 'automatic'): Found {
    const { count } = this.find(atoms, reach, 0, method);
    return this.find(atoms, reach, Math.max(0, count), method);
  }

  /** The s of given candidates in another cell. */
  place(candidates: readonly Candidate[], cell: ArrayLike<number>): Candidate[] {
    const [rows, records] = this.#layOut([72, RECORD * candidates.length]);
    this.#write(rows, cell);
    const view = new DataView(this.#memory.buffer);
    candidates.forEach(({ i, j, n }, index) => {
      const words = [i, j, ...n, 0, NaN, NaN];
      words.forEach((word, k) => {
        view.setInt32(records + RECORD * index + 4 * k, word, true);
      });
    });
    this.#list.placeShifts(records, candidates.length, rows);
    return this.#read(records, candidates.length);
  }

  /** Whether candidates of `reference` still hold for `atoms`; cutoff and skin in Angstrom. */
  holds(atoms: Atoms, reference: Atoms, cutoff: number, skin: number): boolean {
    const n = atoms.numbers.length;
    const sizes = [24 * n, 24 * n, 72, 72, 216];
    const [positions, before, cell, cellBefore, scratch] = this.#layOut(sizes);
    this.#write(positions, atoms.positions);
    this.#write(before, reference.positions);
    this.#write(cell, atoms.cell);
    this.#write(cellBefore, reference.cell);
    const holds = this.#list.candidatesHold(
      positions,
      before,
      n,
      cell,
      cellBefore,
      pbcBits(atoms),
      cutoff,
      skin,
      scratch,
    );
    return holds !== 0;
  }

  /** Addresses of blocks of these sizes, aligned to 8, and memory for them. */
  #layOut(sizes: readonly number[]): number[] {
    const addresses: number[] = [];
    let next = PAGE;
    for (const size of sizes) {
      addresses.push(next);
      next += Math.ceil(size / 8) * 8;
    }
    const missing = Math.ceil((next - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
    return addresses;
  }

  #write(address: number, values: ArrayLike<number>): void {
    new Float64Array(this.#memory.buffer, address, values.length).set(values);
  }

  #read(records: number, count: number): Candidate[] {
    const view = new DataView(this.#memory.buffer);
    return Array.from({ length: count }, (_, index) => {
      const at = records + RECORD * index;
      return {
        i: view.getUint32(at, true),
        j: view.getUint32(at + 4, true),
        n: [8, 12, 16].map((offset) => view.getInt32(at + offset, true)),
        s: [24, 32, 40].map((offset) => view.getFloat64(at + offset, true)),
      };
    });
  }
}

function pbcBits({ pbc }: Atoms): number {
  return pbc.reduce((bits, isPeriodic, k) => bits | (isPeriodic ? 1 << k : 0), 0);
}
