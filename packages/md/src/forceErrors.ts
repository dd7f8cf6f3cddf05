import { symbolOf } from '@mlffd/core';

/** Edges of the buckets by |F| of the teacher, eV/Angstrom: near equilibrium, thermal, repulsive. */
const BUCKET_EDGES = [0, 0.1, 1, Infinity] as const;
/** Below this length of a teacher's force its direction is noise, eV/Angstrom. */
const SHORTEST_DIRECTION = 1e-3;

/** Force errors of a group of atoms; `null` where the group is empty. */
export interface GroupForceErrors {
  /** Forces compared. */
  readonly atoms: number;
  /** Over components, eV/Angstrom. */
  readonly forceMae: number | null;
  readonly forceRmse: number | null;
  /** Largest norm of a difference, eV/Angstrom. */
  readonly forceMax: number | null;
  /** Mean cosine between both forces; those of the teacher below 1 meV/Angstrom are left out. */
  readonly forceCosine: number | null;
}

/** Force errors of the atoms whose teacher's force lies in a range of lengths. */
export interface ForceBucketErrors extends GroupForceErrors {
  /** eV/Angstrom. */
  readonly low: number;
  /** eV/Angstrom; `null` for no end. */
  readonly high: number | null;
}

/** The force that is farthest off. */
export interface WorstForce {
  /** Number of the structure, from 0. */
  readonly frame: number;
  /** fs, where it had a time. */
  readonly time: number | null;
  readonly atom: number;
  readonly symbol: string;
  /** Norm of the difference, eV/Angstrom. */
  readonly error: number;
  /** eV/Angstrom. */
  readonly teacher: readonly number[];
  readonly student: readonly number[];
}

/** Force errors by what the atoms are and what they feel. */
export interface ForceErrorSummary {
  readonly forceCosine: number | null;
  /** By chemical symbol. */
  readonly byElement: Readonly<Record<string, GroupForceErrors>>;
  /** By |F| of the teacher: below 0.1, 0.1 to 1, above 1 eV/Angstrom. */
  readonly byForce: readonly ForceBucketErrors[];
  /** `null` before anything was added. */
  readonly worst: WorstForce | null;
}

/** Forces of both on one structure. */
export interface ForcePair {
  /** Atomic numbers, N. */
  readonly numbers: Int32Array;
  /** 3N, eV/Angstrom. */
  readonly teacher: Float64Array;
  readonly student: Float64Array;
  /** fs. */
  readonly time?: number | undefined;
}

/** Collects force errors, one structure at a time; memory does not grow with them. */
export class ForceErrorAccumulator {
  readonly #all = new Group();
  readonly #elements = new Map<number, Group>();
  readonly #buckets = BUCKET_EDGES.slice(1).map(() => new Group());
  #frames = 0;
  #worst: WorstForce | null = null;

  add({ numbers, teacher, student, time }: ForcePair): void {
    for (let i = 0; i < numbers.length; i++) {
      let element = this.#elements.get(numbers[i]);
      if (element === undefined) this.#elements.set(numbers[i], (element = new Group()));
      const length = Math.hypot(teacher[3 * i], teacher[3 * i + 1], teacher[3 * i + 2]);
      const bucket = BUCKET_EDGES.findLastIndex((edge) => length >= edge);
      const error = this.#all.add(teacher, student, i);
      element.add(teacher, student, i);
      this.#buckets[Math.min(this.#buckets.length - 1, Math.max(0, bucket))].add(
        teacher,
        student,
        i,
      );
      if (this.#worst !== null && error <= this.#worst.error) continue;
      this.#worst = {
        frame: this.#frames,
        time: time ?? null,
        atom: i,
        symbol: symbolOf(numbers[i]),
        error,
        teacher: Array.from(teacher.subarray(3 * i, 3 * i + 3)),
        student: Array.from(student.subarray(3 * i, 3 * i + 3)),
      };
    }
    this.#frames += 1;
  }

  /** Errors of all atoms together. */
  total(): GroupForceErrors {
    return this.#all.errors();
  }

  summary(): ForceErrorSummary {
    const elements = [...this.#elements].sort(([a], [b]) => a - b);
    return {
      forceCosine: this.total().forceCosine,
      byElement: Object.fromEntries(elements.map(([z, group]) => [symbolOf(z), group.errors()])),
      byForce: this.#buckets.map((group, k) => ({
        low: BUCKET_EDGES[k],
        high: k + 2 < BUCKET_EDGES.length ? BUCKET_EDGES[k + 1] : null,
        ...group.errors(),
      })),
      worst: this.#worst,
    };
  }
}

/** Running sums of a group of atoms. */
class Group {
  #atoms = 0;
  #absolute = 0;
  #squares = 0;
  #largest = 0;
  #cosine = 0;
  #directed = 0;

  /** Adds atom `i`; returns the norm of its error. */
  add(teacher: Float64Array, student: Float64Array, i: number): number {
    let square = 0;
    let dot = 0;
    let wanted = 0;
    let found = 0;
    for (let k = 3 * i; k < 3 * i + 3; k++) {
      const error = student[k] - teacher[k];
      this.#absolute += Math.abs(error);
      square += error * error;
      dot += teacher[k] * student[k];
      wanted += teacher[k] ** 2;
      found += student[k] ** 2;
    }
    const error = Math.sqrt(square);
    this.#atoms += 1;
    this.#squares += square;
    this.#largest = Math.max(this.#largest, error);
    if (wanted >= SHORTEST_DIRECTION ** 2) {
      this.#directed += 1;
      if (found > 0) this.#cosine += dot / Math.sqrt(wanted * found);
    }
    return error;
  }

  errors(): GroupForceErrors {
    const components = 3 * this.#atoms;
    const some = components > 0;
    return {
      atoms: this.#atoms,
      forceMae: some ? this.#absolute / components : null,
      forceRmse: some ? Math.sqrt(this.#squares / components) : null,
      forceMax: some ? this.#largest : null,
      forceCosine: this.#directed > 0 ? this.#cosine / this.#directed : null,
    };
  }
}
