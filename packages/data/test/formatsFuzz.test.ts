import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FileFormatError, validateAtoms } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import fc from 'fast-check';
import { readAseDb } from '../src/formats/aseDb.ts';
import { readCif } from '../src/formats/cif.ts';
import { readMd17Npz } from '../src/formats/md17.ts';
import { readPdb } from '../src/formats/pdb.ts';
import { readPoscar } from '../src/formats/poscar.ts';

const folder = join(import.meta.dirname, 'fixtures', 'formats');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
const readers: Record<string, (text: string) => Frame[]> = {
  'ase.vasp': (text) => [readPoscar(text, 'FILE')],
  POSCAR_three: (text) => [readPoscar(text, 'FILE')],
  CONTCAR_md: (text) => [readPoscar(text, 'FILE')],
  'rocksalt.cif': (text) => readCif(text, 'FILE'),
  'quartz.cif': (text) => readCif(text, 'FILE'),
  'p1.cif': (text) => readCif(text, 'FILE'),
  'models.pdb': (text) => readPdb(text, 'FILE'),
  'alanine.pdb': (text) => readPdb(text, 'FILE'),
};
const files = Object.keys(readers).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
  read: readers[name],
}));

/** What a reader makes of damaged content: frames, or its typed error and nothing else. */
function outcome(read: () => Frame[]): Frame[] | undefined {
  try {
    return read();
  } catch (error) {
    expectTyped(error);
    return undefined;
  }
}

function expectTyped(error: unknown): void {
  if (!(error instanceof FileFormatError)) throw error;
  expect(error.where).toMatch(/^FILE/);
  for (const part of [error.expected, error.found, error.hint]) expect(part).toMatch(/./);
}

/** What counts: not the title, nor the name of a block. */
function meaning(frames: readonly Frame[]): unknown {
  return frames.map(({ atoms, results, arrays }) => ({
    atoms: { ...atoms, info: undefined },
    results,
    arrays,
  }));
}

function expectValid(frames: readonly Frame[]): void {
  for (const { atoms, results } of frames) {
    validateAtoms(atoms);
    const numbers = [results.energy ?? 0, ...(results.forces ?? []), ...(results.stress ?? [])];
    expect(numbers.every((x) => Number.isFinite(x))).toBe(true);
  }
}

/** Line k of a text changed by an edit. */
function editLine(text: string, at: number, edit: (line: string) => readonly string[]): string {
  const lines = text.split('\n');
  const k = Math.min(lines.length - 1, Math.floor(at * lines.length));
  lines.splice(k, 1, ...edit(lines[k]));
  return lines.join('\n');
}

/** Word k of a text changed by an edit; blanks stay. */
function editWord(text: string, at: number, edit: (word: string) => string): string {
  const parts = text.split(/(\s+)/);
  const k = 2 * Math.floor((at * parts.length) / 2);
  parts[k] = edit(parts[k] ?? '');
  return parts.join('');
}

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const junk = fc.constantFrom('@@', 'nan', 'inf', '1.2.3', '0x10', '--1', '1e999', "it's");

describe('damage that shows: the same meaning or a typed error', () => {
  const cases = files.map((file) => [file.name, file] as const);

  test.each(cases)('%s: a word lost or replaced by junk', (name, { text, read }) => {
    const meant = meaning(read(text));
    const change = fc.oneof(
      junk.map((word) => () => word),
      junk.map((word) => (old: string) => `${old} ${word}`),
      ...(name.endsWith('.pdb') ? [] : [fc.constant(() => '')]),
    );
    fc.assert(
      fc.property(place, change, (at, edit) => {
        const frames = outcome(() => read(editWord(text, at, edit)));
        // A name of an atom or residue is a word as well, and so is a lost record name.
        if (frames !== undefined) expect(meaning(frames)).toEqual(meant);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test.each(cases.filter(([name]) => !name.endsWith('.pdb')))(
    '%s: a line twice',
    (_, { text, read }) => {
      const meant = meaning(read(text));
      fc.assert(
        fc.property(place, (at) => {
          const frames = outcome(() => read(editLine(text, at, (line) => [line, line])));
          if (frames !== undefined) expect(meaning(frames)).toEqual(meant);
        }),
        { numRuns: 40, seed: 1 },
      );
    },
  );

  test.each(cases.filter(([name]) => /^(ase\.vasp|POSCAR|CONTCAR)/.test(name)))(
    '%s: a line lost, or the end',
    (_, { text, read }) => {
      const meant = meaning(read(text));
      fc.assert(
        fc.property(place, fc.boolean(), (at, truncate) => {
          const lines = text.split('\n');
          const k = Math.floor(at * lines.length);
          const left = truncate ? lines.slice(0, k) : lines.toSpliced(k, 1);
          const frames = outcome(() => read(left.join('\n')));
          if (frames !== undefined) expect(meaning(frames)).toEqual(meant);
        }),
      );
    },
  );

  test('a symmetry operation lost', () => {
    for (const { name, text, read } of files) {
      for (const match of name === 'quartz.cif' ? text.matchAll(/^'.*'\n/gm) : []) {
        expect(outcome(() => read(text.replace(match[0], '')))).toBeUndefined();
      }
    }
  });

  test.each(cases.filter(([name]) => name.endsWith('.pdb')))(
    '%s: a row shifted by one column',
    (_, { text, read }) => {
      const meant = meaning(read(text));
      fc.assert(
        fc.property(place, place, fc.boolean(), (at, column, insert) => {
          const damaged = editLine(text, at, (line) => {
            const k = Math.floor(column * line.length);
            return [line.slice(0, k) + (insert ? ' ' : '') + line.slice(insert ? k : k + 1)];
          });
          const frames = outcome(() => read(damaged));
          if (frames !== undefined) expect(meaning(frames)).toEqual(meant);
        }),
        { numRuns: 300, seed: 1 },
      );
    },
  );

  test.each(['md17.npz', 'rmd17.npz'])('%s: bytes changed or lost', (name) => {
    const bytes = bytesOf(name);
    const read = (content: Uint8Array): Frame[] =>
      readMd17Npz(content, 'FILE', { units: 'kcal/mol' });
    const meant = meaning(read(bytes));
    fc.assert(
      fc.property(place, fc.integer({ min: 0, max: 255 }), fc.boolean(), (at, byte, cut) => {
        const k = Math.floor(at * bytes.length);
        const damaged = cut ? bytes.slice(0, k) : bytes.slice();
        if (!cut) damaged[k] = byte;
        const frames = outcome(() => read(damaged));
        if (frames !== undefined) expect(meaning(frames)).toEqual(meant);
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});

describe('any damage: a valid structure or a typed error', () => {
  test.each(files.map((file) => [file.name, file] as const))('%s', (_, { text, read }) => {
    const edit = fc.record({
      at: place,
      lost: fc.nat(40),
      put: fc.string({
        unit: fc.constantFrom(...Array.from('0123456789.-+eE;\'"#_ \t\n\rxyz(),/?NaC\0é')),
        maxLength: 6,
      }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let damaged = text;
        for (const { at, lost, put } of edits) {
          const k = Math.floor(at * damaged.length);
          damaged = damaged.slice(0, k) + put + damaged.slice(k + lost);
        }
        const frames = outcome(() => read(damaged));
        if (frames !== undefined) expectValid(frames);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test('ase.db', async () => {
    const bytes = bytesOf('ase.db');
    const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 30 }),
        fc.option(place),
        async (changes, cut) => {
          const damaged = bytes.slice(
            0,
            cut === null ? bytes.length : Math.floor(cut * bytes.length),
          );
          for (const [at, byte] of changes) damaged[Math.floor(at * damaged.length)] = byte;
          try {
            expectValid(await readAseDb(damaged, { where: 'FILE' }));
          } catch (error) {
            expectTyped(error);
          }
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
});
