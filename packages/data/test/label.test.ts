import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  FileFormatError,
  InvalidArgumentError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Calculator, Results } from '@mlffd/core';
import { testOnSmallDisk } from '@mlffd/test-support/smallDisk';
import {
  compactShards,
  Dataset,
  FolderBusyError,
  FolderMismatchError,
  InvalidStructureError,
  LabelNoGoError,
  labelStructures,
  readLabelFolder,
} from '../src/index.ts';
import type { LabelEvent, LabelOptions, Structure, StructureUnit } from '../src/index.ts';
import { JournalWriter } from '../src/label/journal.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);
let count = 0;
const newFolder = () => join(folder, `labels-${count++}`);

const structures = makeStructures(25);
const properties = ['energy', 'forces'] as const;
const label = (options: Partial<LabelOptions> & { folder: string }) =>
  labelStructures({ structures, calculator: new PairPotential(), shardSize: 10, ...options });

/** A calculator that answers as `answer` says. */
const calculatorOf = (
  answer: (call: number, n: number) => Results | Promise<Results>,
): Calculator => {
  let call = 0;
  return {
    name: 'scripted',
    properties: ['energy', 'forces', 'stress'],
    calculate: (atoms) => answer(call++, atoms.positions.length),
    dispose: () => undefined,
  };
};

const good = (n: number): Results => ({ energy: 1, forces: new Float64Array(n) });

describe('labelling', () => {
  test('gives every structure the labels of the calculator', async () => {
    const target = newFolder();
    const summary = await label({
      folder: target,
      seed: 3,
      generator: 'made up',
      fingerprint: 'f',
    });
    expect(summary).toMatchObject({
      labelled: 25,
      failed: [],
      successRate: 1,
      shards: 3,
      computed: 25,
    });
    const store = await compactShards(target, join(target, 'all.h5'));
    const dataset = await Dataset.open(store.path);
    dataset.verify();
    expect(dataset.provenance).toEqual({
      teacher: 'pair-1',
      fingerprint: 'f',
      generator: 'made up',
      seed: 3,
    });
    const calculator = new PairPotential();
    for (const [k, { atoms, meta }] of structures.entries()) {
      const { energy, forces } = calculator.calculate(atoms, properties);
      const labelled = dataset.get(k);
      expect(labelled).toEqual({
        atoms,
        meta,
        energy,
        forces: Float64Array.from(Float32Array.from(forces!)),
      });
    }
    dataset.close();
  });

  test('a second run finds all done; a shard alone is a dataset too', async () => {
    const target = newFolder();
    await label({ folder: target });
    const calculator = new PairPotential();
    const summary = await label({ folder: target, calculator });
    expect(calculator.calls).toBe(0);
    expect(summary).toMatchObject({ labelled: 25, computed: 0, skipped: 25 });
    const shard = await Dataset.open(readLabelFolder(target).shards[2]);
    expect(shard.metas.map(({ id }) => id)).toEqual(['s20', 's21', 's22', 's23', 's24']);
    shard.close();
  });

  test('the hash does not depend on sharding, concurrency, or stress that was not asked for', async () => {
    const hashes = new Set<string>();
    for (const options of [
      { shardSize: 3 },
      { shardSize: 100, concurrency: 4 },
      { shardSeconds: 0 },
    ]) {
      const target = newFolder();
      const inner = new PairPotential();
      const calculator: Calculator = {
        name: inner.name,
        properties: inner.properties,
        dispose: () => undefined,
        // Later ones finish first.
        calculate: async (atoms, asked) => {
          await sleep(Math.max(0, 20 - atoms.numbers.length * 2));
          return { ...inner.calculate(atoms, asked), stress: new Float64Array(6) };
        },
      };
      await label({ folder: target, calculator, ...options });
      hashes.add((await compactShards(target, `${target}.h5`)).hash);
    }
    expect(hashes.size).toBe(1);
  });

  test('takes structures from a stream, and knows another stream by its end', async () => {
    const target = newFolder();
    async function* stream(list: readonly Structure[]): AsyncGenerator<Structure> {
      for (const structure of list) {
        await sleep(0);
        yield structure;
      }
    }
    await label({ folder: target, structures: stream(structures) });
    expect(await label({ folder: target, structures: stream(structures) })).toMatchObject({
      skipped: 25,
    });
    const shorter = label({ folder: target, structures: stream(structures.slice(1)) });
    await expect(shorter).rejects.toThrow(FolderMismatchError);
    const others = stream(makeStructures(25, 99));
    await expect(label({ folder: target, structures: others })).rejects.toThrow(
      FolderMismatchError,
    );
    expect(readLabelFolder(target).labelled).toBe(25);
  });

  test('tells rate and time left, and failures as they happen', async () => {
    const events: LabelEvent[] = [];
    await label({ folder: newFolder(), onEvent: (event) => events.push(event) });
    expect(events[0]).toEqual({ type: 'start', done: 0, total: 25 });
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.at(-1)).toMatchObject({ done: 25, failed: 0, total: 25, secondsLeft: 0 });
    expect(progress[0].perHour).toBeGreaterThan(0);
    expect(events.filter((event) => event.type === 'commit')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'end', summary: { labelled: 25 } });
  });
});

describe('failures', () => {
  const failing: [string, (n: number) => Results | Promise<Results>][] = [
    ['data/non-finite', (n) => ({ ...good(n), energy: NaN })],
    ['data/non-finite', (n) => ({ ...good(n), forces: new Float64Array(n).fill(Infinity, 1, 2) })],
    ['data/wrong-length', (n) => ({ ...good(n), forces: new Float64Array(n + 3) })],
    ['data/missing-property', () => ({ energy: 1 })],
    [
      'RangeError',
      () => {
        throw new RangeError('too far');
      },
    ],
    ['RangeError', () => Promise.reject(new RangeError('too far'))],
    [
      'TypeError',
      () => {
        throw new TypeError('not a class of ours');
      },
    ],
  ];
  test.each(failing)('%s is recorded and stops nothing', async (code, answer) => {
    const target = newFolder();
    const calculator = calculatorOf((call, n) => (call === 4 ? answer(n) : good(n)));
    const events: LabelEvent[] = [];
    const summary = await label({
      folder: target,
      calculator,
      onEvent: (event) => events.push(event),
    });
    expect(summary.labelled).toBe(24);
    expect(summary.failed).toMatchObject([{ id: 's4', code }]);
    expect(events).toContainEqual({ type: 'failure', ...summary.failed[0] });
    expect(readLabelFolder(target).failed).toMatchObject([{ id: 's4', code }]);
    // It is not tried again.
    expect(await label({ folder: target, calculator })).toMatchObject({ computed: 0, skipped: 25 });
  });

  test('an id that no file can hold, and info that JSON cannot', async () => {
    const [first, second, ...rest] = structures;
    const bad = [
      { ...first, meta: { ...first.meta, id: 'a ' } },
      { ...second, atoms: { ...second.atoms, info: { x: NaN } } },
      ...rest,
    ];
    const summary = await label({ folder: newFolder(), structures: bad, minSuccess: 0 });
    expect(summary.failed.map(({ code }) => code)).toEqual([
      'data/bad-name',
      'json/not-serializable',
    ]);
  });

  test('too many are a NO-GO, at the end, with all that worked kept', async () => {
    const target = newFolder();
    const calculator = calculatorOf((call, n) => (call % 10 === 0 ? { energy: NaN } : good(n)));
    const error: unknown = await label({ folder: target, calculator }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(LabelNoGoError);
    expect((error as LabelNoGoError).summary).toMatchObject({ labelled: 22, successRate: 0.88 });
    expect(readLabelFolder(target).labelled).toBe(22);
    // Known by the journal alone, the verdict is the same.
    await expect(label({ folder: target, calculator })).rejects.toThrow(LabelNoGoError);
    await expect(label({ folder: target, calculator, minSuccess: 0.8 })).resolves.toBeDefined();
  });

  test('all of them leave no shard', async () => {
    const target = newFolder();
    const calculator = calculatorOf(() => ({}));
    const summary = await label({ folder: target, calculator, minSuccess: 0 });
    expect(summary).toMatchObject({ labelled: 0, successRate: 0, shards: 0 });
    expect((await compactShards(target, `${target}.h5`)).structures).toBe(0);
  });
});

describe('labels that come along', () => {
  const known = structures.map((structure) => ({
    ...structure,
    known: {
      teacher: 'pair-1',
      results: { ...good(structure.atoms.positions.length), energy: -7 },
    },
  }));

  test('are taken from the same teacher', async () => {
    const target = newFolder();
    const calculator = new PairPotential();
    const summary = await label({ folder: target, structures: known, calculator });
    expect(summary).toMatchObject({ labelled: 25, reused: 25, computed: 0 });
    expect(calculator.calls).toBe(0);
    const shard = await Dataset.open(readLabelFolder(target).shards[0]);
    expect(shard.energy(0)).toBe(-7);
    shard.close();
  });

  test('are not taken from another teacher, nor when one is missing, nor when they are broken', async () => {
    const calculator = new PairPotential('pair-2');
    await label({ folder: newFolder(), structures: known, calculator });
    expect(calculator.calls).toBe(25);
    const periodic = known.filter(({ atoms }) => atoms.pbc[0]);
    const stress = new PairPotential();
    await label({
      folder: newFolder(),
      structures: periodic,
      calculator: stress,
      properties: ['energy', 'forces', 'stress'],
    });
    expect(stress.calls).toBe(periodic.length);
    const broken = known.map((entry) => ({
      ...entry,
      known: { teacher: 'pair-1', results: { ...entry.known.results, energy: NaN } },
    }));
    const failed = label({ folder: newFolder(), structures: broken, minSuccess: 0 });
    await expect(failed).resolves.toMatchObject({ labelled: 0 });
  });
});

describe('units', () => {
  const makeUnits = (made: string[]): StructureUnit[] =>
    [0, 1, 2].map((u) => ({
      unit: `u${u}`,
      make: () => {
        made.push(`u${u}`);
        if (u === 1) throw new RangeError('exploded');
        return structures.slice(8 * u, 8 * u + 8);
      },
    }));

  test('are made once, each a shard of its own; one that cannot be made is a failure', async () => {
    const target = newFolder();
    const made: string[] = [];
    const first = await label({ folder: target, structures: makeUnits(made), minSuccess: 0.9 });
    expect(first).toMatchObject({ labelled: 16, shards: 2 });
    expect(first.failed).toEqual([
      { id: 'u1', code: 'RangeError', message: 'exploded', attempts: 1 },
    ]);
    const second = await label({ folder: target, structures: makeUnits(made), minSuccess: 0.9 });
    expect(second).toMatchObject({ labelled: 16, computed: 0 });
    expect(made).toEqual(['u0', 'u1', 'u2']);
  });

  test('stopped half way are made again as a whole', async () => {
    const target = newFolder();
    const stop = new AbortController();
    const calculator = calculatorOf((call, n) => {
      if (call === 10) stop.abort();
      return good(n);
    });
    const made: string[] = [];
    const options = { folder: target, calculator, minSuccess: 0.9 };
    const run = label({ ...options, structures: makeUnits(made), signal: stop.signal });
    await expect(run).rejects.toThrow(AbortedError);
    expect(readLabelFolder(target).labelled).toBe(8);
    expect(await label({ ...options, structures: makeUnits(made) })).toMatchObject({
      labelled: 16,
    });
    expect(made).toEqual(['u0', 'u1', 'u2', 'u2']);
  });

  test('may not share structures, and may not go missing', async () => {
    const twice = ['a', 'b'].map((unit) => ({ unit, make: () => structures.slice(0, 2) }));
    await expect(label({ folder: newFolder(), structures: twice })).rejects.toThrow(
      InvalidStructureError,
    );
    const target = newFolder();
    const one = (unit: string, from: number) =>
      [{ unit, make: () => structures.slice(from, from + 2) }].values();
    await label({ folder: target, structures: one('a', 0) });
    await expect(label({ folder: target, structures: one('b', 2) })).rejects.toThrow(
      FolderMismatchError,
    );
  });
});

describe('stopping', () => {
  test('finishes what is computed, writes it, and goes on later to the same end', async () => {
    const target = newFolder();
    const stop = new AbortController();
    let calls = 0;
    const slow: Calculator = {
      name: 'pair-1',
      properties,
      dispose: () => undefined,
      calculate: async (atoms, asked) => {
        const call = ++calls;
        await sleep(1);
        if (call === 13) stop.abort();
        return new PairPotential().calculate(atoms, asked);
      },
    };
    const run = label({ folder: target, calculator: slow, concurrency: 3, signal: stop.signal });
    await expect(run).rejects.toThrow(AbortedError);
    const { labelled } = readLabelFolder(target);
    expect(labelled).toBe(calls);
    const summary = await label({ folder: target });
    expect(summary).toMatchObject({ labelled: 25, computed: 25 - labelled });
    const calm = newFolder();
    await label({ folder: calm });
    const [a, b] = [
      await compactShards(target, `${target}.h5`),
      await compactShards(calm, `${calm}.h5`),
    ];
    expect(a.hash).toBe(b.hash);
  });

  test('reaches a run that never leaves the thread', async () => {
    const stop = new AbortController();
    const calculator = calculatorOf((_call, n) => {
      const end = performance.now() + 10;
      while (performance.now() < end);
      return good(n);
    });
    setTimeout(() => {
      stop.abort();
    }, 30);
    const run = label({ folder: newFolder(), calculator, signal: stop.signal });
    await expect(run).rejects.toThrow(AbortedError);
  });

  test('by the source of structures keeps what was done before', async () => {
    const target = newFolder();
    function* broken(): Generator<Structure> {
      yield* structures.slice(0, 7);
      throw new RangeError('the source is broken');
    }
    await expect(label({ folder: target, structures: broken() })).rejects.toThrow(
      'source is broken',
    );
    expect(readLabelFolder(target).labelled).toBe(7);
  });
});

describe('a folder is of one thing', () => {
  const other: [string, Partial<LabelOptions>][] = [
    ['teacher', { calculator: new PairPotential('pair-2') }],
    ['teacher fingerprint', { fingerprint: 'x' }],
    ['properties', { properties: ['energy'] }],
    ['structures', { structures: makeStructures(24) }],
    ['seed', { seed: 5 }],
    ['generator', { generator: 'x' }],
  ];
  test.each(other)('another %s is refused', async (what, options) => {
    const target = newFolder();
    await label({ folder: target });
    const error: unknown = await label({ folder: target, ...options }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(FolderMismatchError);
    expect((error as Error).message).toContain(`another ${what}`);
    // And the folder is free again.
    await expect(label({ folder: target })).resolves.toMatchObject({ skipped: 25 });
  });

  test('two runs at once are refused', async () => {
    const target = newFolder();
    const calculator = calculatorOf(async (_call, n) => {
      await sleep(2);
      return good(n);
    });
    const first = label({ folder: target, calculator });
    await expect(label({ folder: target, calculator })).rejects.toThrow(FolderBusyError);
    await expect(first).resolves.toMatchObject({ labelled: 25 });
    expect(existsSync(join(target, 'lock.json'))).toBe(false);
  });

  test('an id twice is refused', async () => {
    const run = label({ folder: newFolder(), structures: [...structures, structures[3]] });
    await expect(run).rejects.toThrow(InvalidStructureError);
  });

  test('folders of different teachers are not compacted into one file', async () => {
    const [a, b] = [newFolder(), newFolder()];
    await label({ folder: a, structures: structures.slice(0, 10) });
    await label({ folder: b, structures: structures.slice(10) });
    expect((await compactShards([a, b], `${a}.h5`)).structures).toBe(25);
    const c = newFolder();
    await label({ folder: c, calculator: new PairPotential('pair-2') });
    await expect(compactShards([a, c], `${c}.h5`)).rejects.toThrow(FolderMismatchError);
    await expect(compactShards([a, a], `${c}.h5`)).rejects.toThrow(InvalidStructureError);
    await expect(compactShards([], `${c}.h5`)).rejects.toThrow(InvalidArgumentError);
    const stop = AbortSignal.abort();
    await expect(compactShards(a, `${c}.h5`, { signal: stop })).rejects.toThrow(AbortedError);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('options out of range are refused', async () => {
    const bad: Partial<LabelOptions>[] = [
      { shardSize: 0 },
      { concurrency: 1.5 },
      { minSuccess: 2 },
      { properties: [] },
    ];
    for (const options of bad) {
      await expect(label({ folder: newFolder(), ...options })).rejects.toThrow(
        InvalidArgumentError,
      );
    }
    const calculator: Calculator = {
      ...calculatorOf((_call, n) => good(n)),
      properties: ['energy'],
    };
    await expect(label({ folder: newFolder(), calculator })).rejects.toThrow(
      PropertyNotAvailableError,
    );
  });
});

describe('a damaged folder is noticed', () => {
  test('no labels, a bad manifest, a bad line, a shard that was cut', async () => {
    const target = newFolder();
    expect(() => readLabelFolder(target)).toThrow(FileFormatError);
    await label({ folder: target });
    const journal = join(target, 'journal.jsonl');
    const lines = readFileSync(journal, 'utf8');
    writeFileSync(journal, lines.replace('"batch":1', '"batch":7'));
    expect(() => readLabelFolder(target)).toThrow(
      expect.objectContaining({ where: `${journal}, line 2` }),
    );
    writeFileSync(journal, lines.replace('{"batch":1', '{batch:1'));
    await expect(label({ folder: target })).rejects.toMatchObject({ code: 'data/bad-journal' });
    writeFileSync(journal, lines);
    const [shard] = readLabelFolder(target).shards;
    writeFileSync(shard, readFileSync(shard).subarray(0, 999));
    await expect(label({ folder: target })).rejects.toMatchObject({ code: 'data/bad-shard' });
    writeFileSync(join(target, 'manifest.json'), '{"version":2}');
    await expect(label({ folder: target })).rejects.toMatchObject({ code: 'data/bad-manifest' });
  });
});

describe('a disk that refuses', () => {
  test('a folder below a file', async () => {
    writeFileSync(join(folder, 'plain'), '');
    await expect(label({ folder: join(folder, 'plain', 'labels') })).rejects.toMatchObject({
      name: 'FileSystemError',
      code: 'fs/not-a-directory',
    });
  });

  test('a folder that vanishes: the batch does not count, and is labelled again', async () => {
    const target = newFolder();
    const calculator = calculatorOf((_call, n) => good(n));
    const onEvent = (event: LabelEvent) => {
      if (event.type === 'commit') renameSync(target, `${target}-away`);
    };
    await expect(label({ folder: target, calculator, onEvent })).rejects.toMatchObject({
      name: 'FileSystemError',
    });
    rmSync(target, { recursive: true, force: true });
    renameSync(`${target}-away`, target);
    // This process still lives, and could not take its lock away.
    rmSync(join(target, 'lock.json'));
    expect(await label({ folder: target, calculator })).toMatchObject({
      labelled: 25,
      skipped: 10,
      computed: 15,
    });
  });

  test('a full disk under the journal: the entry does not count', () => {
    // Every write to this device fails with "no space left".
    const journal = new JournalWriter('/dev/full', 0);
    const entry = { batch: 0, labelled: [], failed: [] };
    expect(() => {
      journal.append(entry);
    }).toThrow(expect.objectContaining({ code: 'fs/disk-full' }));
    journal.close();
  });

  testOnSmallDisk(
    'a full disk under the shards: finished shards stay, and the run goes on when there is room',
    '256k',
    async (disk) => {
      const target = join(disk.folder, 'labels');
      const many = makeStructures(200);
      const run = () => label({ folder: target, structures: many });
      await expect(run()).rejects.toMatchObject({ name: 'FileSystemError', code: 'fs/disk-full' });
      const { labelled } = readLabelFolder(target);
      expect(labelled).toBeGreaterThan(0);
      await expect(run()).rejects.toMatchObject({ code: 'fs/disk-full' });
      disk.resize('16m');
      const summary = await run();
      expect(summary.labelled).toBe(200);
      expect(summary.skipped).toBeGreaterThanOrEqual(labelled);
      const calm = newFolder();
      await label({ folder: calm, structures: many });
      const hash = (await compactShards(calm, `${calm}.h5`)).hash;
      expect((await compactShards(target, `${target}.h5`)).hash).toBe(hash);
    },
  );
});
