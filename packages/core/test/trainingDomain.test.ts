import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Atoms, createAtoms } from '../src/atoms.ts';
import { checkDomain, DomainChecker } from '../src/checkDomain.ts';
import { DomainBuilder } from '../src/domainBuilder.ts';
import { FileFormatError, InvalidArgumentError } from '../src/errors.ts';
import { neighborList } from '../src/neighborList.ts';
import { decodeDomain, encodeDomain, type TrainingDomain } from '../src/trainingDomain.ts';

const water = (stretch = 1): Atoms =>
  createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [0, 0, 0, 0.96 * stretch, 0, 0, -0.24, 0.93, 0],
  });

/** Copper with one atom in the cell: all neighbours are images of itself. */
const copper = (a = 3.6): Atoms =>
  createAtoms({
    symbols: ['Cu'],
    positions: [0, 0, 0],
    cell: [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
    pbc: true,
  });

const hydrogen = createAtoms({ symbols: ['H'], positions: [0, 0, 0] });

function domainOf(structures: readonly Atoms[], radius = 3): TrainingDomain {
  const builder = new DomainBuilder({ radius });
  for (const atoms of structures) builder.add(atoms);
  return builder.domain();
}

const EXACT = { distance: 0, neighbors: 0 };

describe('DomainBuilder', () => {
  test('sees elements, smallest distances and numbers of neighbours', () => {
    const domain = domainOf([water(), water(1.1), hydrogen]);
    expect(domain).toEqual({
      radius: 3,
      structures: 3,
      elements: ['H', 'O'],
      distances: {
        'H-H': expect.closeTo(Math.hypot(1.2, 0.93), 12),
        'H-O': expect.closeTo(0.96, 12),
      },
      // The atom that is alone has no neighbour, whenever it comes.
      neighbors: { H: { H: [0, 1], O: [0, 1] }, O: { H: [2, 2], O: [0, 0] } },
    });
    expect(domainOf([hydrogen, water(1.1), water()])).toEqual(domain);
  });

  test('counts periodic images', () => {
    const { distances, neighbors } = domainOf([copper()]);
    expect(distances['Cu-Cu']).toBeCloseTo(3.6 / Math.SQRT2, 12);
    expect(neighbors.Cu).toEqual({ Cu: [12, 12] });
  });

  test('refuses a radius that is none', () => {
    expect(() => new DomainBuilder({ radius: 0 })).toThrow(InvalidArgumentError);
  });
});

describe('checkDomain', () => {
  const domain = domainOf([water(), water(1.1)]);

  test('finds nothing in structures that were seen, whatever they are (property)', () => {
    const structure = fc
      .array(
        fc.record({
          symbol: fc.constantFrom('H', 'C', 'Na'),
          position: fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 0, max: 40 }))),
        }),
        { minLength: 1, maxLength: 8 },
      )
      .map((atoms) =>
        createAtoms({
          symbols: atoms.map(({ symbol }) => symbol),
          // No two atoms in one place.
          positions: atoms.map(({ position }, k) => position.map((x) => 0.2 * x + 0.011 * k)),
          cell: [9, 0, 0, 1, 9, 0, 0, 0, 9],
          pbc: true,
        }),
      );
    fc.assert(
      fc.property(fc.array(structure, { minLength: 1, maxLength: 4 }), (structures) => {
        const seen = domainOf(structures, 4);
        for (const atoms of structures) expect(checkDomain(atoms, seen, EXACT)).toEqual([]);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('names an element that was not seen', () => {
    const foreign = createAtoms({ symbols: ['O', 'S'], positions: [0, 0, 0, 5, 0, 0] });
    expect(checkDomain(foreign, domain, { neighbors: 2 })).toEqual([
      {
        kind: 'element',
        atom: 1,
        found: 16,
        expected: 'one of H, O',
        message: 'atom 1 is S, which was not in the training structures',
      },
    ]);
  });

  test('names a distance below all that were seen, once, beyond the margin only', () => {
    expect(checkDomain(water(0.96), domain)).toEqual([]);
    expect(checkDomain(water(0.94), domain)).toEqual([
      expect.objectContaining({
        kind: 'distance',
        atom: 0,
        other: 1,
        expected: 'H-O at 0.960 A and more',
        message: 'atoms 0 (O) and 1 (H) are 0.902 A apart',
      }),
    ]);
    // The hydrogens have come nearer as well.
    expect(checkDomain(water(0.96), domain, EXACT)).toHaveLength(2);
  });

  test('a pair that was never near is outside as soon as it is', () => {
    const pair = (distance: number): Atoms =>
      createAtoms({ symbols: ['O', 'O'], positions: [0, 0, 0, distance, 0, 0] });
    const kinds = (atoms: Atoms): string[] =>
      checkDomain(atoms, domain, { neighbors: 2 }).map(({ kind }) => kind);
    expect(kinds(pair(2.9))).toEqual([]);
    expect(kinds(pair(2.8))).toEqual(['distance']);
  });

  test('names atoms with too many or too few neighbours', () => {
    const lonely = createAtoms({ symbols: ['O', 'H'], positions: [0, 0, 0, 9, 0, 0] });
    expect(checkDomain(lonely, domain).map(({ message }) => message)).toEqual([
      'atom 0 (O) has 0 H within 3 A',
    ]);
    const dense = checkDomain(copper(2), domainOf([copper()]), { distance: 0.99 });
    expect(dense).toHaveLength(1);
    expect(dense[0]).toMatchObject({
      kind: 'neighbors',
      expected: '12 to 12 Cu, and 1 fewer or more',
    });
  });

  test('an image of itself that is too near is named once', () => {
    const near = checkDomain(copper(3), domainOf([copper()]), { neighbors: 100 });
    expect(near.map(({ kind, atom, other }) => [kind, atom, other])).toEqual([['distance', 0, 0]]);
  });

  test('works with a longer list, and stops at a limit', () => {
    const checker = new DomainChecker(domain);
    const list = neighborList(water(), 8);
    expect(checker.check(water(), { list })).toEqual([]);
    const many = createAtoms({ symbols: ['S', 'S', 'S'], positions: [0, 0, 0, 4, 0, 0, 8, 0, 0] });
    expect(checker.check(many)).toHaveLength(3);
    expect(checker.check(many, { limit: 1 })).toHaveLength(1);
  });

  test.each([{ distance: -0.1 }, { distance: 1 }, { neighbors: -1 }, { neighbors: NaN }])(
    'refuses margins %p',
    (margins) => {
      expect(() => checkDomain(water(), domain, margins)).toThrow(InvalidArgumentError);
    },
  );
});

describe('the text of a domain', () => {
  const domain = domainOf([water(), copper(), hydrogen]);

  test('comes back as it was', () => {
    expect(decodeDomain(encodeDomain(domain))).toEqual(domain);
  });

  const changed = (change: Record<string, unknown>): string =>
    JSON.stringify({ ...(JSON.parse(encodeDomain(domain)) as object), ...change });

  test.each([
    ['', 'the text'],
    ['[]', 'the text'],
    [changed({ format: 'other' }), 'format'],
    [changed({ version: 2 }), 'format'],
    [changed({ radius: -1 }), 'radius'],
    [changed({ structures: 1.5 }), 'structures'],
    [changed({ elements: ['H', 'H'] }), 'elements'],
    [changed({ elements: ['Xx'] }), 'elements'],
    [changed({ distances: { 'O-H': 1 } }), 'distances.O-H'],
    [changed({ distances: { 'H-O': '1' } }), 'distances.H-O'],
    [changed({ distances: undefined }), 'distances'],
    [changed({ neighbors: { Fe: {} } }), 'neighbors.Fe'],
    [changed({ neighbors: { H: { Fe: [0, 1] } } }), 'neighbors.H.Fe'],
    [changed({ neighbors: { H: { O: [2, 1] } } }), 'neighbors.H.O'],
    [changed({ neighbors: { H: { O: [1] } } }), 'neighbors.H.O'],
  ])('is refused (%#)', (text, at) => {
    const decode = (): unknown => decodeDomain(text, 'here.json');
    expect(decode).toThrow(FileFormatError);
    expect(decode).toThrow(
      expect.objectContaining({ code: 'domain/format', where: `here.json, ${at}` }),
    );
  });
});
