import { describe, expect, test } from '@jest/globals';
import { KB, type Calculator, type Results, volume } from '@mlffd/core';
import {
  bussi,
  cellRescaling,
  langevin,
  mtk,
  noseHooverChain,
  runMd,
  velocityVerlet,
  type Integrator,
} from '../src/index.ts';
import { periodicLennardJones } from './periodicPotentials.ts';
import { argonCrystal } from './potentials.ts';

const TEMPERATURE = 40;
/** Compresses the crystal, so that it holds together. */
const PRESSURE = 0.01;
/** fs. */
const DURATION = 800;

interface Energies {
  readonly conserved: number[];
  /** Total energy, under a barostat with P V. */
  readonly total: number[];
}

async function energiesOf(
  integrator: Integrator,
  calculator: Calculator = periodicLennardJones(),
): Promise<Energies> {
  const energies: Energies = { conserved: [], total: [] };
  const pressure = 'pressure' in integrator.settings ? Number(integrator.settings.pressure) : 0;
  await runMd({
    calculator,
    atoms: argonCrystal(),
    temperature: 2 * TEMPERATURE,
    seed: 5,
    integrator,
    steps: DURATION / integrator.timestep,
    stride: 8 / integrator.timestep,
    onFrame: (frame) => {
      energies.conserved.push(frame.conserved);
      energies.total.push(frame.total + pressure * volume(frame.atoms));
    },
  });
  return energies;
}

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

const bath = { temperature: TEMPERATURE, timeConstant: 50 };
const press = { pressure: PRESSURE, pressureTimeConstant: 800 };
const deterministic: readonly (readonly [string, (timestep: number) => Integrator])[] = [
  ['velocity Verlet', (timestep) => velocityVerlet({ timestep })],
  ['Nose-Hoover chain', (timestep) => noseHooverChain({ timestep, ...bath })],
  ['MTK', (timestep) => mtk({ timestep, ...bath, ...press })],
];
/** With how much less the conserved quantity varies at a quarter of the time step, at least. */
const stochastic: readonly (readonly [string, (timestep: number) => Integrator, number])[] = [
  ['Langevin', (timestep) => langevin({ timestep, ...bath, friction: 0.02, seed: 1 }), 8],
  [
    'BAOAB',
    (timestep) => langevin({ timestep, ...bath, friction: 0.02, seed: 1, scheme: 'baoab' }),
    8,
  ],
  ['Bussi', (timestep) => bussi({ timestep, ...bath, seed: 1 }), 8],
  [
    // Noise costs dt^(3/2) at each step, of random sign: a factor of 4 instead of 16.
    'cell rescaling',
    (timestep) => cellRescaling({ timestep, ...bath, ...press, compressibility: 20, seed: 1 }),
    3,
  ],
];

describe.each(deterministic)('%s', (_, make) => {
  test('the error of the conserved quantity goes with the square of the time step', async () => {
    const coarse = await energiesOf(make(8));
    const fine = await energiesOf(make(4));
    // The same trajectory at both: a ratio of 4, less what chaos and higher orders make of it.
    const ratio = spread(coarse.conserved) / spread(fine.conserved);
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(4.6);
  });
});

describe.each(stochastic)('%s', (_, make, least) => {
  test('the error of the conserved quantity shrinks with the time step', async () => {
    const coarse = await energiesOf(make(8));
    const fine = await energiesOf(make(2));
    // Other random numbers, another trajectory: 16 only in as far as the two are alike.
    expect(spread(coarse.conserved) / spread(fine.conserved)).toBeGreaterThan(least);
  });
});

describe.each([
  ...deterministic.slice(1),
  ...stochastic.map(([name, make]) => [name, make] as const),
])('%s', (_, make) => {
  test('is flat where the energy is not', async () => {
    const { conserved, total } = await energiesOf(make(4));
    expect(spread(conserved)).toBeLessThan(0.02 * spread(total));
    // A tenth of the thermal energy flows at least.
    expect(spread(total)).toBeGreaterThan(0.1 * 48 * KB * TEMPERATURE);
  });
});

test('a barostat starts at the enthalpy', async () => {
  for (const [, make] of [deterministic[2], stochastic[3]]) {
    const { conserved, total } = await energiesOf(make(8));
    expect(conserved[0]).toBe(total[0]);
  }
});

describe('wrong labels show as a drift', () => {
  /** Lennard-Jones whose results are changed by a factor. */
  const wrong = (forces: number, stress: number): Calculator => {
    const inner = periodicLennardJones();
    return {
      ...inner,
      calculate(atoms, properties): Results {
        const results = inner.calculate(atoms, properties) as Results;
        return {
          energy: results.energy!,
          forces: results.forces!.map((force) => forces * force),
          stress: results.stress!.map((value) => stress * value),
        };
      },
    };
  };

  test.each([
    ['forces', 0.9, 1, deterministic[1][1]],
    ['forces', 0.9, 1, stochastic[2][1]],
    ['stress', 1, 0.9, deterministic[2][1]],
    ['stress', 1, 0.9, stochastic[3][1]],
    ['the sign of the stress', 1, -1, stochastic[3][1]],
  ] as const)('%s times %p and %p', async (_, forces, stress, make) => {
    const right = await energiesOf(make(4));
    const drifting = await energiesOf(make(4), wrong(forces, stress));
    expect(spread(drifting.conserved)).toBeGreaterThan(10 * spread(right.conserved));
  });
});
