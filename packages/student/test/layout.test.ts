import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type NeighborList, neighborList, reverseEdges, VerletList } from '@mlffd/core';
import { CHUNK_SLOTS, type EdgeBatch, EdgeBuffers, layoutEdges } from '../src/index.ts';
import { box, water } from './systems.ts';

const systems = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
  pbc: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  rows: fc.constantFrom('dense' as const, 'chunked' as const, 'auto' as const),
  seed: fc.integer({ min: 0, max: 1000 }),
});

/** What is wrong: every edge must be where the batch says, everything else must be a pad. */
function faultsOf(batch: EdgeBatch, lists: readonly NeighborList[]): string[] {
  const { rows, slots, depth, atoms, slotOf } = batch;
  const faults: string[] = [];
  const check = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  const seen = new Set<number>();
  let [edge, atom] = [0, 0];
  lists.forEach((list, structure) => {
    const reverse = reverseEdges(list);
    const first = edge;
    for (let e = 0; e < list.count; e++, edge++) {
      const slot = slotOf[edge];
      check(!seen.has(slot), `slot ${slot} holds two edges`);
      seen.add(slot);
      const row = Math.floor(slot / slots);
      check(Number(batch.owner[row]) === atom + list.centers[e], `centre of edge ${edge}`);
      check(Number(batch.neighbors[slot]) === atom + list.neighbors[e], `neighbour of ${edge}`);
      const back = batch.square ? (slot % slots) * slots + row : Number(batch.reverse[slot]);
      check(back === slotOf[first + reverse[e]], `reverse of ${edge}`);
      for (let k = 0; k < 3; k++) {
        const value = Math.fround(list.vectors[3 * e + k]);
        check(batch.vectors[3 * slot + k] === value, `vector of ${edge}`);
      }
    }
    for (let i = 0; i + 1 < list.offsets.length; i++, atom++) {
      check(Number(batch.structureOf[atom]) === structure, `structure of atom ${atom}`);
    }
  });
  check(seen.size === batch.edges, 'number of edges');
  for (let slot = 0; slot < rows * slots; slot++) {
    if (seen.has(slot)) continue;
    const [x, y, z] = batch.vectors.subarray(3 * slot, 3 * slot + 3);
    check(Math.hypot(x, y, z) > lists[0].cutoff, `pad ${slot} is no pad`);
    check(batch.square || Number(batch.reverse[slot]) === slot, `reverse of pad ${slot}`);
    check(Number(batch.neighbors[slot]) < atoms, `neighbour of pad ${slot}`);
  }
  checkTable(batch, seen, check);
  check(atoms * depth === batch.table.length, 'size of the table');
  return faults;
}

/** Each row with edges is listed once, by its owner. */
function checkTable(
  { atoms, depth, slots, table, owner }: EdgeBatch,
  used: ReadonlySet<number>,
  check: (holds: boolean, what: string) => void,
): void {
  const full = new Set([...used].map((slot) => Math.floor(slot / slots)));
  const listed: number[] = [];
  for (let k = 0; k < atoms * depth; k++) {
    const row = Number(table[k]);
    if (!full.has(row)) continue;
    listed.push(row);
    check(Number(owner[row]) === Math.floor(k / depth), `owner of row ${row}`);
  }
  check(listed.length === full.size && new Set(listed).size === full.size, 'rows in the table');
}

describe('layoutEdges', () => {
  test('holds every edge once and only pads besides', () => {
    fc.assert(
      fc.property(systems, ({ sizes, pbc, rows, seed }) => {
        const lists = sizes.map((size, k) => neighborList(box(size, seed + k, [...pbc]), 4));
        const batch = layoutEdges(lists, { rows });
        expect(batch.structures).toBe(sizes.length);
        expect(faultsOf(batch, lists)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('buffers are reused and what was there before does not matter', () => {
    const buffers = new EdgeBuffers();
    for (const [size, rows] of [
      [60, 'dense'],
      [12, 'chunked'],
      [33, 'dense'],
      [5, 'auto'],
    ] as const) {
      const list = neighborList(box(size, size), 4);
      const batch = layoutEdges(list, { rows, buffers });
      expect(faultsOf(batch, [list])).toEqual([]);
      expect(batch).toEqual(layoutEdges(list, { rows }));
    }
    const small = neighborList(water(), 4);
    const memory = layoutEdges(small, { buffers }).vectors.buffer;
    expect(layoutEdges(small, { buffers }).vectors.buffer).toBe(memory);
  });

  test('takes the longer arrays of a Verlet list', () => {
    const atoms = box(50);
    const verlet = new VerletList({ cutoff: 4, skin: 1 });
    expect(layoutEdges(verlet.update(atoms))).toEqual(layoutEdges(neighborList(atoms, 4)));
  });

  test('auto chooses dense rows for even coordination and chunks for ragged ones', () => {
    expect(layoutEdges(neighborList(box(64), 4)).dense).toBe(true);
    // One crowded cluster beside many atoms on their own.
    const crowded = box(27, 3, false);
    const positions = [...crowded.positions];
    const numbers = [...crowded.numbers];
    for (let k = 0; k < 60; k++) {
      positions.push(100 + 10 * k, 0, 0);
      numbers.push(1);
    }
    const ragged = {
      ...crowded,
      numbers: Int32Array.from(numbers),
      positions: Float64Array.from(positions),
    };
    const batch = layoutEdges(neighborList(ragged, 4));
    expect(batch.dense).toBe(false);
    expect(batch.slots).toBe(CHUNK_SLOTS);
  });

  test('a slot per atom, for one structure whose atoms see one image of each other', () => {
    const square = (): boolean => true;
    const molecule = neighborList(box(14, 2, false), 4);
    const batch = layoutEdges(molecule, { rows: 'dense', square });
    expect(batch).toMatchObject({ square: true, rows: 14, slots: 14 });
    expect(faultsOf(batch, [molecule])).toEqual([]);
    batch.slotOf.forEach((slot, e) => {
      expect(slot % 14).toBe(molecule.neighbors[e]);
    });
    const crystal = neighborList(box(14, 2), 4);
    for (const lists of [[crystal], [molecule, molecule]]) {
      const other = layoutEdges(lists, { rows: 'dense', square });
      expect(other.square).toBe(false);
      expect(faultsOf(other, lists)).toEqual([]);
    }
    expect(layoutEdges(molecule, { rows: 'dense' }).square).toBe(false);
    expect(layoutEdges(molecule, { rows: 'dense', square: () => false }).square).toBe(false);
  });

  test('a structure without edges still has slots', () => {
    const list = neighborList(box(1, 1, false), 4);
    for (const rows of ['dense', 'chunked'] as const) {
      const batch = layoutEdges(list, { rows });
      expect(batch.edges).toBe(0);
      expect(batch.rows * batch.slots).toBeGreaterThan(0);
      expect(faultsOf(batch, [list])).toEqual([]);
    }
  });
});
