import {
  type Atoms,
  type Calculator,
  neighborList,
  type Property,
  PropertyNotAvailableError,
  type Results,
  UnsupportedElementError,
  volume,
} from '../../src/index.ts';

/** Ways in which the potential can be wrong, each of which one check has to notice. */
export type Flaw =
  | 'energies-do-not-add-up'
  | 'short-forces'
  | 'infinite-energy'
  | 'shared-buffer'
  | 'moves-atoms'
  | 'cached-arrays'
  | 'wrong-sign'
  | 'one-force-off'
  | 'wrong-stress'
  | 'external-field'
  | 'ignores-images'
  | 'nearest-image-only'
  | 'prefers-x'
  | 'prefers-first-atom'
  | 'energy-offset'
  | 'hard-cutoff'
  | 'accepts-any-property'
  | 'accepts-any-element'
  | 'accepts-nan'
  | 'wrong-error'
  | 'disposes-once';

const WELL = 0.2;
const WIDTH = 1.1;
const DISTANCE = 2.2;
const ELEMENTS = [6, 8];

/**
 * A Morse potential, eV, that goes to zero with two derivatives at the cutoff, correct unless it
 * is told to be flawed.
 */
export class PairPotential implements Calculator {
  readonly name = 'morse-test';
  readonly properties: readonly Property[];
  readonly elements: readonly number[] = ELEMENTS;
  readonly cutoff = 5;
  readonly #flaw: Flaw | undefined;
  #buffer = new Float64Array(0);
  #cache: { key: string; results: Results } | undefined;
  #disposed = 0;

  constructor(
    flaw?: Flaw,
    properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'],
  ) {
    this.#flaw = flaw;
    this.properties = properties;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    this.#refuse(atoms, properties);
    const key = atoms.positions.join();
    if (this.#flaw === 'cached-arrays' && this.#cache?.key === key) return this.#cache.results;
    const all = this.#evaluate(atoms);
    if (this.#flaw === 'moves-atoms') atoms.positions[0] += 1e-9;
    const results: Results = {};
    if (properties.includes('energy')) results.energy = all.energy;
    if (properties.includes('energies')) results.energies = all.energies;
    if (properties.includes('forces')) results.forces = all.forces;
    if (properties.includes('stress')) results.stress = all.stress;
    this.#cache = { key, results };
    return results;
  }

  dispose(): void {
    this.#disposed++;
    if (this.#flaw === 'disposes-once' && this.#disposed > 1) throw new Error('already released');
  }

  #refuse(atoms: Atoms, properties: readonly Property[]): void {
    const missing = properties.find((property) => !this.properties.includes(property));
    if (missing !== undefined && this.#flaw !== 'accepts-any-property') {
      throw new PropertyNotAvailableError('test/property', `no ${missing}`);
    }
    const unknown = atoms.numbers.find((z) => !ELEMENTS.includes(z));
    if (unknown === undefined || this.#flaw === 'accepts-any-element') return;
    if (this.#flaw === 'wrong-error') throw new Error('KeyError: 1');
    throw new UnsupportedElementError('test/element', `no parameters for ${unknown}`);
  }

  #evaluate(atoms: Atoms): Required<Results> {
    const flaw = this.#flaw;
    const n = atoms.numbers.length;
    if (flaw === 'accepts-nan' && atoms.positions.some((x) => Number.isNaN(x))) {
      const zeros = new Float64Array(3 * n);
      return { energy: NaN, energies: new Float64Array(n), forces: zeros, stress: zeros };
    }
    const seen =
      flaw === 'ignores-images' ? { ...atoms, pbc: [false, false, false] as const } : atoms;
    const list = neighborList(seen, this.cutoff);
    const energies = new Float64Array(n);
    if (this.#buffer.length !== 3 * n) this.#buffer = new Float64Array(3 * n);
    const forces = flaw === 'shared-buffer' ? this.#buffer.fill(0) : new Float64Array(3 * n);
    const virial = new Float64Array(9);
    const nearest = nearestImages(list);
    for (let e = 0; e < list.count; e++) {
      if (flaw === 'nearest-image-only' && !nearest.has(e)) continue;
      const i = list.centers[e];
      const r = list.distances[e];
      let [u, slope] = this.#pair(r);
      const x = list.vectors[3 * e];
      if (flaw === 'prefers-x') {
        const factor = 1 + 0.1 * (x / r) ** 2;
        [u, slope] = [u * factor, slope * factor];
      }
      if (flaw === 'prefers-first-atom' && i === 0) [u, slope] = [1.1 * u, 1.1 * slope];
      energies[i] += u / 2;
      for (let a = 0; a < 3; a++) {
        // Half the pair energy belongs to this edge; the other edge does the same to i.
        const pull = (slope / 2) * (list.vectors[3 * e + a] / r);
        forces[3 * i + a] += pull;
        forces[3 * list.neighbors[e] + a] -= pull;
        for (let b = 0; b < 3; b++) virial[3 * a + b] += pull * list.vectors[3 * e + b];
      }
    }
    if (flaw === 'external-field') energies[0] += 0.1 * atoms.positions[0];
    if (flaw === 'external-field') forces[0] -= 0.1;
    let energy = energies.reduce((sum, value) => sum + value, 0);
    if (flaw === 'energy-offset') energies[0] += 1;
    if (flaw === 'energy-offset') energy += 1;
    if (flaw === 'energies-do-not-add-up') energies[0] += 1e-3;
    if (flaw === 'infinite-energy') energy = Infinity;
    if (flaw === 'wrong-sign') forces.forEach((value, k) => (forces[k] = -value));
    if (flaw === 'one-force-off') forces[4] += 1e-3;
    const sign = flaw === 'wrong-stress' ? -1 : 1;
    const stress = atoms.pbc.every(Boolean)
      ? Float64Array.from([0, 4, 8, 5, 2, 1], (k) => (sign * virial[k]) / volume(atoms))
      : new Float64Array(6);
    return { energy, energies, forces: flaw === 'short-forces' ? forces.slice(1) : forces, stress };
  }

  /** Energy and its derivative by r of one pair. */
  #pair(r: number): [number, number] {
    const e = Math.exp(-WIDTH * (r - DISTANCE));
    const u = WELL * (e * e - 2 * e);
    const du = -2 * WIDTH * WELL * (e * e - e);
    if (this.#flaw === 'hard-cutoff') return [u, du];
    const q = 1 - (r / this.cutoff) ** 2;
    return [u * q ** 3, du * q ** 3 - (u * 6 * r * q ** 2) / this.cutoff ** 2];
  }
}

/** Edges that are the shortest of their pair. */
function nearestImages(list: ReturnType<typeof neighborList>): Set<number> {
  const best = new Map<string, number>();
  for (let e = 0; e < list.count; e++) {
    if (list.centers[e] === list.neighbors[e]) continue;
    const pair = `${list.centers[e]} ${list.neighbors[e]}`;
    const other = best.get(pair);
    if (other === undefined || list.distances[e] < list.distances[other]) best.set(pair, e);
  }
  return new Set(best.values());
}
