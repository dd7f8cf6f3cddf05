import { numberOf, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { RandomSource } from '../perturb.ts';
import { invalidOption, requireCount } from './invalidOption.ts';

/** How many sites are changed: give either. */
export interface SiteChoice extends RandomSource {
  /** Part of the sites, 0 to 1, rounded to the next whole number of sites. */
  readonly fraction?: number;
  readonly count?: number;
}

/** Options of `vacancies`. */
export interface VacancyOptions extends SiteChoice {
  /** Take atoms of these elements only; default all. */
  readonly elements?: readonly string[];
}

/**
 * The structure without some of its atoms, which are drawn at random without repetition. The others
 * keep their order, and charge and spin are kept as given.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a choice that cannot be made, or that
 * leaves no atom
 */
export function vacancies(atoms: Atoms, options: VacancyOptions): Atoms {
  const sites = sitesOf(atoms, options.elements);
  const chosen = new Set(draw(sites, options, 'vacancies'));
  if (chosen.size === atoms.numbers.length) {
    throw invalidOption('count', 'no atom would be left', {
      expected: `fewer than ${atoms.numbers.length} vacancies`,
      found: String(chosen.size),
    });
  }
  const kept = Array.from(atoms.numbers.keys()).filter((k) => !chosen.has(k));
  const positions = Float64Array.from(
    kept.flatMap((k) => Array.from(atoms.positions.subarray(3 * k, 3 * k + 3))),
  );
  const numbers = Int32Array.from(kept, (k) => atoms.numbers[k]);
  return { ...atoms, numbers, positions };
}

/** Options of `substitute`. */
export interface SubstituteOptions extends SiteChoice {
  /** Element whose sites are drawn from. */
  readonly from: string;
  /** Element that is put there. */
  readonly to: string;
}

/**
 * The structure with some atoms of one element replaced by another, drawn at random without
 * repetition. Positions, order, charge and spin are kept; relax or rattle it if sizes differ.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a choice that cannot be made
 * @throws InvalidAtomsError for an unknown element
 */
export function substitute(atoms: Atoms, options: SubstituteOptions): Atoms {
  const to = numberOf(options.to);
  const numbers = atoms.numbers.slice();
  for (const k of draw(sitesOf(atoms, [options.from]), options, 'substitute')) numbers[k] = to;
  return { ...atoms, numbers };
}

function sitesOf(atoms: Atoms, elements: readonly string[] | undefined): number[] {
  const all = Array.from(atoms.numbers.keys());
  if (elements === undefined) return all;
  const wanted = new Set(elements.map((symbol) => numberOf(symbol)));
  const sites = all.filter((k) => wanted.has(atoms.numbers[k]));
  if (sites.length > 0) return sites;
  throw invalidOption('elements', `the structure has no ${elements.join(', ')}`, {
    expected: 'an element of the structure',
    found: elements.join(', '),
  });
}

/** Some of the sites; a larger count with the same seed draws the same ones and more. */
function draw(sites: number[], choice: SiteChoice, name: string): number[] {
  const { fraction, seed, stream = 0 } = choice;
  const count = siteCount(sites.length, choice);
  if (count <= sites.length) return new Rng(seed, name, stream).shuffle(sites).slice(0, count);
  throw invalidOption(
    fraction === undefined ? 'count' : 'fraction',
    'there are not that many sites',
    {
      expected: `at most ${sites.length} sites`,
      found: String(count),
    },
  );
}

function siteCount(sites: number, { fraction, count }: SiteChoice): number {
  if ((fraction === undefined) === (count === undefined)) {
    throw invalidOption('fraction', 'give either fraction or count', {
      expected: 'one of fraction and count',
      found: fraction === undefined ? 'neither' : 'both',
    });
  }
  if (count !== undefined) {
    requireCount('count', count, 0);
    return count;
  }
  const part = fraction ?? NaN;
  if (part >= 0 && part <= 1) return Math.round(part * sites);
  throw invalidOption('fraction', 'fraction is out of range', {
    expected: 'a number from 0 to 1',
    found: String(part),
  });
}
