import type { NeighborList } from '@mlffd/core';
import type { PainnConfig } from './config.ts';
import { Envelope } from './envelope.ts';
import { LEAST_EXPONENT } from './radial.ts';

/** Where the functions of each edge are written. */
export interface EdgeFunctionArrays {
  /** Unit vectors, 3 per slot. */
  readonly units: Float32Array;
  /** Radial basis times cutoff, then the cutoff itself: count + 1 per slot. */
  readonly basis: Float32Array;
}

/**
 * Unit vectors and radial functions of edges outside the graph, in float64, and the way back of
 * their derivatives: the same functions as `filterBasis` without the seventy small operators
 * that they and their gradient need in a graph.
 */
export class EdgeFunctions {
  /** Values per slot in `basis`. */
  readonly width: number;
  readonly #cutoff: number;
  readonly #count: number;
  readonly #bessel: boolean;
  readonly #envelope: Envelope;

  constructor(config: PainnConfig) {
    const { radialBasis, cutoff } = config;
    this.width = radialBasis.count + 1;
    this.#count = radialBasis.count;
    this.#cutoff = cutoff;
    this.#bessel = radialBasis.type === 'bessel';
    this.#envelope = new Envelope(config);
  }

  /** Writes the functions of every edge to its slot; what belongs to no edge becomes zero. */
  write(list: NeighborList, slotOf: Int32Array, out: EdgeFunctionArrays): void {
    const { vectors, distances, count } = list;
    const { units, basis } = out;
    units.fill(0);
    basis.fill(0);
    for (let e = 0; e < count; e++) {
      const slot = slotOf[e];
      const d = distances[e];
      this.#envelope.at(d);
      for (let k = 0; k < 3; k++) units[3 * slot + k] = vectors[3 * e + k] / d;
      const at = slot * this.width;
      if (this.#bessel) this.#writeBessel(basis, at, d);
      else this.#writeGaussian(basis, at, d);
      basis[at + this.#count] = this.#envelope.value;
    }
  }

  /**
   * Derivatives with respect to the edge vectors from those with respect to the functions:
   * dE/dr = (g_u - (g_u . u) u) / d + (sum_k g_k b_k'(d)) u, 3 per edge into `out`.
   */
  pullBack(
    list: NeighborList,
    derivatives: { slotOf: Int32Array; units: Float32Array; basis: Float32Array },
    out: Float64Array,
  ): void {
    const { vectors, distances, count } = list;
    const { slotOf, units, basis } = derivatives;
    for (let e = 0; e < count; e++) {
      const slot = slotOf[e];
      const d = distances[e];
      const x = vectors[3 * e] / d;
      const y = vectors[3 * e + 1] / d;
      const z = vectors[3 * e + 2] / d;
      const gx = units[3 * slot] / d;
      const gy = units[3 * slot + 1] / d;
      const gz = units[3 * slot + 2] / d;
      this.#envelope.at(d);
      const at = slot * this.width;
      const slope =
        (this.#bessel ? this.#besselSlope(basis, at, d) : this.#gaussianSlope(basis, at, d)) +
        basis[at + this.#count] * this.#envelope.slope;
      const along = slope - (gx * x + gy * y + gz * z);
      out[3 * e] = gx + along * x;
      out[3 * e + 1] = gy + along * y;
      out[3 * e + 2] = gz + along * z;
    }
  }

  // sin(k t) from sin((k-1) t) and sin((k-2) t): two trigonometric calls per edge.
  #writeBessel(basis: Float32Array, at: number, d: number): void {
    const angle = (Math.PI * d) / this.#cutoff;
    const twice = 2 * Math.cos(angle);
    const factor = this.#envelope.value / d;
    let before = 0;
    let sine = Math.sin(angle);
    for (let k = 0; k < this.#count; k++) {
      basis[at + k] = sine * factor;
      const next = twice * sine - before;
      before = sine;
      sine = next;
    }
  }

  #besselSlope(gradient: Float32Array, at: number, d: number): number {
    const wave = Math.PI / this.#cutoff;
    const cos = Math.cos(wave * d);
    const twice = 2 * cos;
    let sineBefore = 0;
    let sine = Math.sin(wave * d);
    let cosineBefore = 1;
    let cosine = cos;
    let sines = 0;
    let cosines = 0;
    for (let k = 0; k < this.#count; k++) {
      const g = gradient[at + k];
      sines += g * sine;
      cosines += g * (k + 1) * cosine;
      const nextSine = twice * sine - sineBefore;
      const nextCosine = twice * cosine - cosineBefore;
      sineBefore = sine;
      sine = nextSine;
      cosineBefore = cosine;
      cosine = nextCosine;
    }
    const factor = this.#envelope.value / d;
    return cosines * wave * factor + (sines * (this.#envelope.slope - factor)) / d;
  }

  #writeGaussian(basis: Float32Array, at: number, d: number): void {
    const width = this.#cutoff / (this.#count - 1);
    for (let k = 0; k < this.#count; k++) {
      const t = d / width - k;
      basis[at + k] = this.#envelope.value * gaussian(t);
    }
  }

  #gaussianSlope(gradient: Float32Array, at: number, d: number): number {
    const width = this.#cutoff / (this.#count - 1);
    let sum = 0;
    for (let k = 0; k < this.#count; k++) {
      const t = d / width - k;
      sum +=
        gradient[at + k] *
        gaussian(t) *
        (this.#envelope.slope - (this.#envelope.value * t) / width);
    }
    return sum;
  }
}

/** exp(-t^2 / 2), and zero where that would only make products slow. */
function gaussian(t: number): number {
  const power = -0.5 * t * t;
  return power > LEAST_EXPONENT ? Math.exp(power) : 0;
}
