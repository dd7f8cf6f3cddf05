import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError } from '@mlffd/core';
import fc from 'fast-check';
import { writeDataset } from '../src/store/atomicStore.ts';
import { Dataset } from '../src/store/dataset.ts';
import { structureChecksum } from '../src/store/checksum.ts';
import type { StoreForm } from '../src/store/storeFormat.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const RUNS = 40;
const structures = makeLabelled(40);

describe.each<StoreForm>(['plain', 'small'])('a damaged store of the form %s', (form) => {
  const path = join(folder, `${form}.h5`);
  // The library may hold a file open that it could not read, and knows it by its inode.
  let count = 0;
  let bytes: Uint8Array | undefined;
  let content: unknown;

  async function original(): Promise<Uint8Array> {
    if (bytes === undefined) {
      await writeDataset(path, structures, { teacher: 't', form });
      bytes = readFileSync(path);
      content = await read(path);
    }
    return bytes;
  }

  async function read(file: string): Promise<unknown> {
    const dataset = await Dataset.open(file);
    try {
      const all = [...dataset];
      dataset.verify();
      return all;
    } finally {
      dataset.close();
    }
  }

  /** Either an error of the right kind, or what was written. */
  async function expectNoticed(damaged: Uint8Array): Promise<void> {
    const file = join(folder, `${form}-${count++}.h5`);
    writeFileSync(file, damaged);
    const found: unknown = await read(file).catch((error: unknown) => error);
    if (Array.isArray(found)) expect(found).toEqual(content);
    else expect(found).toBeInstanceOf(FileFormatError);
  }

  test('gives its content or an error, wherever bytes changed', async () => {
    const good = await original();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: good.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 16 }),
        async (at, change) => {
          const damaged = Uint8Array.from(good);
          for (const [k, x] of change.entries()) {
            if (at + k < damaged.length) damaged[at + k] ^= x;
          }
          await expectNoticed(damaged);
        },
      ),
      { seed: 1, numRuns: RUNS },
    );
    expect(await read(path)).toEqual(content);
  });

  test('gives an error, wherever it was cut off', async () => {
    const good = await original();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: good.length - 1 }), async (length) => {
        const file = join(folder, `${form}-${count++}.h5`);
        writeFileSync(file, good.subarray(0, length));
        await expect(read(file)).rejects.toThrow(FileFormatError);
      }),
      { seed: 1, numRuns: RUNS },
    );
    expect(await read(path)).toEqual(content);
  });
});

test('one changed force is noticed without reading the rest', async () => {
  const file = join(folder, 'plain.h5');
  const bytes = readFileSync(file);
  // CRC-32 of the structures are stored bare; one of them changes.
  const dataset = await Dataset.open(file);
  dataset.close();
  const checksums = checksumsOf(bytes);
  expect(checksums).toBeGreaterThan(0);
  bytes[checksums] ^= 1;
  const damaged = join(folder, 'checksum.h5');
  writeFileSync(damaged, bytes);
  const changed = await Dataset.open(damaged);
  expect(() => changed.get(0)).toThrow(
    expect.objectContaining({ code: 'data/checksum-mismatch', where: expect.any(String) }),
  );
  changed.close();
});

/** Where the checksum of the first structure is in a file. */
function checksumsOf(bytes: Buffer): number {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(structureChecksum(structures[0].atoms.positions, structures[0].forces));
  return bytes.indexOf(crc);
}
