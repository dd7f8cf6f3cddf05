// Writes apps/cli/assets/recipes/relatives.smi: molecules for each surrounding of an atom that few
// molecules of `organic` and `derivatives` have, so that no functional group stands alone in a set.
//   node tooling/molecules/relatives.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BRIDGES, CARBON_GROUPS, GROUPS, RINGS } from './pieces.mjs';
import { surroundings } from './surroundings.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { Rng } = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')).href);
const recipes = join(root, 'apps', 'cli', 'assets', 'recipes');

const chemistry = createRequire(join(root, 'packages', 'data', 'package.json'));
const { Molecule } = await import(pathToFileURL(chemistry.resolve('openchemlib')).href);

const COUNT = 1000;
/** Draws from each piece that others are put on. */
const DRAWS = 60;
const MAX_ATOMS = 32;
/** What a rare surrounding is worth: one with neighbours, one with their neighbours too. */
const WORTH = [1, 0.5];
/** Molecules with a surrounding at which it counts for a third. */
const ENOUGH = [6, 2];

const linesOf = (name) =>
  readFileSync(join(recipes, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

function read(smiles) {
  try {
    const molecule = Molecule.fromSmiles(smiles);
    return { smiles, id: molecule.getIDCode(), sets: surroundings(molecule) };
  } catch {
    return undefined;
  }
}

/** A piece with its places filled: `{c}` by what begins with carbon, `{x}` by anything. */
function fill(piece, rng) {
  const pick = (list) => list[rng.integer(list.length)];
  const groupFor = (kind) => {
    if (rng.uniform() < 0.3) return '';
    return `(${pick(kind === 'c' || rng.uniform() < 0.5 ? CARBON_GROUPS : GROUPS)})`;
  };
  return piece
    .replace(/n(\d?)\{c\}/g, (_, closure) => {
      const group = groupFor('c');
      return group === '' ? `[nH]${closure}` : `n${closure}${group}`;
    })
    .replace(/\{([cx])\}/g, (_, kind) => groupFor(kind));
}

const rng = new Rng(1, 'relatives');
const counts = [new Map(), new Map()];
const add = ({ sets }, isNew = false) => {
  sets.forEach((set, k) => {
    for (const key of set) {
      const count = counts[k].get(key) ?? (isNew ? 0 : undefined);
      if (count !== undefined) counts[k].set(key, count + 1);
    }
  });
};
const known = new Set();
for (const smiles of ['organic.smi', 'derivatives.smi'].flatMap(linesOf)) {
  const molecule = read(smiles);
  known.add(molecule.id);
  add(molecule, true);
}

const sizeOf = (smiles) => {
  const molecule = Molecule.fromSmiles(smiles);
  molecule.addImplicitHydrogens();
  return molecule.getAllAtoms();
};
const candidates = [];
for (const piece of [...BRIDGES, ...RINGS]) {
  for (let draw = 0; draw < DRAWS; draw++) {
    const smiles = fill(piece, rng);
    const molecule = read(smiles);
    if (molecule === undefined || known.has(molecule.id)) continue;
    known.add(molecule.id);
    // Nothing that would stand alone itself.
    if ([...molecule.sets[0]].some((key) => !counts[0].has(key))) continue;
    const atoms = sizeOf(smiles);
    if (atoms >= 4 && atoms <= MAX_ATOMS) candidates.push({ ...molecule, atoms, bound: Infinity });
  }
}

/**
 * What a molecule adds to rare surroundings, by the square root of its size: small ones say the same
 * with less labour.
 */
function worth({ sets, atoms }) {
  const gains = sets.map((set, k) => {
    let gain = 0;
    for (const key of set) {
      const count = counts[k].get(key);
      if (count !== undefined) gain += WORTH[k] * Math.exp(-count / ENOUGH[k]);
    }
    return gain;
  });
  return (gains[0] + gains[1]) / Math.sqrt(atoms);
}

const chosen = [];
while (chosen.length < COUNT && candidates.length > 0) {
  let best = 0;
  let most = -Infinity;
  candidates.forEach((candidate, k) => {
    // What a molecule adds only falls as others are taken.
    if (candidate.bound <= most) return;
    candidate.bound = worth(candidate);
    if (candidate.bound > most) [best, most] = [k, candidate.bound];
  });
  const [molecule] = candidates.splice(best, 1);
  chosen.push(molecule.smiles);
  add(molecule);
}

writeFileSync(
  join(recipes, 'relatives.smi'),
  [
    `# ${chosen.length} molecules of H C N O F S Cl with up to ${MAX_ATOMS} atoms, none of them in organic.smi or`,
    '# derivatives.smi: each functional group with several neighbours, the rare ones first. One SMILES',
    '# a line. Written by tooling/molecules/relatives.mjs.',
    ...rng.shuffle(chosen),
    '',
  ].join('\n'),
);
const rare = [...counts[0].values()].filter((count) => count < 5).length;
console.log(`${chosen.length} of ${chosen.length + candidates.length} candidates`);
console.log(`${counts[0].size} surroundings, ${rare} of them in fewer than five molecules`);
