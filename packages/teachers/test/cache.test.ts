import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Atoms,
  type Calculator,
  checkCalculator,
  createAtoms,
  FileSystemError,
  InvalidArgumentError,
  type Property,
  PropertyNotAvailableError,
  type Results,
} from '@mlffd/core';
import fc from 'fast-check';
import { CachedCalculator, type CacheEvent } from '../src/cache/cachedCalculator.ts';
import { structureKey } from '../src/cache/structureKey.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { Morse } from '../src/morse/morse.ts';
import { pair } from './fixtures.ts';

const CRYSTAL = createAtoms({
  symbols: ['Na', 'Cl', 'O', 'H'],
  positions: [0.1, -0.1, 0, 2.7, 0.2, 0.1, 0.2, 2.5, 0.1, 2.6, 2.4, 2.2],
  cell: [5.1, 0.2, -0.1, 0.3, 4.9, 0.2, -0.2, 0.1, 4.6],
  pbc: true,
});

let folder = '';
let events: CacheEvent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-cache-'));
  events = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function cached(calculator: Calculator = new Morse(), maxBytes?: number): CachedCalculator {
  return new CachedCalculator(calculator, {
    folder,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    onEvent: (event) => events.push(event),
  });
}

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The answer of a cache whose calculator answers at once. */
function ask(cache: CachedCalculator, atoms: Atoms, properties: readonly Property[]): Results {
  const answer = cache.calculate(atoms, properties);
  if (answer instanceof Promise) throw new Error('a promise where none was needed');
  return answer;
}

/** H2 at distances that differ by structure. */
const dimer = (k: number): Atoms => pair(['H', 'H'], 0.7 + 0.001 * k);

describe('CachedCalculator', () => {
  test('keeps to the contract of calculators', async () => {
    const molecule = createAtoms({
      symbols: ['C', 'O', 'H', 'H'],
      positions: [0, 0, 0, 0.1, 1.25, 0, 0.9, -0.6, 0.1, -0.9, -0.6, -0.1],
    });
    const cache = cached();
    const report = await checkCalculator(cache, { structures: [CRYSTAL, molecule] });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
    expect(cache.hits).toBeGreaterThan(0);
    expect(events).toEqual([]);
  });

  test('gives back what was computed, bit for bit, also to another one', () => {
    const properties = ['energy', 'energies', 'forces', 'stress'] as const;
    const first = cached();
    const expected = new Morse().calculate(CRYSTAL, properties);
    expect(ask(first, CRYSTAL, properties)).toEqual(expected);
    const second = cached();
    const found = ask(second, CRYSTAL, properties);
    // At once, without asking the calculator.
    expect(found).toEqual(expected);
    expect([first.hits, first.misses, second.hits, second.misses]).toEqual([0, 1, 1, 0]);
    expect([second.name, second.fingerprint]).toEqual(['morse', new Morse().fingerprint]);
  });

  test('serves a part of what it has; what is missing is added to it', () => {
    const cache = cached();
    ask(cache, CRYSTAL, ['energy', 'forces']);
    expect(Object.keys(ask(cache, CRYSTAL, ['forces']))).toEqual(['forces']);
    expect(cache.hits).toBe(1);
    expect(ask(cache, CRYSTAL, ['stress'])).toHaveProperty('stress');
    expect(cache.misses).toBe(2);
    ask(cache, CRYSTAL, ['energy', 'forces', 'stress']);
    expect([cache.hits, cache.misses, files().length]).toEqual([2, 2, 1]);
  });

  test('a promise where the calculator makes one, an answer at once where the disk has it', async () => {
    const morse = new Morse();
    const slow: Calculator & { readonly fingerprint: string } = {
      name: morse.name,
      properties: morse.properties,
      fingerprint: morse.fingerprint,
      concurrency: 3,
      ahead: 2,
      calculate: async (atoms, properties) => Promise.resolve(morse.calculate(atoms, properties)),
      dispose: () => undefined,
    };
    const cache = cached(slow);
    expect([cache.concurrency, cache.ahead]).toEqual([3, 2]);
    const computed = cache.calculate(CRYSTAL, ['energy']);
    expect(computed).toBeInstanceOf(Promise);
    expect(cache.calculate(CRYSTAL, ['energy'])).toBeInstanceOf(Promise);
    const { energy } = await computed;
    expect(cache.calculate(CRYSTAL, ['energy'])).toEqual({ energy });
    await cache.dispose();
  });

  test('everything that may decide an answer is part of the key', () => {
    const { fingerprint } = new Morse();
    const key = structureKey(CRYSTAL, fingerprint);
    const { numbers, positions, cell, pbc } = CRYSTAL;
    const others: Atoms[] = [
      { ...CRYSTAL, numbers: numbers.map((z, k) => (k === 3 ? 9 : z)) },
      { ...CRYSTAL, positions: positions.map((x, k) => (k === 11 ? x + 4.5e-16 : x)) },
      { ...CRYSTAL, cell: cell.map((x, k) => (k === 8 ? x + 1e-15 : x)) },
      { ...CRYSTAL, pbc: [true, true, false] },
      { ...CRYSTAL, charge: 0 },
      { ...CRYSTAL, charge: 1 },
      { ...CRYSTAL, spin: 0 },
      { ...CRYSTAL, spin: 1 },
    ];
    const keys = [
      key,
      structureKey(CRYSTAL, 'x'),
      ...others.map((o) => structureKey(o, fingerprint)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    const named = { numbers, positions, cell, pbc, info: { name: 'salt' } };
    expect(structureKey(named, fingerprint)).toBe(key);
  });

  test('every other byte of an entry is noticed, and the answer computed again', () => {
    const cache = cached();
    const expected = ask(cache, CRYSTAL, ['energy', 'forces']);
    const [file] = files();
    const whole = readFileSync(file);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] ^= change;
        writeFileSync(file, damaged);
        events = [];
        expect(ask(cache, CRYSTAL, ['energy', 'forces'])).toEqual(expected);
        expect(events).toMatchObject([{ type: 'corrupt', path: file }]);
        expect(readFileSync(file)).toEqual(whole);
      }),
      { seed: 1, numRuns: 25 },
    );
    for (const length of [0, 40, whole.length - 1]) {
      truncateSync(file, length);
      events = [];
      expect(ask(cache, CRYSTAL, ['energy', 'forces'])).toEqual(expected);
      expect(events).toMatchObject([{ type: 'corrupt', error: { code: 'cache/corrupt' } }]);
    }
    expect(cache.hits).toBe(0);
  });

  test('an entry under the name of another is not its answer', () => {
    const cache = cached();
    ask(cache, dimer(0), ['energy']);
    const [file] = files();
    const key = structureKey(dimer(1), cache.fingerprint);
    const other = join(folder, key.slice(0, 2), key);
    mkdirSync(join(folder, key.slice(0, 2)), { recursive: true });
    writeFileSync(other, readFileSync(file));
    const found = ask(cache, dimer(1), ['energy']);
    expect(found).toEqual(new Morse().calculate(dimer(1), ['energy']));
    expect(events).toMatchObject([{ type: 'corrupt', path: other }]);
  });

  test('whatever the disk does, the answer comes', () => {
    const cache = cached();
    const key = structureKey(CRYSTAL, cache.fingerprint);
    // A file where a folder is needed, as after a disk that was repaired.
    writeFileSync(join(folder, key.slice(0, 2)), '');
    const expected = new Morse().calculate(CRYSTAL, ['energy']);
    expect(ask(cache, CRYSTAL, ['energy'])).toEqual(expected);
    expect(events.map(({ type }) => type)).toEqual(['read-failed', 'write-failed']);
    rmSync(folder, { recursive: true });
    expect(ask(cache, CRYSTAL, ['energy'])).toEqual(expected);
    expect(existsSync(join(folder, key.slice(0, 2), key))).toBe(true);
  });

  test('errors and answers that are not finite are not kept', () => {
    const cache = cached();
    expect(() => ask(cache, dimer(0), ['stress'])).toThrow(PropertyNotAvailableError);
    // Two atoms at one place.
    const broken = ask(cache, pair(['H', 'H'], 0), ['energy', 'forces']);
    expect(broken.forces!.some((force) => Number.isNaN(force))).toBe(true);
    expect(files()).toEqual([]);
  });

  test('needs a fingerprint, a size and a folder', () => {
    const nameless: Calculator = {
      name: 'nameless',
      properties: ['energy'],
      calculate: () => ({ energy: 0 }),
      dispose: () => undefined,
    };
    expect(() => cached(nameless)).toThrow(InvalidArgumentError);
    expect(() => cached(new Morse(), 0)).toThrow(InvalidArgumentError);
    const given = new CachedCalculator(nameless, { folder, fingerprint: 'mine' });
    expect(given.fingerprint).toBe('mine');
    writeFileSync(join(folder, 'file'), '');
    expect(() => new CachedCalculator(new Morse(), { folder: join(folder, 'file') })).toThrow(
      FileSystemError,
    );
  });
});

describe('the size of the folder', () => {
  test('the answers that were used least recently make room', () => {
    const size = ENTRY;
    const filling = cached(new Morse());
    for (let k = 0; k < 10; k++) {
      ask(filling, dimer(k), ['energy']);
      // Used in the order in which they were made, some time ago.
      const key = structureKey(dimer(k), filling.fingerprint);
      const when = new Date(2020, 0, 1 + k);
      utimesSync(join(folder, key.slice(0, 2), key), when, when);
    }
    const cache = cached(new Morse(), 10 * size);
    // Used again, so that the oldest is now the youngest.
    ask(cache, dimer(0), ['energy']);
    ask(cache, dimer(10), ['energy']);
    expect(events).toEqual([{ type: 'removed', entries: 2 }]);
    const held = Array.from({ length: 11 }, (_, k) => k).filter((k) => {
      const key = structureKey(dimer(k), cache.fingerprint);
      return existsSync(join(folder, key.slice(0, 2), key));
    });
    expect(held).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('stays below the limit, and what killed processes left goes', () => {
    const cache = cached(new Morse(), 20 * ENTRY);
    ask(cache, dimer(0), ['energy']);
    const [file] = files();
    const name = file.slice(file.lastIndexOf('/') + 1);
    const [old, fresh, foreign] = ['old', 'fresh', 'foreign'].map((what) =>
      join(file, '..', what === 'foreign' ? 'notes.txt' : `.${name}.${what}.tmp`),
    );
    for (const path of [old, fresh, foreign]) writeFileSync(path, 'x');
    for (const path of [old, foreign]) utimesSync(path, new Date(2020, 0), new Date(2020, 0));
    for (let k = 0; k < 100; k++) {
      ask(cache, dimer(k), ['energy']);
      const total = files()
        .filter((path) => /[0-9a-f]{64}$/.test(path))
        .reduce((sum, path) => sum + statSync(path).size, 0);
      expect(total).toBeLessThanOrEqual(20 * ENTRY);
    }
    expect([old, fresh, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(events.length).toBeGreaterThan(10);
  });

  test('processes share a folder, are killed, and no answer is ever wrong', async () => {
    const outcomes = await Promise.all([
      runChild(0, 90),
      runChild(30, 120),
      runChild(0, 100_000, true),
    ]);
    expect(outcomes).toEqual(['0 corrupt', '0 corrupt', 'killed']);
    const cache = cached(LJ());
    for (let k = 0; k < 120; k++) {
      expect(ask(cache, dimer(k), ['energy', 'forces'])).toEqual(
        LJ().calculate(dimer(k), ['energy', 'forces']),
      );
    }
    expect(events).toEqual([]);
    expect(cache.hits).toBeGreaterThan(0);
  });
});

/** Head, one energy, checksum. */
const ENTRY = 48 + 8 + 32;

const LJ = (): LennardJones => new LennardJones({ epsilon: 0.01, sigma: 0.7 });

/** Another process at work in the same folder; it compares every answer with the calculator's own. */
async function runChild(from: number, to: number, isKilled = false): Promise<string> {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  const script = `
    import { deepStrictEqual } from 'node:assert';
    import { createAtoms } from '@mlffd/core';
    import { CachedCalculator } from '${dist}cache/cachedCalculator.js';
    import { LennardJones } from '${dist}lennardJones/lennardJones.js';
    const make = () => new LennardJones({ epsilon: 0.01, sigma: 0.7 });
    let corrupt = 0;
    const cache = new CachedCalculator(make(), {
      folder: process.argv[1],
      maxBytes: 60 * 136,
      onEvent: ({ type }) => { if (type !== 'removed') corrupt++; },
    });
    for (let k = ${from}; k < ${to}; k++) {
      const atoms = createAtoms({
        symbols: ['H', 'H'],
        positions: [0, 0, 0, 0.7 + 0.001 * (k % 150), 0, 0],
      });
      const own = make().calculate(atoms, ['energy', 'forces']);
      deepStrictEqual(cache.calculate(atoms, ['energy', 'forces']), own);
      if (${isKilled} && k === 200) process.stdout.write('at work');
    }
    process.stdout.write(corrupt + ' corrupt');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (isKilled) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const signal = await new Promise((resolve) => {
    child.on('close', (_, how) => {
      resolve(how);
    });
  });
  return signal === 'SIGKILL' ? 'killed' : output;
}
