// Figures of training: speed and accuracy against schnetpack, three sizes on organic molecules, second
// derivatives, energies of atoms, exactness, another executor.
import { digits, rounded, table } from './table.mjs';
import { exactness } from './training/exactness.mjs';
import { hessian } from './training/hessian.mjs';
import { jaxJs } from './training/jaxJs.mjs';
import { nodeEnergies } from './training/nodeEnergies.mjs';
import { organic } from './training/organic.mjs';
import { schnetpackPair } from './training/schnetpackPair.mjs';
import { speed } from './training/speed.mjs';

export const peers = ['reference', 'schnetpack'];

export async function run(means) {
  const quick = await speed(means);
  const pair = await schnetpackPair(means);
  const sizes = await organic(means);
  const second = await hessian(means);
  const nodes = await nodeEnergies(means);
  const exact = await exactness(means);
  const jax = await jaxJs(means);
  const parts = [quick, pair, sizes, second, nodes, exact, jax];
  return {
    figures: rounded(Object.assign({}, ...parts.map((part) => part.figures))),
    text: textOf({ quick, pair, sizes, second, nodes, exact, jax }),
  };
}

const tableOf = ({ columns, rows }) => table(columns, rows);

function textOf({ quick, pair, sizes, second, nodes, exact, jax }) {
  const { organic_frames: frames, organic_molecules: molecules } = sizes.figures;
  const { organic_test_frames: tested, organic_other_frames: others } = sizes.figures;
  return `# Figures: training

## A training step

One gradient of energy and force loss on 16 molecules of aspirin, milliseconds of the fastest of many, and how many times longer schnetpack 2.1.1 takes. Goals on one core: 2.5, 3 and 2.5.

${tableOf(quick.steps)}

## Energy and forces

Milliseconds of a call, and how many times longer the model alone takes in schnetpack.

${tableOf(quick.inference)}

## Same data, same architecture, same epochs

Ethanol, malonaldehyde and aspirin, 1,000 frames each at 500 K, GFN2-xTB; ${digits(pair.counts.train, 6)} structures to train on, ${digits(pair.counts.test, 6)} to test, drawn at random and the same for both. PaiNN 64 x 2, 20 Gaussians, cosine cutoff of 5 Angstrom, ${pair.figures.epochs_pair} epochs, one core each. Goals: 1.03 for the force error, 0.5 for the time.

${tableOf(pair)}

AdamW at 1e-3 in batches of 10, averaged weights (0.995) and a cosine schedule for both; ours warms up for 100 steps. schnetpack's loss is that of its MD17 configuration (0.01 of total energies, 0.99 of force components), ours has equal weights for energies per atom and force components: chosen by validation errors after 10 epochs. One seed.

## Three sizes on organic molecules

${digits(frames, 6)} frames of ${digits(molecules, 6)} molecules of H C N O F S Cl with up to 50 atoms, one of molecular dynamics at each of two or three temperatures of 300 to 800 K, GFN2-xTB (recipes \`organic\`, \`derivatives\` and \`relatives\`). Whole molecules are held out: ${digits(tested, 6)} frames of \`organic\` and \`derivatives\`, of molecules that were never seen, and ${digits(others, 6)} of \`relatives\`, whose molecules are put together by chance to teach functional groups and harder than what students are for. \`original\` is trained with products of the teacher's Hessian besides, one random direction for each structure. One core each; times are by the clock, on a machine that other work shared.

${tableOf(sizes)}

## Uncertainty

The same students with uncertainties of 16 last layers, calibrated on the validation molecules, on the test molecules; in brackets what normally distributed errors would give.

${tableOf(sizes.uncertainty)}

## Second derivatives

300 frames of the three molecules above to train on; products of the teacher's Hessian with two random directions each, or none. Frequencies at the minima of the student against those of the teacher at its own, mean over the three molecules; largest drift of three runs at constant energy of 5 ps at 300 K.

${tableOf(second)}

## Energies of atoms

A student of the size \`ultra-tiny\` of CHGNet (in process, no Python) on rattled and strained crystals of NaCl, KCl, MgO, CaO, CaF2 and SrTiO3: ${digits(nodes.counts.train)} to train on, ${digits(nodes.counts.test)} to test, drawn at random. With the energies that CHGNet gives to single atoms in the loss of the first of two stages, or without; two seeds each.

${tableOf(nodes)}

## Exactness and faults

${exact.text}

${tableOf(exact)}

## Another executor

${
  jax.skipped === undefined
    ? `The same graphs run by @jax-js/jax on WebAssembly, compiled by its \`jit\`: PaiNN 32 x 2, 21 atoms.\n\n${tableOf(jax)}`
    : `@jax-js/jax was not tried: ${jax.skipped}`
}
`;
}
