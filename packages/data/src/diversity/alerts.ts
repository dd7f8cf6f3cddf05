import { duplicateShare, wantedElements } from './coverage.ts';
import type { DiversityAlert } from './diversityReport.ts';
import { counted, percent } from './facts.ts';
import type { DiversityFacts } from './facts.ts';
import { ENOUGH } from './goals.ts';
import type { CompleteGoals } from './goals.ts';

/** Elements in fewer structures than this, or this share of them, are rare. */
const RARE = 10;
const RARE_SHARE = 0.005;
/** A group with more of the structures decides alone. */
const DOMINANT = 0.5;
/** Copies that deserve a look, and that spoil a dataset. */
const COPIES = 0.05;
const MANY_COPIES = 0.2;
/** Referenced energies this far from the median are from broken structures, eV/atom. */
const FAR_ENERGY = 2;
/** Beyond this a force is that of a collision, eV/Angstrom. */
const LARGE_FORCE = 50;
/** Atoms nearer than this part of their covalent radii are inside each other. */
const CLOSE = 0.6;
/** Two elements are a pair of note with this many neighbours. */
const SHOWN = 5;

type Severity = DiversityAlert['severity'];
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** Everything about a dataset that deserves a look, errors first. */
export function alertsOf(facts: DiversityFacts, goals: CompleteGoals): DiversityAlert[] {
  const found = [
    ...labelAlerts(facts),
    ...elementAlerts(facts, goals),
    ...originAlerts(facts),
    ...valueAlerts(facts),
    ...geometryAlerts(facts, goals),
  ];
  return found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function alert(
  when: boolean,
  [severity, code]: readonly [Severity, string],
  make: () => { readonly message: string; readonly numbers: Readonly<Record<string, number>> },
): DiversityAlert[] {
  return when ? [{ code, severity, ...make() }] : [];
}

function labelAlerts(facts: DiversityFacts): DiversityAlert[] {
  const { labelled, attempted, audit } = facts;
  const share = labelled.complete / attempted;
  return [
    ...alert(share < ENOUGH, ['error', 'unlabelled'], () => ({
      message: `${percent(share)} of ${attempted} structures have energy and forces; ${percent(ENOUGH)} are needed`,
      numbers: { labelled: labelled.complete, attempted },
    })),
    ...alert(audit.errors > 0, ['error', 'audit'], () => ({
      message: `the audit found ${counted(audit.errors, 'error')}; see its findings`,
      numbers: { errors: audit.errors },
    })),
    ...alert(facts.energies?.determined === false, ['info', 'open-references'], () => ({
      message:
        'the compositions leave reference energies of the elements open; differences of energies between compositions are not affected',
      numbers: { formulas: facts.compositions.formulas },
    })),
  ];
}

function elementAlerts(facts: DiversityFacts, goals: CompleteGoals): DiversityAlert[] {
  const wanted = wantedElements(facts, goals);
  const least = Math.max(RARE, RARE_SHARE * facts.structures);
  const missing = wanted.filter(({ structures }) => structures === 0);
  const rare = wanted.filter(({ structures }) => structures > 0 && structures < least);
  const names = (list: typeof wanted): string =>
    list.map(({ symbol, structures }) => `${symbol} (${structures})`).join(', ');
  return [
    ...alert(missing.length > 0, ['error', 'missing-element'], () => ({
      message: `wanted elements that do not occur: ${missing.map(({ symbol }) => symbol).join(', ')}`,
      numbers: { elements: missing.length },
    })),
    ...alert(rare.length > 0, ['warning', 'rare-element'], () => ({
      message: `elements in fewer than ${Math.ceil(least)} structures: ${names(rare)}`,
      numbers: { elements: rare.length, least: Math.ceil(least) },
    })),
  ];
}

function originAlerts(facts: DiversityFacts): DiversityAlert[] {
  const { groups, structures } = facts;
  const dominant = groups.largest.structures / structures;
  const copies = duplicateShare(facts);
  return [
    ...alert(groups.count < 3, ['error', 'few-groups'], () => ({
      message: `${counted(groups.count, 'group')} of common ancestry cannot be split into training, validation and test`,
      numbers: { groups: groups.count },
    })),
    ...alert(groups.count >= 3 && dominant > DOMINANT, ['warning', 'dominant-group'], () => ({
      message: `${percent(dominant)} of the structures share one ancestor, ${groups.largest.name}`,
      numbers: { structures: groups.largest.structures },
    })),
    ...alert(copies > COPIES, [copies > MANY_COPIES ? 'error' : 'warning', 'copies'], () => ({
      message: `${percent(copies)} of the structures repeat, or nearly repeat, another one`,
      numbers: {
        exact: facts.distinctness.duplicates,
        nearInSample: facts.distinctness.nearDuplicates,
      },
    })),
    ...alert(facts.temperatures.distribution === null, ['info', 'no-temperatures'], () => ({
      message: 'no structure is known to be from dynamics at a temperature',
      numbers: {},
    })),
  ];
}

function valueAlerts({ energies, forces }: DiversityFacts): DiversityAlert[] {
  const energy = energies?.distribution;
  const far =
    energy === undefined ? 0 : Math.max(energy.max - energy.median, energy.median - energy.min);
  const largest = forces?.distribution.max ?? 0;
  return [
    ...alert(far > FAR_ENERGY, ['warning', 'far-energy'], () => ({
      message: `an energy is ${far.toPrecision(3)} eV/atom from the median, less reference energies`,
      numbers: { distance: far },
    })),
    ...alert(largest > LARGE_FORCE, ['warning', 'large-force'], () => ({
      message: `the largest force is ${largest.toPrecision(3)} eV/Å`,
      numbers: { force: largest },
    })),
  ];
}

function geometryAlerts(facts: DiversityFacts, goals: CompleteGoals): DiversityAlert[] {
  const close = facts.pairs.filter(({ min, covalent }) => min < CLOSE * covalent);
  const outside = facts.structures - facts.sizes.inGoal;
  const kinds = Object.entries(facts.kinds).filter(([, count]) => count > 0);
  return [
    ...alert(close.length > 0, ['warning', 'close-contact'], () => ({
      message: `atoms nearer than ${CLOSE} times the sum of their covalent radii: ${close
        .slice(0, SHOWN)
        .map(({ pair, min }) => `${pair} ${min.toFixed(2)} Å`)
        .join(', ')}`,
      numbers: { pairs: close.length },
    })),
    ...alert(outside > facts.structures / 2, ['info', 'sizes-outside'], () => ({
      message: `${percent(outside / facts.structures)} of the structures have fewer than ${goals.sizes[0]} or more than ${goals.sizes[1]} atoms`,
      numbers: { structures: outside },
    })),
    ...alert(kinds.length === 1, ['info', 'one-kind'], () => ({
      message: `all structures are of one kind: ${kinds[0][0]}`,
      numbers: {},
    })),
  ];
}
