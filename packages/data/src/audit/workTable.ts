import { matrixFromVoigt } from '@mlffd/core';
import { GrowingFloat64, GrowingInt32 } from '../split/growingArray.ts';
import { Concerned } from './finding.ts';
import { FramePairs, workOf } from './framePairs.ts';
import type { FramePair } from './framePairs.ts';
import { robustPlane } from './robust.ts';
import type { AuditSample } from './sample.ts';
import type { SourceTable } from './sourceTable.ts';

/** A displacement that does no work to speak of, where there are no forces to tell, Angstrom. */
const STILL = 1e-3;

/** How labels of one kind follow the energy. */
export interface Slope {
  /** Change of energy over work; 1 for right labels. */
  readonly slope: number;
  /** What the fit leaves over, as a part of what this work explains. */
  readonly unexplained: number;
  /** Pairs of structures in which this work is done. */
  readonly pairs: number;
  readonly concerned: Concerned;
  /** Mean of the atoms of these pairs (forces), or of their volumes, Angstrom^3 (stress). */
  readonly size: number;
}

/** The slopes of one source. */
export interface SourceSlopes {
  readonly source: string;
  readonly forces: Slope;
  readonly stress: Slope;
  /** Part of the change of energy between very near structures that the forces leave unexplained. */
  readonly near: Slope;
}

/** Pairs of near structures of one source. */
interface Columns {
  readonly indices: GrowingInt32;
  /** Work of the forces and of the stress, and change of energy, eV. */
  readonly forces: GrowingFloat64;
  readonly stress: GrowingFloat64;
  readonly change: GrowingFloat64;
  readonly atoms: GrowingFloat64;
  readonly volume: GrowingFloat64;
  /** Longest displacement, Angstrom. */
  readonly longest: GrowingFloat64;
}

/**
 * Changes of energy between near structures, with the work that forces and stress say was done: along
 * trajectories, between rattled and between strained copies.
 *
 * dE = -1/2 (F_1 + F_2) . dx + 1/2 V (sigma_1 + sigma_2) : strain up to third order, whatever the time
 * between the structures. 56 bytes a structure.
 */
export class WorkTable {
  readonly #table: SourceTable;
  readonly #pairs = new FramePairs();
  readonly #columns = new Map<string, Columns>();

  constructor(table: SourceTable) {
    this.#table = table;
  }

  see(sample: AuditSample): void {
    const pair = this.#pairs.next(sample);
    if (pair === undefined) return;
    const forces = workOf(pair) ?? (pair.longest < STILL ? 0 : NaN);
    const stress = pair.strain === undefined ? 0 : strainWork(pair, pair.strain);
    const change = (pair.second.energy ?? NaN) - (pair.first.energy ?? NaN);
    if (!Number.isFinite(forces + stress + change)) return;
    const columns = this.#columnsOf(sample.index);
    columns.indices.push(sample.index);
    columns.forces.push(forces);
    columns.stress.push(stress);
    columns.change.push(change);
    columns.atoms.push(sample.structure.atoms.numbers.length);
    columns.volume.push(pair.volume);
    columns.longest.push(pair.longest);
  }

  /**
   * Slopes of each source.
   *
   * @param near distance up to which structures are very near, Angstrom
   */
  *slopes(near: number): Generator<SourceSlopes, void, undefined> {
    for (const [source, columns] of this.#columns) {
      const all = columns.change.view().map((_, k) => k);
      const fit = this.#fit(columns, all);
      const longest = columns.longest.view();
      const stress = columns.stress.view();
      const close = this.#fit(
        columns,
        all.filter((k) => longest[k] < near && stress[k] === 0),
      );
      const unexplained = close.change > 0 ? close.left / close.change : 0;
      yield { source, ...fit, near: { ...close.forces, unexplained } };
    }
  }

  #fit(
    columns: Columns,
    rows: Float64Array,
  ): { forces: Slope; stress: Slope; left: number; change: number } {
    const take = (column: GrowingFloat64) => {
      const values = column.view();
      return rows.map((k) => values[k]);
    };
    const [forces, stress, change] = [columns.forces, columns.stress, columns.change].map(take);
    const { slopes, left } = robustPlane(forces, stress, change);
    const slopeOf = (work: Float64Array, slope: number, sizes: Float64Array): Slope => {
      const concerned = new Concerned(this.#table);
      const indices = columns.indices.view();
      let [explained, size] = [0, 0];
      for (const [row, value] of work.entries()) {
        if (value === 0) continue;
        concerned.add(indices[rows[row]]);
        explained += Math.abs(slope * value);
        size += sizes[row];
      }
      const pairs = concerned.count;
      const unexplained = explained > 0 ? left / explained : Infinity;
      return { slope, unexplained, pairs, concerned, size: size / Math.max(1, pairs) };
    };
    return {
      forces: slopeOf(forces, slopes[0], take(columns.atoms)),
      stress: slopeOf(stress, slopes[1], take(columns.volume)),
      left,
      change: change.reduce((sum, value) => sum + Math.abs(value), 0),
    };
  }

  #columnsOf(k: number): Columns {
    const source = this.#table.sourceOf(k);
    let columns = this.#columns.get(source);
    if (columns === undefined) {
      columns = {
        indices: new GrowingInt32(),
        forces: new GrowingFloat64(),
        stress: new GrowingFloat64(),
        change: new GrowingFloat64(),
        atoms: new GrowingFloat64(),
        volume: new GrowingFloat64(),
        longest: new GrowingFloat64(),
      };
      this.#columns.set(source, columns);
    }
    return columns;
  }
}

/** 1/2 V (sigma_1 + sigma_2) : strain, eV; NaN without stress. */
function strainWork({ first, second, volume }: FramePair, strain: Float64Array): number {
  if (first.stress?.length !== 6 || second.stress?.length !== 6) return NaN;
  const [a, b] = [matrixFromVoigt(first.stress), matrixFromVoigt(second.stress)];
  let work = 0;
  for (let k = 0; k < 9; k++) work += 0.5 * volume * (a[k] + b[k]) * strain[k];
  return work;
}
