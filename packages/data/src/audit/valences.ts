import { COVALENT_RADII } from '@mlffd/core';
import type { NeighborList } from '@mlffd/core';

/** Elements of organic molecules: H B C N O F Si P S Cl Se Br I. */
const ORGANIC: ReadonlySet<number> = new Set([1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53]);
/** How fast bonds shorten with their order, Angstrom (Brown and Altermatt 1985). */
const SOFTNESS = 0.37;
/** A bond is at most this much longer than a single one, Angstrom. */
const STRETCH = 0.3;
/** Bonds beyond which an atom has no room for hydrogen, stretched as they may be. */
const MOST_BONDS: Readonly<Record<number, number>> = { 6: 3, 7: 2, 8: 1 };
/**
 * Sum of bond orders below which a neighbour is missing. Without H, carbon of benzene has 2.8,
 * nitrogen of an amide 1.4 and oxygen of an alcohol 1.0; with all neighbours, nitrogen of a nitrile
 * has 2.3, oxygen of a carboxylate 1.6, of molecular oxygen 1.35.
 */
const FULL: Readonly<Record<number, number>> = { 6: 3.15, 7: 1.6, 8: 1.15 };
/** Part of the C, N, O atoms that must be deficient for a structure to look bare. */
const BARE = 0.25;

/** What the valences say of a structure. */
export type ValenceVerdict = 'inorganic' | 'complete' | 'bare';

/**
 * Whether a structure lost its hydrogens, by geometry alone.
 *
 * The order of a bond of length d is exp((d1 - d) / 0.37 Angstrom), d1 being the sum of the covalent
 * radii; atoms whose orders add up to far less than their valence miss neighbours. Single atoms,
 * pairs, and elements outside organic chemistry are not judged.
 */
export function judgeValences(numbers: Int32Array, list: NeighborList): ValenceVerdict {
  const isOrganic =
    numbers.length > 2 &&
    numbers.every((z) => ORGANIC.has(z)) &&
    (numbers.includes(6) || numbers.includes(8));
  if (!isOrganic) return 'inorganic';
  if (numbers.includes(1)) return 'complete';
  let judged = 0;
  let deficient = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (!(numbers[i] in FULL)) continue;
    judged++;
    if (isDeficient(i, numbers, list)) deficient++;
  }
  return deficient >= BARE * judged ? 'bare' : 'complete';
}

function isDeficient(i: number, numbers: Int32Array, list: NeighborList): boolean {
  let valence = 0;
  let bonds = 0;
  for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
    const single = COVALENT_RADII[numbers[i]] + COVALENT_RADII[numbers[list.neighbors[e]]];
    const d = list.distances[e];
    if (d > single + STRETCH) continue;
    valence += Math.exp((single - d) / SOFTNESS);
    bonds++;
  }
  return valence < FULL[numbers[i]] && bonds <= MOST_BONDS[numbers[i]];
}
