// Frames of molecular dynamics of three molecules, labelled by GFN2-xTB, and which are trained on.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '../../../packages/core/dist/index.js';
import { Dataset } from '../../../packages/data/dist/index.js';
import { mlffdOk } from '../program.mjs';

/** Ethanol, malonaldehyde and aspirin: 9, 9 and 21 atoms, as many compositions as elements. */
const MOLECULES = ['CCO', 'O=C/C=C\\O', 'CC(=O)Oc1ccccc1C(=O)O'];
const TRAJECTORIES = 4;
/** K */
const TEMPERATURE = 500;
/** Steps of 1 fs between two frames. */
const STRIDE = 10;
/** Parts of the frames of each molecule. */
const PARTS = { train: 0.8, validation: 0.1, test: 0.1 };

const recipe = (frames) => `name: three-molecules
seed: 7
teacher: gfn2-xtb
properties: [energy, forces]
sources:
  - name: molecules
    molecules: { smiles: ${JSON.stringify(MOLECULES)} }
    dynamics:
      temperatures: [${TEMPERATURE}]
      trajectories: ${TRAJECTORIES}
      frames: ${Math.ceil(frames / TRAJECTORIES)}
      stride: ${STRIDE}
      equilibration: 200
      timestep: 1
`;

/** Numbers of the frames in each part: random ones of every molecule, the same for everybody. */
function splitOf(metas, frames) {
  const groups = new Map();
  metas.forEach(({ group, temperature }, k) => {
    // The structures that the trajectories start from have none.
    if (temperature === undefined) return;
    groups.set(group, [...(groups.get(group) ?? []), k]);
  });
  const split = { train: [], validation: [], test: [] };
  for (const [group, members] of groups) {
    new Rng(1, 'split', group).shuffle(members);
    let start = 0;
    for (const [name, part] of Object.entries(PARTS)) {
      const end = start + Math.round(part * frames);
      split[name].push(...members.slice(start, end));
      start = end;
    }
  }
  return split;
}

/**
 * Labels `frames` frames of each molecule and writes them as JSON that both programs read:
 * structures (numbers, positions in Angstrom, energy in eV, forces in eV/Angstrom) and the split.
 * What is there already is not made again.
 *
 * @returns path of the file and number of structures in each part
 */
export async function moleculeFrames({ root, folder, python, frames }) {
  mkdirSync(folder, { recursive: true });
  const recipeFile = join(folder, 'three-molecules.yaml');
  writeFileSync(recipeFile, recipe(frames));
  const out = join(folder, 'data');
  await mlffdOk(root, ['data', 'build', recipeFile, '--out', out], { python });
  const dataset = await Dataset.open(join(out, 'dataset.h5'));
  const split = splitOf(dataset.metas, frames);
  const counts = Object.fromEntries(
    Object.entries(split).map(([name, part]) => [name, part.length]),
  );
  const file = join(folder, 'frames.json');
  if (!existsSync(file)) {
    const structures = [];
    for (let k = 0; k < dataset.length; k++) {
      const { atoms, energy, forces } = await dataset.get(k);
      const { numbers, positions } = atoms;
      structures.push({
        numbers: [...numbers],
        positions: [...positions],
        energy,
        forces: [...forces],
      });
    }
    writeFileSync(`${file}.part`, JSON.stringify({ structures, split }));
    renameSync(`${file}.part`, file);
  }
  dataset.close();
  return { file, counts };
}
