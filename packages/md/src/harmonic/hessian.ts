import { withPositions } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';
import { Inquiry } from '../inquiry.ts';

/** Options of `hessian`. */
export interface HessianOptions {
  /** Displacement, Angstrom; default 0.005. Larger for calculators in single precision. */
  readonly step?: number;
  /** Calls at the same time, for an asynchronous calculator; default 1. The result is the same. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: HessianEvent) => void;
}

/** What `hessian` tells after each force call. */
export interface HessianEvent {
  readonly type: 'hessian';
  /** Force calls done. */
  readonly done: number;
  readonly total: number;
}

/** Second derivatives of the energy. */
export interface Hessian {
  /** 3N x 3N, row by row, symmetric, eV/Angstrom^2. */
  readonly matrix: Float64Array;
  /**
   * Largest |H_ij - H_ji| before it was made symmetric, eV/Angstrom^2: what finite differences,
   * noise, or forces that are no gradient cost. Relative to the largest element in `asymmetryRatio`.
   */
  readonly asymmetry: number;
  readonly asymmetryRatio: number;
  /**
   * Forces at the centre, eV/Angstrom, 3N: the mean of all pairs of calls, off by O(step^2). Where
   * they are not small, frequencies and modes are not those of a stationary point.
   */
  readonly forces: Float64Array;
  /** Angstrom. */
  readonly step: number;
}

/**
 * Hessian by central differences of the forces: 6N calls. Periodic structures give the Hessian at
 * the Gamma point of their cell.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws PropertyNotAvailableError when the calculator gives no forces
 * @throws MdError `md/non-finite`, `md/missing-result` when it answers with NaN, or not at all
 * @throws AbortedError when `signal` fires
 */
export async function hessian(
  calculator: Calculator,
  atoms: Atoms,
  options: HessianOptions = {},
): Promise<Hessian> {
  const { step = 0.005, concurrency = 1, signal, onEvent } = options;
  requirePositive('step', step);
  requireInteger('concurrency', concurrency, 1);
  const size = atoms.positions.length;
  const total = 2 * size;
  // Row 2k has the forces with coordinate k moved up, row 2k + 1 with it moved down.
  const samples = new Float64Array(total * size);
  const inquiry = new Inquiry(calculator, { what: `the Hessian of ${size / 3} atoms`, signal });
  inquiry.require(['forces']);
  let next = 0;
  let done = 0;
  const evaluate = async (call: number) => {
    const positions = atoms.positions.slice();
    positions[call >> 1] += call % 2 === 0 ? step : -step;
    const { forces } = await inquiry.finite(withPositions(atoms, positions), ['forces']);
    samples.set(forces, call * size);
    done++;
    onEvent?.({ type: 'hessian', done, total });
  };
  const lane = async () => {
    try {
      while (next < total) await evaluate(next++);
    } catch (error) {
      next = total;
      throw error;
    }
  };
  const lanes = Array.from({ length: Math.min(concurrency, total) }, lane);
  // An error is passed on when all lanes have ended: no call is left running.
  const ended = await Promise.allSettled(lanes);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return fromSamples(samples, size, step);
}

function fromSamples(samples: Float64Array, size: number, step: number): Hessian {
  const raw = new Float64Array(size * size);
  const forces = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    for (let c = 0; c < size; c++) {
      const up = samples[2 * k * size + c];
      const down = samples[(2 * k + 1) * size + c];
      raw[k * size + c] = (down - up) / (2 * step);
      forces[c] += (up + down) / (2 * size);
    }
  }
  const matrix = new Float64Array(size * size);
  let asymmetry = 0;
  let largest = 0;
  for (let k = 0; k < size; k++) {
    for (let c = 0; c < size; c++) {
      const [a, b] = [raw[k * size + c], raw[c * size + k]];
      matrix[k * size + c] = (a + b) / 2;
      asymmetry = Math.max(asymmetry, Math.abs(a - b));
      largest = Math.max(largest, Math.abs(a + b) / 2);
    }
  }
  const asymmetryRatio = largest === 0 ? 0 : asymmetry / largest;
  return { matrix, asymmetry, asymmetryRatio, forces, step };
}
