import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createAtoms,
  type Frame,
  frameVelocities,
  type InfoValue,
  readExtxyz,
  symbols,
  writeExtxyz,
} from '../src/index.ts';
import { structures } from './support/structures.ts';

/** A frame of one hydrogen atom with this comment line. */
function withComment(comment: string): Frame {
  return readExtxyz(`1\n${comment}\nH 1 2 3\n`)[0];
}

function infoOf(comment: string): unknown {
  return withComment(comment).atoms.info;
}

/** Written by ASE 3.29.0 (`ase.io.write`). */
const ASE_FILE = `2
Lattice="5.0 0.0 0.0 1.0 6.0 0.0 0.0 0.5 7.0" Properties=species:S:1:pos:R:3:momenta:R:3:forces:R:3 config_type="rock salt" n=3 flag=T vec="1.5 2.5" d="_JSON {\\"a\\": 1}" label=12 energy=-3.25 stress="1.0 6.0 5.0 6.0 2.0 4.0 5.0 4.0 3.0" pbc="T T F"
Na       0.00000000       0.00000000       0.00000000       1.00000000       2.00000000       3.00000000       0.50000000       0.00000000      -0.25000000
Cl       2.50000000       0.25000000      -1.00000000      -1.00000000      -2.00000000      -3.00000000      -0.50000000       0.00000000       0.25000000
`;

describe('a file of ASE', () => {
  const [frame] = readExtxyz(ASE_FILE);

  test('gives structure, labels, info and columns', () => {
    expect(symbols(frame.atoms)).toEqual(['Na', 'Cl']);
    expect(Array.from(frame.atoms.positions)).toEqual([0, 0, 0, 2.5, 0.25, -1]);
    expect(Array.from(frame.atoms.cell)).toEqual([5, 0, 0, 1, 6, 0, 0, 0.5, 7]);
    expect(frame.atoms.pbc).toEqual([true, true, false]);
    expect(frame.atoms.info).toEqual({
      config_type: 'rock salt',
      n: 3,
      flag: true,
      vec: [1.5, 2.5],
      d: '_JSON {"a": 1}',
      label: 12,
    });
    expect(frame.results).toEqual({
      energy: -3.25,
      forces: Float64Array.of(0.5, 0, -0.25, -0.5, 0, 0.25),
      stress: Float64Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(Object.keys(frame.arrays)).toEqual(['momenta']);
  });

  test('gives velocities in Angstrom/fs', () => {
    // 0.04349761 (ASE's get_velocities) times fs = 0.09822694788464063.
    expect(frameVelocities(frame)?.[0]).toBeCloseTo(0.04349761 * 0.09822694788464063, 9);
    expect(frameVelocities(withComment(''))).toBeUndefined();
    const text = '1\nProperties=species:S:1:pos:R:3:velo:R:3\nH 0 0 0 0.1 0.2 0.3\n';
    expect(frameVelocities(readExtxyz(text)[0])).toEqual(Float64Array.of(0.1, 0.2, 0.3));
  });
});

describe('comment lines', () => {
  test.each<[string, unknown]>([
    ['', undefined],
    ['   ', undefined],
    ['a free comment', { comment: 'a free comment' }],
    ['a=1', { a: 1 }],
    ['a = 1', { a: 1 }],
    ['a=1 flag', { a: 1, flag: true }],
    ['a=007', { a: 7 }],
    ['a=1.0D+03', { a: 1000 }],
    ['a=-.5 b=5. c=+2e-3', { a: -0.5, b: 5, c: 0.002 }],
    ['a=nan b=-inf c=Infinity', { a: NaN, b: -Infinity, c: Infinity }],
    ['a=T b=F c=true d=False e=TRUE', { a: true, b: false, c: true, d: false, e: true }],
    ['a=t b=f', { a: 't', b: 'f' }],
    ['a="1 2 3"', { a: [1, 2, 3] }],
    ['a="1"', { a: 1 }],
    ['a=" 1.5 "', { a: 1.5 }],
    ['a="T F"', { a: [true, false] }],
    ['a="two words"', { a: 'two words' }],
    ["a='it is'", { a: 'it is' }],
    ['a={1 2}', { a: [1, 2] }],
    ['a=[1, 2]', { a: [1, 2] }],
    ['a=[1]', { a: [1] }],
    ['a=[[1, 2], [3, 4]]', { a: [1, 2, 3, 4] }],
    ['a=["x y", "z]"]', { a: ['x y', 'z]'] }],
    ['a=[T, F]', { a: [true, false] }],
    ['a=b=c', { a: 'b=c' }],
    ['a="say \\"hi\\""', { a: 'say "hi"' }],
    ['a="two\\nlines" b="back\\\\slash"', { a: 'two\nlines', b: 'back\\slash' }],
    ['"a key"=1', { 'a key': 1 }],
    ['uid=0012', { uid: '0012' }],
    ['a="_JSON [1]" b="_JSON {}" c="_JSON {"', { a: [1], b: '_JSON {}', c: '_JSON {' }],
    ['a=1 a=2', { a: 2 }],
    ['a=""', { a: '' }],
    ['temperature=0x10', { temperature: '0x10' }],
  ])('%j', (comment, expected) => {
    expect(infoOf(comment)).toEqual(expected);
  });

  test.each<[string, boolean[]]>([
    ['', [false, false, false]],
    ['Lattice="4 0 0 0 4 0 0 0 4"', [true, true, true]],
    ['Lattice="4 0 0 0 4 0 0 0 4" pbc="T F T"', [true, false, true]],
    ['Lattice="4 0 0 0 4 0 0 0 4" pbc=[T, T, F]', [true, true, false]],
    ['Lattice="4 0 0 0 4 0 0 0 4" pbc="1 0 0"', [true, false, false]],
  ])('periodicity of %j', (comment, pbc) => {
    expect(withComment(comment).atoms.pbc).toEqual(pbc);
  });

  test('Lattice lists the vectors one after the other, in every notation', () => {
    const rows = [4, 0, 0, 1, 5, 0, 0, 2, 6];
    expect(Array.from(withComment(`Lattice="${rows.join(' ')}"`).atoms.cell)).toEqual(rows);
    const nested = 'Lattice=[[4, 0, 0], [1, 5, 0], [0, 2, 6]]';
    expect(Array.from(withComment(nested).atoms.cell)).toEqual(rows);
    const diagonal = withComment('Lattice=[4, 5, 6]').atoms.cell;
    expect(Array.from(diagonal)).toEqual([4, 0, 0, 0, 5, 0, 0, 0, 6]);
  });

  test('stress and virial become the stress', () => {
    const cell = 'Lattice="2 0 0 0 2 0 0 0 2"';
    const nine = '"1 2 3 4 5 6 7 8 9"';
    // Off-diagonal halves are averaged, as ASE does with an asymmetric stress.
    expect(withComment(`${cell} stress=${nine}`).results.stress).toEqual(
      Float64Array.of(1, 5, 9, 7, 5, 3),
    );
    expect(withComment(`${cell} stress="1 2 3 4 5 6"`).results.stress).toEqual(
      Float64Array.of(1, 2, 3, 4, 5, 6),
    );
    expect(withComment(`${cell} virial=${nine}`).results.stress).toEqual(
      Float64Array.of(1, 5, 9, 7, 5, 3).map((w) => -w / 8),
    );
    const both = withComment(`${cell} stress=${nine} virial=${nine}`);
    expect(both.results.stress?.[0]).toBe(1);
    expect(both.atoms.info).toEqual({ virial: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    // No volume, no stress.
    const open = withComment(`virial=${nine}`);
    expect(open.results).toEqual({});
    expect(open.atoms.info).toHaveProperty('virial');
  });

  test('charge and spin become fields where they can be', () => {
    expect(withComment('charge=-1 spin=2').atoms).toMatchObject({ charge: -1, spin: 2 });
    expect(withComment('charge="1 2" spin=-0.5').atoms.info).toEqual({
      charge: [1, 2],
      spin: -0.5,
    });
  });
});

describe('tables', () => {
  test('plain XYZ, CRLF, padding, tabs, no final line break, byte order mark', () => {
    const frames = readExtxyz('\ufeff 2 \r\n\r\n  H\t0 0 0  \r\nhe 1e0 -2 +.5\r\n1\nx\nCL 0 0 0');
    expect(frames.map(({ atoms }) => symbols(atoms))).toEqual([['H', 'He'], ['Cl']]);
    expect(Array.from(frames[0].atoms.positions)).toEqual([0, 0, 0, 1, -2, 0.5]);
  });

  test('blank lines at the end are no frame', () => {
    expect(readExtxyz('1\n\nH 0 0 0\n\n  \n')).toHaveLength(1);
  });

  test('every type of column', () => {
    const text =
      '2\nProperties=Z:I:1:pos:R:3:id:I:1:tag:S:2:fixed:L:1:force:R:3:energies:R:1 energy=1\n' +
      '1 0 0 0 12345678901 a b T 1 2 3 0.25\n8 1 1 1 -7 c d F 4 5 6 0.75\n';
    const [{ atoms, results, arrays }] = readExtxyz(text);
    expect(symbols(atoms)).toEqual(['H', 'O']);
    expect(results).toEqual({
      energy: 1,
      forces: Float64Array.of(1, 2, 3, 4, 5, 6),
      energies: Float64Array.of(0.25, 0.75),
    });
    expect(arrays).toEqual({
      id: { kind: 'integer', columns: 1, values: Float64Array.of(12345678901, -7) },
      tag: { kind: 'string', columns: 2, values: ['a', 'b', 'c', 'd'] },
      fixed: { kind: 'logical', columns: 1, values: [true, false] },
    });
  });

  test('numbers are read to the last bit, however they are written', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (x) => {
        const forms = [String(x), x.toExponential(), x.toPrecision(17), x.toPrecision(9)];
        for (const form of forms) {
          const text = `1\nProperties=species:S:1:pos:R:3:v:R:1\nH 0 0 0 ${form}\n`;
          const { v } = readExtxyz(text)[0].arrays;
          expect(v.values[0]).toBe(Number(form));
        }
      }),
      { numRuns: 300 },
    );
    const d = readExtxyz('1\n\nH 1.5D+01 2d0 -1.0E-2\n')[0].atoms.positions;
    expect(Array.from(d)).toEqual([15, 2, -0.01]);
  });
});

describe('writing', () => {
  const infoValue: fc.Arbitrary<InfoValue> = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(fc.string()),
    fc.array(fc.boolean()),
    fc.constantFrom('12', 'T', '1 2', '_JSON 5', '_JSON {', 'a=b', ' x ', '[1]', 'two\nlines', 'ä'),
  );
  const key = fc.string({ minLength: 1 }).filter((k) => {
    const taken = ['Lattice', 'pbc', 'Properties', 'energy', 'stress', 'virial', 'charge', 'spin'];
    return !/[\r\n]/.test(k) && !taken.includes(k) && k !== 'uid' && k !== '__proto__';
  });
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });

  test('keeps the sign of a lonely zero', () => {
    const [written] = readExtxyz('1\nkey=2\nH 0 0 0\n');
    const frame = { ...written, atoms: { ...written.atoms, info: { ' ': [-0], list: [0, -0] } } };
    expect(readExtxyz(writeExtxyz([frame]))[0].atoms.info).toEqual(frame.atoms.info);
  });

  test('and reading back gives the same frames, bit for bit', () => {
    const frames = fc
      .record({
        atoms: structures({ maxAtoms: 4, spread: 100 }),
        info: fc.dictionary(key, infoValue, { maxKeys: 4 }),
        energy: number,
        values: fc.array(number, { minLength: 12, maxLength: 12 }),
        charge: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
        labels: fc.boolean(),
      })
      .map(({ atoms, info, energy, values, charge, labels }): Frame => {
        const n = atoms.numbers.length;
        const periodic = atoms.pbc.includes(true);
        return {
          atoms: {
            ...atoms,
            ...(charge === undefined ? {} : { charge, spin: 1 }),
            ...(Object.keys(info).length === 0 ? {} : { info: { ...info } }),
          },
          results: labels
            ? {
                energy,
                forces: Float64Array.from({ length: 3 * n }, (_, k) => values[k]),
                energies: Float64Array.from({ length: n }, (_, k) => values[k]),
                ...(periodic ? { stress: Float64Array.from(values.slice(0, 6)) } : {}),
              }
            : {},
          arrays: labels
            ? {
                velo: { kind: 'real', columns: 3, values: new Float64Array(3 * n).fill(energy) },
                move: { kind: 'logical', columns: 1, values: new Array<boolean>(n).fill(labels) },
                name: { kind: 'string', columns: 1, values: new Array<string>(n).fill('C_α"') },
                id: { kind: 'integer', columns: 1, values: new Float64Array(n).fill(-2) },
              }
            : {},
        };
      });
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 3 }), (written) => {
        expect(readExtxyz(writeExtxyz(written))).toEqual(written);
      }),
      { numRuns: 100 },
    );
  });

  test('uses what ASE reads: 9-number stress, T and F, quotes, _JSON', () => {
    const atoms = createAtoms({
      symbols: ['H'],
      positions: [0.1, -0, 1e-7],
      cell: [3, 3, 3],
      pbc: true,
      info: { name: 'a b', flag: true, one: [1], digits: '12' },
    });
    const results = { energy: -1.5, stress: Float64Array.of(1, 2, 3, 4, 5, 6) };
    expect(writeExtxyz([{ atoms, results }])).toBe(
      '1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3 pbc="T T T" energy=-1.5 ' +
        'stress="1 6 5 6 2 4 5 4 3" name="a b" flag=T one="_JSON [1]" digits="_JSON \\"12\\""\n' +
        'H 0.1 -0 1e-7\n',
    );
  });

  const atoms = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 1, 0, 0] });
  test.each<[string, Partial<Frame>]>([
    ['extxyz/reserved-name', { atoms: { ...atoms, info: { energy: 1 } } }],
    ['extxyz/reserved-name', { atoms: { ...atoms, info: { spin: 1 } } }],
    ['extxyz/reserved-name', { atoms: { ...atoms, info: { 'a\nb': 1 } } }],
    [
      'extxyz/reserved-name',
      { arrays: { pos: { kind: 'logical', columns: 1, values: [true, true] } } },
    ],
    [
      'extxyz/reserved-name',
      { arrays: { 'a:b': { kind: 'logical', columns: 1, values: [true, true] } } },
    ],
    ['extxyz/wrong-length', { arrays: { a: { kind: 'logical', columns: 1, values: [true] } } }],
    ['extxyz/wrong-length', { results: { forces: new Float64Array(3) } }],
    ['extxyz/wrong-length', { results: { stress: new Float64Array(9) } }],
    [
      'extxyz/not-writable',
      { arrays: { a: { kind: 'string', columns: 1, values: ['a b', 'c'] } } },
    ],
    [
      'extxyz/not-writable',
      { arrays: { a: { kind: 'integer', columns: 1, values: Float64Array.of(0.5, 1) } } },
    ],
    ['extxyz/not-writable', { atoms: { ...atoms, info: { a: [NaN] } } }],
    ['atoms/length-mismatch', { atoms: { ...atoms, positions: new Float64Array(3) } }],
  ])('refuses with %s what would not read back', (code, frame) => {
    expect(() => writeExtxyz([{ atoms, ...frame }])).toThrow(expect.objectContaining({ code }));
  });
});
