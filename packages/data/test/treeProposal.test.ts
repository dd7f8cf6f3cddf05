import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  CalculatorUnavailableError,
  createAtoms,
  KB,
  longestRow,
  neighborList,
  Rng,
} from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { fcc } from '../src/build/crystals.ts';
import { proposeChild, stopProbability } from '../src/sampling/proposeChild.ts';
import type { AcceptedProposal, Proposal } from '../src/sampling/proposeChild.ts';
import { plantTree } from '../src/sampling/rattleRelaxTree.ts';
import { rattleChild } from '../src/sampling/treeMove.ts';
import type { TreePool } from '../src/sampling/treePool.ts';
import { treeSettings } from '../src/sampling/treeSettings.ts';
import type { TreeOptions } from '../src/sampling/treeSettings.ts';
import { PairPotential } from './support/pairPotential.ts';
import { later } from './support/scaledPair.ts';

/** A tetrahedron with a cap, near the distances of the minimum, 2.9 Angstrom. */
const cluster = createAtoms({
  symbols: ['Ar', 'Ar', 'Ar', 'Ar', 'Ar'],
  positions: [0, 0, 0, 2.9, 0, 0, 1.45, 2.5, 0, 1.45, 0.84, 2.37, 1.45, 0.84, -2.37],
});
const crystal = fcc('Ar', 4.1, { repeat: [2, 2, 2] });
const teacher = new PairPotential();

const plant = (atoms = cluster, options: TreeOptions = {}) =>
  plantTree({ id: 'root', atoms }, { calculator: teacher, settings: treeSettings(options) });

function propose(
  pool: TreePool,
  options: TreeOptions & { k?: number; calculator?: Calculator; signal?: AbortSignal },
): Promise<Proposal> {
  const { k = 0, calculator = teacher, signal, ...rest } = options;
  return proposeChild(pool, {
    id: `c${k}`,
    calculator,
    settings: treeSettings(rest),
    rng: new Rng(1, 'attempt', k),
    ...(signal === undefined ? {} : { signal }),
  });
}

const accepted = (proposal: Proposal): AcceptedProposal => {
  if ('child' in proposal) return proposal;
  throw new Error(`rejected: ${proposal.rejected}`);
};

describe('the relaxation of a child stops', () => {
  test('with the probability min(0.25, exp(-dE/kT))', () => {
    const options = { temperature: 300, stopProbability: 0.25 };
    expect(stopProbability(-1, options)).toBe(0.25);
    expect(stopProbability(0, options)).toBe(0.25);
    expect(stopProbability(0.1, options)).toBeCloseTo(Math.exp(-0.1 / (KB * 300)), 14);
    expect(stopProbability(1e4, options)).toBe(0);
    expect(stopProbability(-1e9, { ...options, stopProbability: 1 })).toBe(1);
  });

  test('as often as that says', async () => {
    // One atom in the cell would do as well; dE is between 0 and 3 kT here.
    const options = {
      temperature: 100,
      sigma: [0.04, 0.12],
      minDisplacement: 0,
      minDistance: 0,
    } as const;
    const pool = await plant(cluster, options);
    const settings = treeSettings(options);
    const attempts = 1500;
    let [expected, variance, stops, capped] = [0, 0, 0, 0];
    for (let k = 0; k < attempts; k++) {
      const rng = new Rng(1, 'attempt', k);
      // What the proposal draws first: the parent (there is only one), then the displacements.
      rng.uniform();
      const { atoms } = rattleChild(pool.root, settings, rng);
      const { energy } = teacher.calculate(atoms, ['energy']);
      const perAtom = (energy! - pool.root.results.energy) / atoms.numbers.length;
      const p = Math.min(0.25, Math.exp(-perAtom / (KB * 100)));
      if (p === 0.25) capped++;
      expected += p;
      variance += p * (1 - p);
      const proposal = accepted(await propose(pool, { ...options, k, relaxSteps: 1 }));
      if (proposal.stop === 'energy') stops++;
    }
    // Both branches of the formula are at work.
    expect(capped).toBeGreaterThan(attempts / 10);
    expect(capped).toBeLessThan(0.9 * attempts);
    expect(Math.abs(stops - expected)).toBeLessThan(5 * Math.sqrt(variance));
  });

  test('after the last step, or at once where there is none', async () => {
    const pool = await plant();
    const options = { stopProbability: 0, sigma: [0.2, 0.2], minDisplacement: 0 } as const;
    const last = accepted(await propose(pool, { ...options, relaxSteps: 2 }));
    expect(last).toMatchObject({ stop: 'steps', calls: 3, child: { details: { steps: 2 } } });
    const none = accepted(await propose(pool, { ...options, relaxSteps: 0 }));
    expect(none).toMatchObject({ stop: 'steps', calls: 1, child: { details: { steps: 0 } } });
    const raw = rattleChild(pool.root, treeSettings(options), rngAfterParent()).atoms;
    expect(none.child.atoms).toEqual(raw);
    expect(last.child.results.energy).toBeLessThan(none.child.results.energy);
  });

  test('one step before it falls back to where the tree has been', async () => {
    const pool = await plant();
    const options = { stopProbability: 0, sigma: [0.1, 0.1], relaxSteps: 50 } as const;
    let found = 0;
    for (let k = 0; k < 30; k++) {
      const proposal = await propose(pool, { ...options, k });
      if (!('child' in proposal) || proposal.stop !== 'similar') continue;
      found++;
      const { atoms, deformation } = proposal.child;
      expect(pool.isNear(pool.frame(atoms, deformation), 0.1)).toBe(false);
      expect(proposal.calls).toBe(Number(proposal.child.details.steps) + 1);
    }
    expect(found).toBeGreaterThan(5);
  });
});

function rngAfterParent(): Rng {
  const rng = new Rng(1, 'attempt', 0);
  rng.uniform();
  return rng;
}

describe('guards', () => {
  test('a force above the limit', async () => {
    const pool = await plant();
    const free = accepted(await propose(pool, { sigma: [0.2, 0.2], relaxSteps: 0 }));
    const force = longestRow(free.child.results.forces);
    const limited = (maxForce: number) =>
      propose(pool, { sigma: [0.2, 0.2], relaxSteps: 0, maxForce });
    expect(await limited(1.001 * force)).toHaveProperty('child');
    expect(await limited(0.999 * force)).toEqual({ rejected: 'force', parent: 'root', calls: 1 });
  });

  test('two atoms too near, in Angstrom or by their radii', async () => {
    const pool = await plant();
    const free = accepted(await propose(pool, { sigma: [0.2, 0.2], relaxSteps: 0 }));
    const nearest = Math.min(...neighborList(free.child.atoms, 4).distances);
    // Covalent radius of argon: 1.06 Angstrom.
    const fraction = nearest / 2.12;
    const guarded = (options: TreeOptions) =>
      propose(pool, { sigma: [0.2, 0.2], relaxSteps: 0, minDistance: 0, ...options });
    const rejected = { rejected: 'separation', parent: 'root', calls: 1 };
    expect(await guarded({ minSeparation: 0.999 * nearest })).toHaveProperty('child');
    expect(await guarded({ minSeparation: 1.001 * nearest })).toEqual(rejected);
    expect(await guarded({ minDistance: 0.999 * fraction })).toHaveProperty('child');
    expect(await guarded({ minDistance: 1.001 * fraction })).toEqual(rejected);
  });

  test('too near to the tree from the start: the teacher is not even asked', async () => {
    const pool = await plant();
    const calls = teacher.calls;
    expect(await propose(pool, { sigma: [0.01, 0.01] })).toEqual({
      rejected: 'similar',
      parent: 'root',
      calls: 0,
    });
    expect(teacher.calls).toBe(calls);
  });

  test('a broken guard holds also where the relaxation falls back', async () => {
    const pool = await plant();
    const options = {
      stopProbability: 0,
      sigma: [0.1, 0.1],
      relaxSteps: 50,
      maxForce: 1e-3,
    } as const;
    for (let k = 0; k < 10; k++) {
      const proposal = await propose(pool, { ...options, k });
      expect(proposal).toMatchObject({ parent: 'root' });
      expect(['force', 'similar']).toContain('rejected' in proposal ? proposal.rejected : '');
    }
  });

  test('a teacher that fails, or gives no usable numbers', async () => {
    const pool = await plant();
    const broken = (calculate: Calculator['calculate']): Calculator => ({
      name: 'broken',
      properties: teacher.properties,
      calculate,
      dispose: () => undefined,
    });
    const n = cluster.positions.length;
    const calculators = [
      broken(() => {
        throw new RangeError('no convergence');
      }),
      broken(() => Promise.reject(new RangeError('no convergence'))),
      broken(() => ({ energy: NaN, forces: new Float64Array(n) })),
      broken(() => ({ energy: 1, forces: new Float64Array(n).fill(Infinity) })),
      broken(() => ({ energy: 1, forces: new Float64Array(3) })),
      broken(() => Promise.resolve({ forces: new Float64Array(n) })),
    ];
    for (const calculator of calculators) {
      const proposal = await propose(pool, { sigma: [0.2, 0.2], calculator });
      expect(proposal).toMatchObject({ rejected: 'teacher', calls: 1 });
      expect(proposal).toHaveProperty('cause.message');
    }
  });
});

describe('a proposal', () => {
  test('leaves the tree as it is, and is the same again, also with an asynchronous teacher', async () => {
    const pool = await plant(crystal, { strain: 0.02 });
    const options = { strain: 0.02, sigma: [0.08, 0.1], properties: ['stress'] } as const;
    const first = accepted(await propose(pool, options));
    expect(pool.nodes).toHaveLength(1);
    expect(await propose(pool, options)).toEqual(first);
    expect(await propose(pool, { ...options, calculator: later(teacher) })).toEqual(first);
    expect(await propose(pool, { ...options, k: 1 })).not.toEqual(first);
    const { child } = first;
    const answer = teacher.calculate(child.atoms, ['energy', 'forces', 'stress']);
    expect(child.results).toEqual(answer);
    expect(child).toMatchObject({ id: 'c0', level: 1, parent: 'root' });
    const { strain, energyAboveParent, sigma } = child.details;
    expect(strain).toHaveLength(6);
    expect(energyAboveParent).toBeCloseTo(answer.energy! - pool.root.results.energy, 12);
    expect(sigma).toBeGreaterThanOrEqual(0.08);
  });

  test('stops when asked to', async () => {
    const pool = await plant();
    const signal = AbortSignal.abort();
    await expect(propose(pool, { signal })).rejects.toThrow(AbortedError);
    const calculator: Calculator = {
      ...later(teacher),
      calculate: () => Promise.reject(new AbortedError('test/aborted', 'stopped')),
    };
    await expect(propose(pool, { sigma: [0.2, 0.2], calculator })).rejects.toThrow(AbortedError);
  });

  test('does not go on without a teacher', async () => {
    const pool = await plant();
    const gone = new CalculatorUnavailableError('test/gone', 'the worker cannot be started');
    const calculator = { ...later(teacher), calculate: () => Promise.reject(gone) };
    await expect(propose(pool, { sigma: [0.2, 0.2], calculator })).rejects.toBe(gone);
  });
});
