import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, Rng, wrapAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { meanSquareDisplacement } from '../src/diffusion.ts';

const EDGE = 10;
/** Diffusion coefficients of the walkers, Angstrom^2/ps, and time between two frames, fs. */
const D = { H: 0.4, O: 0.1 };
const INTERVAL = 20;

/** Walkers with steps of variance 2 D t along each axis; heavy atoms keep the centre of mass at rest. */
function walk(steps: number, drift = 0): { readonly atoms: Atoms }[] {
  const symbols = Array.from({ length: 61 }, (_, i) => (i === 60 ? 'U' : i % 2 === 0 ? 'H' : 'O'));
  const rng = new Rng(7, 'walk');
  let positions = Float64Array.from({ length: 3 * symbols.length }, () => EDGE * rng.uniform());
  return Array.from({ length: steps }, () => {
    const atoms = createAtoms({ symbols, positions, cell: [EDGE, EDGE, EDGE], pbc: true });
    positions = positions.map((x, k) => {
      const symbol = symbols[Math.floor(k / 3)];
      const width = symbol === 'U' ? 0 : Math.sqrt((2 * D[symbol as 'H'] * INTERVAL) / 1000);
      return x + width * rng.normal() + drift;
    });
    return { atoms };
  });
}

const MASSES = Float64Array.from({ length: 61 }, (_, i) => (i === 60 ? 1e9 : 1));

describe('meanSquareDisplacement', () => {
  const frames = walk(1500);
  const options = { frames, interval: INTERVAL, masses: MASSES };
  const found = meanSquareDisplacement(options);

  test('random walks: <r^2> = 6 D t, by element, with a band that holds it', () => {
    expect(Object.keys(found.byElement)).toEqual(['H', 'O', 'U']);
    for (const symbol of ['H', 'O'] as const) {
      const { msd, diffusion, low, high, atoms } = found.byElement[symbol];
      expect(atoms).toBe(30);
      expect(low).toBeLessThan(D[symbol]);
      expect(high).toBeGreaterThan(D[symbol]);
      // 30 walkers and 5 blocks of 10 independent stretches: about 5 %.
      expect(Math.abs(diffusion / D[symbol] - 1)).toBeLessThan(0.15);
      // The shortest lag has 1500 x 30 x 3 samples: 0.7 % of a variance.
      const expected = (6 * D[symbol] * found.lags[0]) / 1000;
      expect(Math.abs(msd[0] / expected - 1)).toBeLessThan(0.05);
    }
    expect(found.all.atoms).toBe(61);
    expect(Math.abs(found.byElement.U.diffusion)).toBeLessThan(1e-9);
    expect(found.lags.at(-1)).toBe(150 * INTERVAL);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test('a common drift is no diffusion', () => {
    const drifting = meanSquareDisplacement({ ...options, frames: walk(1500, 0.3) });
    expect(Math.abs(drifting.all.diffusion / found.all.diffusion - 1)).toBeLessThan(1e-9);
  });

  test('wrapped positions are followed', () => {
    const wrapped = frames.map(({ atoms }) => ({ atoms: wrapAtoms(atoms) }));
    const followed = meanSquareDisplacement({ ...options, frames: wrapped, unwrap: true });
    expect(Math.abs(followed.all.diffusion / found.all.diffusion - 1)).toBeLessThan(1e-9);
    const torn = meanSquareDisplacement({ ...options, frames: wrapped });
    expect(torn.byElement.H.msd[0]).toBeGreaterThan(2 * found.byElement.H.msd[0]);
  });

  test('straight flight: <r^2> = v^2 t^2', () => {
    const flight = Array.from({ length: 40 }, (_, k) => ({
      atoms: createAtoms({ symbols: ['Ar', 'Ar'], positions: [0.1 * k, 0, 0, -0.1 * k, 0, 9] }),
    }));
    const { lags, all } = meanSquareDisplacement({ frames: flight, interval: 5, maxLag: 20 });
    expect(lags).toEqual([5, 10, 15, 20]);
    all.msd.forEach((value, k) => {
      expect(value).toBeCloseTo((0.02 * lags[k]) ** 2, 12);
    });
  });

  test('what cannot be measured is refused', () => {
    expect(() => meanSquareDisplacement({ ...options, frames: frames.slice(0, 19) })).toThrow(
      InvalidArgumentError,
    );
    for (const bad of [{ interval: 0 }, { blocks: 4 }, { fitFrom: 1 }, { maxLag: 1 }]) {
      expect(() => meanSquareDisplacement({ ...options, ...bad })).toThrow(InvalidArgumentError);
    }
  });
});
