import { COULOMB, createAtoms, neighborList, Rng } from '@mlffd/core';
import { langevin, runMd } from '@mlffd/md';
import { rocksalt } from '@mlffd/data';

// Born-Mayer repulsion and damped, shifted-force Coulomb (Fennell, Gezelter, J. Chem. Phys. 124,
// 234104 (2006)) with round numbers for rock salt: a crystal that vibrates as one.
const CUTOFF = 8;
const DAMPING = 0.2;
const REPULSION = { A: 1000, rho: 0.32 };

/** Abramowitz and Stegun 7.1.26, error 1.5e-7. */
function erfc(x) {
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return series * Math.exp(-x * x);
}

const coulombSlope = (d) =>
  erfc(DAMPING * d) / d ** 2 +
  ((2 * DAMPING) / Math.sqrt(Math.PI)) * (Math.exp(-((DAMPING * d) ** 2)) / d);
const EDGE = { value: erfc(DAMPING * CUTOFF) / CUTOFF, slope: coulombSlope(CUTOFF) };

const ionic = {
  name: 'ionic',
  properties: ['energy', 'forces'],
  calculate(atoms) {
    const list = neighborList(atoms, CUTOFF);
    const forces = new Float64Array(atoms.positions.length);
    let energy = 0;
    for (let e = 0; e < list.count; e++) {
      const d = list.distances[e];
      const charges = atoms.numbers[list.centers[e]] === atoms.numbers[list.neighbors[e]] ? 1 : -1;
      const repulsion = charges < 0 ? REPULSION.A * Math.exp(-d / REPULSION.rho) : 0;
      const tail = EDGE.value - EDGE.slope * (d - CUTOFF);
      energy += 0.5 * (repulsion + charges * COULOMB * (erfc(DAMPING * d) / d - tail));
      const slope = -repulsion / REPULSION.rho - charges * COULOMB * (coulombSlope(d) - EDGE.slope);
      for (let c = 0; c < 3; c++) {
        forces[3 * list.centers[e] + c] += (slope * list.vectors[3 * e + c]) / d;
      }
    }
    return { energy, forces };
  },
  dispose() {},
};

// Springs between all atoms of ethanol, stiff (30 eV/A^2) along bonds: a molecule that bends,
// vibrates and tumbles.
const ETHANOL = {
  symbols: ['C', 'C', 'O', 'H', 'H', 'H', 'H', 'H', 'H'],
  positions: [
    1.168, -0.404, 0, 0, 0.56, 0, -1.191, -0.215, 0, -1.946, 0.38, 0, 2.104, 0.145, 0, 1.121,
    -1.036, 0.886, 1.121, -1.036, -0.886, 0.04, 1.208, 0.89, 0.04, 1.208, -0.89,
  ],
};
const BOND = 1.6;

const springs = (reference) => ({
  name: 'springs',
  properties: ['energy', 'forces'],
  calculate({ numbers, positions: x }) {
    const forces = new Float64Array(x.length);
    let energy = 0;
    const r0 = reference.positions;
    for (let i = 0; i < numbers.length; i++) {
      for (let j = 0; j < i; j++) {
        const between = (r) => [0, 1, 2].map((c) => r[3 * i + c] - r[3 * j + c]);
        const [v, w] = [between(x), between(r0)];
        const [d, d0] = [Math.hypot(...v), Math.hypot(...w)];
        const k = d0 < BOND ? 30 : 2;
        energy += 0.5 * k * (d - d0) ** 2;
        for (let c = 0; c < 3; c++) {
          const pull = (-k * (d - d0) * v[c]) / d;
          forces[3 * i + c] += pull;
          forces[3 * j + c] -= pull;
        }
      }
    }
    return { energy, forces };
  },
  dispose() {},
});

async function trajectory(name, calculator, atoms, { frames, stride, timestep, temperature }) {
  const structures = [];
  await runMd({
    calculator,
    atoms,
    temperature,
    seed: 1,
    integrator: langevin({ timestep, temperature, friction: 0.02, seed: 1 }),
    steps: stride * frames,
    stride,
    onFrame: ({ atoms: now, energy, forces, step }) => {
      structures.push({
        atoms: now,
        energy,
        forces,
        meta: {
          id: `${name}/${temperature}K/step-${String(step).padStart(7, '0')}`,
          group: `${name}/${temperature}K`,
          source: 'md',
          temperature,
          details: { step },
        },
      });
    },
  });
  return structures;
}

/** Frames of molecular dynamics: 64 ions of rock salt at 300 and 800 K. */
export async function crystalFrames(frames) {
  const atoms = rocksalt(['Na', 'Cl'], 5.64, { repeat: [2, 2, 2] });
  const options = { frames: frames / 2, stride: 5, timestep: 4 };
  return [
    ...(await trajectory('NaCl', ionic, atoms, { ...options, temperature: 300 })),
    ...(await trajectory('NaCl', ionic, atoms, { ...options, temperature: 800 })),
  ];
}

/** Frames of molecular dynamics: ethanol at 300 K. */
export async function moleculeFrames(frames) {
  const atoms = createAtoms(ETHANOL);
  const options = { frames, stride: 20, timestep: 0.5, temperature: 300 };
  return trajectory('ethanol', springs(atoms), atoms, options);
}

/** Made-up labelled structures of 10 to 30 atoms, one at a time. */
export function* madeUpStructures(count) {
  for (let k = 0; k < count; k++) {
    const rng = new Rng(1, 'bench', k);
    const n = 10 + rng.integer(21);
    const group = `molecule-${String(Math.floor(k / 20)).padStart(6, '0')}`;
    yield {
      atoms: createAtoms({
        numbers: Array.from({ length: n }, () => [1, 6, 7, 8][rng.integer(4)]),
        positions: Array.from({ length: 3 * n }, () => 8 * rng.uniform()),
      }),
      energy: 1000 * rng.normal(),
      forces: Float64Array.from({ length: 3 * n }, () => Math.fround(rng.normal())),
      meta: {
        id: `${group}/300K/step-${String(k % 20).padStart(7, '0')}`,
        group,
        source: 'md',
        parent: group,
        temperature: 300,
        details: { step: k % 20 },
      },
    };
  }
}
