import { type Atoms, createAtoms, InvalidAtomsError, validateAtoms } from '@mlffd/core';
import type { PainnConfig } from '../config.ts';
import { type Student, studentName, trainedElements } from '../student.ts';
import { coincidentAtoms, noFiniteAnswer } from '../unanswerable.ts';
import { untrainedElement } from '../untrained.ts';
import { Arena } from './arena.ts';
import { FusedUnavailableError } from './errors.ts';
import type { TableError } from './filterTable.ts';
import { FIRST_ADDRESS, instantiate, type KernelFunctions, type Kernels } from './kernels.ts';
import { NetworkImage } from './networkImage.ts';
import { PairRepulsion } from './pairRepulsion.ts';
import { putShares, shareOut } from './partition.ts';
import type { StartThread } from './partThread.ts';
import { checkFusedOptions, fusedObstacle, periodicAxes } from './support.ts';
import { KernelTeam, TEAM_BYTES } from './team.ts';
import { engine } from './webAssembly.ts';
import { Workspace, type WorkspaceCapacity } from './workspace.ts';

/** 64 KiB pages. */
const FIRST_PAGES = 16;
const MOST_PAGES = 65_536;
/** Up to so many atoms that are not periodic all pairs are looked at in each call, without a list. */
export const DIRECT_ATOMS = 64;
const SMALLEST: WorkspaceCapacity = {
  atoms: DIRECT_ATOMS,
  pairs: (DIRECT_ATOMS * (DIRECT_ATOMS - 1)) / 2,
  parts: 1,
};
/** Room for growth when memory is laid out. */
const SLACK = 1.25;
/** Intervals of a table for each radial function: derivatives then differ by 1e-6 of the largest. */
const INTERVALS_PER_FUNCTION = 51.2;

/** A student in memory, for what is computed with it beside a `FusedPotential`. */
export interface SharedStudent {
  readonly student: Student;
  readonly arena: Arena;
  readonly image: NetworkImage;
  readonly kernels: KernelFunctions;
  /** Index of an element in the kernels by atomic number; -1: not trained. */
  readonly indexOf: Int32Array;
  /** Energy of an atom without its network output, eV, by index. */
  readonly references: Float64Array;
}

/** What `#mode` is where all pairs are looked at; else the periodic axes, a bit each. */
const ALL_PAIRS = 8;
const NOTHING = -1;

/** From so many atoms on threads share the work (measured). */
const SHARED_ATOMS = 96;

const VIRIAL = ['xx', 'yy', 'zz', 'yz', 'xz', 'xy'] as const;

/** Choices of a `FusedPotential`. */
export interface FusedOptions {
  /** Compiled kernels, of `nodeKernels` or `compileKernels`. */
  readonly kernels: Kernels;
  /** `table` (default): filters from a cubic table; `exact`: from radial functions, half as fast. */
  readonly filters?: 'table' | 'exact';
  /** Intervals of the table between 0 and the cutoff; default 51.2 per radial function, 1024 for 20. */
  readonly intervals?: number;
  /** How much farther than the cutoff candidates for pairs are kept, Angstrom; default 0.5. */
  readonly skin?: number;
  /** Default `student-FxT`, e.g. `student-44x3`. */
  readonly name?: string;
  /**
   * Called after each stage of a call on one thread (see `fusedStages`), from when to when, ms as
   * `performance.now()` tells. Calls then go from stage to stage, which takes a little longer.
   */
  readonly onStage?: (stage: number, start: number, end: number) => void;
}

/** Choices of `FusedPotential.start`. */
export interface ThreadedOptions extends FusedOptions {
  /** Threads that share large structures, the calling one included. */
  readonly threads: number;
  /** How threads are started: `startNodeThread` or `startWebThread`. */
  readonly startThread: StartThread;
  /** False on the thread of a page, which must not sleep; default true. */
  readonly sleep?: boolean;
}

/**
 * A student in WebAssembly: everything is computed in one memory that is laid out once and grows rarely,
 * and answers are views of it. It answers at once; a structure that moves keeps its list of pairs.
 *
 * What it says holds until the next call.
 */
export class FusedPotential {
  readonly name: string;
  /** Atomic numbers it was trained for. */
  readonly elements: readonly number[];
  /** Kind of the kernels. */
  readonly kind: Kernels['kind'];
  /** How far the tables of filters are from the filters, by block; zeros where they are exact. */
  readonly tableErrors: readonly TableError[];
  readonly #student: Student;
  readonly #skin: number;
  readonly #onStage: FusedOptions['onStage'];
  readonly #arena: Arena;
  readonly #image: NetworkImage;
  readonly #kernels: KernelFunctions;
  /** Where the memory of structures begins. */
  #base: number;
  readonly #repulsion: PairRepulsion | undefined;
  /** Where the threads of a team tell each other what to do. */
  readonly #sync: number;
  #team: KernelTeam | undefined;
  readonly #indexOf: SharedStudent['indexOf'];
  readonly #references: SharedStudent['references'];
  #workspace: Workspace;
  #energy = 0;
  #rebuilds = 0;
  #atoms = 0;
  #numbers: Float64Array = new Float64Array(0);
  /** Where pairs come from. */
  #mode = NOTHING;

  /**
   * @throws FusedUnavailableError for a student or an engine that the kernels do not serve;
   * InvalidArgumentError
   */
  constructor(student: Student, options: FusedOptions) {
    const { config, baseline } = student;
    const { kernels, filters = 'table', skin = 0.5 } = options;
    const { intervals = defaultIntervals(config) } = options;
    checkFusedOptions(skin, intervals);
    this.name = options.name ?? studentName(student);
    this.elements = trainedElements(baseline);
    requireSupport(this.name, student);
    this.kind = kernels.kind;
    this.#student = student;
    this.#skin = skin;
    this.#onStage = options.onStage;
    const memory = new engine.Memory({
      initial: FIRST_PAGES,
      maximum: MOST_PAGES,
      shared: kernels.shared,
    });
    this.#arena = new Arena(memory, FIRST_ADDRESS);
    this.#image = new NetworkImage(this.#arena, student, {
      intervals: filters === 'exact' ? 0 : intervals,
    });
    this.tableErrors = this.#image.errors;
    this.#kernels = instantiate(kernels, memory);
    this.#sync = this.#arena.take(TEAM_BYTES);
    this.#base = this.#arena.top;
    this.#repulsion = PairRepulsion.of(student);
    this.#indexOf = new Int32Array(baseline.energies.length).fill(-1);
    this.elements.forEach((z, k) => (this.#indexOf[z] = k));
    this.#references = Float64Array.from(this.elements, (z) => baseline.energies[z]);
    this.#workspace = this.#lay(SMALLEST);
    if (config.isolatedAtoms === 'baseline') this.#subtractIsolated();
  }

  /**
   * The same with threads, which share structures of about a hundred atoms or more. `kernels` are for
   * shared memory. Sums are in another order than with one thread, the same in each call.
   *
   * @throws TeamError where a thread does not start
   */
  static async start(student: Student, options: ThreadedOptions): Promise<FusedPotential> {
    const { kernels, threads, startThread, sleep = true } = options;
    const potential = new FusedPotential(student, options);
    if (threads > 1) {
      potential.#team = await KernelTeam.start({
        kernels,
        memory: potential.#arena.memory,
        sync: potential.#sync,
        threads,
        startThread,
        sleep,
      });
    }
    return potential;
  }

  /** Ends the threads, if there are any; resolves when they have ended. */
  async dispose(): Promise<void> {
    await this.#team?.dispose();
  }

  /** Energy of the last structure, eV. */
  get energy(): number {
    return this.#energy;
  }

  /** Forces on the last structure, eV/Angstrom: a view of 3N values or more. */
  get forces(): Float64Array {
    return this.#workspace.forces;
  }

  /** How many searches for pairs there were. */
  get rebuilds(): number {
    return this.#rebuilds;
  }

  /** Energies of the atoms of the last structure, eV, into `out` (N). */
  energies(out: Float64Array): Float64Array {
    const { outputs, species } = this.#workspace;
    const { scale } = this.#student.baseline;
    for (let i = 0; i < this.#atoms; i++) {
      out[i] = this.#references[species[i]] + scale * outputs[i];
    }
    this.#repulsion?.addEnergies(out);
    return out;
  }

  /** Virial of the last structure, eV, Voigt xx yy zz yz xz xy, into `out`; over the volume it is the stress. */
  virial(out: Float64Array): Float64Array {
    const { parts } = this.#workspace.structure;
    for (let k = 0; k < 6; k++) {
      out[k] = 0;
      for (const part of parts) out[k] += part.double(VIRIAL[k]);
    }
    this.#repulsion?.addVirial(out);
    return out;
  }

  /**
   * Computes a structure: afterwards `energy`, `forces`, `energies` and `virial` are its own.
   *
   * @throws InvalidAtomsError for a structure that `validateAtoms` refuses, for atoms at one place
   * (`student/coincident-atoms`) and where the answer is not finite (`student/not-finite`);
   * UnsupportedElementError for an element that was not trained; FusedMemoryError
   */
  evaluate(atoms: Atoms): this {
    this.#take(atoms);
    const axes = periodicAxes(atoms);
    if (axes === 0 && this.#atoms <= DIRECT_ATOMS) this.#lookAtAll(atoms);
    else this.#list(atoms, axes);
    if (this.#run() !== 0) this.#refuseClash(atoms);
    this.#repulsion?.compute(this.#workspace, this.#atoms);
    this.#sum(atoms);
    return this;
  }

  #run(): number {
    const { capacity, structure } = this.#workspace;
    const { address } = structure.struct;
    if (this.#onStage !== undefined && capacity.parts === 1) return this.#runStages(address);
    return capacity.parts === 1 || this.#team === undefined
      ? this.#kernels.runAll(this.#image.address, address)
      : this.#team.run(this.#image.address, address);
  }

  #runStages(address: number): number {
    const count = this.#kernels.stageCount(this.#image.address);
    for (let stage = 0; stage < count; stage++) {
      const start = performance.now();
      const failed = this.#kernels.runStage(this.#image.address, address, 0, stage);
      this.#onStage?.(stage, start, performance.now());
      if (failed !== 0) return failed;
    }
    return 0;
  }

  #refuseClash(atoms: Atoms): never {
    const { parts } = this.#workspace.structure;
    const clash = parts.map((part) => [part.word('clashA'), part.word('clashB')]);
    for (const part of parts) part.setWord('clashB', 0);
    validateAtoms(atoms);
    const [a, b] = clash.find((pair) => pair[1] > 0) ?? clash[0];
    throw coincidentAtoms(atoms, a, b);
  }

  /**
   * Lays out memory for something else that is computed with the student; the memory of structures
   * comes behind it from then on. What was said of the last structure does not hold any more.
   *
   * @throws FusedMemoryError
   */
  extend<T>(lay: (shared: SharedStudent) => T): T {
    const { capacity } = this.#workspace;
    this.#arena.release(this.#base);
    try {
      const laid = lay({
        student: this.#student,
        arena: this.#arena,
        image: this.#image,
        kernels: this.#kernels,
        indexOf: this.#indexOf,
        references: this.#references,
      });
      this.#base = this.#arena.top;
      return laid;
    } finally {
      this.#workspace = this.#lay(capacity);
    }
  }

  /** Copies a structure into memory, which is laid out anew where it is too small. */
  #take(atoms: Atoms): void {
    const { numbers, positions, cell, charge = 0, spin = 0 } = atoms;
    const count = numbers.length;
    if (count === 0 || positions.length !== 3 * count || cell.length !== 9) validateAtoms(atoms);
    const { capacity } = this.#workspace;
    const parts = count < SHARED_ATOMS ? 1 : (this.#team?.threads ?? 1);
    if (count > capacity.atoms || parts !== capacity.parts) {
      const room = Math.max(capacity.atoms, Math.ceil(SLACK * count));
      this.#workspace = this.#lay({ atoms: room, pairs: capacity.pairs, parts });
    }
    if (count !== this.#atoms) this.#resize(count);
    const target = this.#workspace.positions;
    let sum = 0;
    for (let k = 0; k < positions.length; k++) {
      target[k] = positions[k];
      sum += positions[k];
    }
    for (let k = 0; k < 9; k++) sum += cell[k];
    if (!Number.isFinite(sum + charge + spin)) validateAtoms(atoms);
    for (let i = 0; i < count; i++) {
      if (numbers[i] !== this.#numbers[i]) this.#setElement(atoms, i);
    }
  }

  #resize(count: number): void {
    this.#atoms = count;
    this.#mode = NOTHING;
    // No number is NaN: each is looked at, also one that is no element.
    this.#numbers = new Float64Array(count).fill(Number.NaN);
    this.#workspace.structure.struct.setWord('atoms', count);
  }

  #setElement(atoms: Atoms, i: number): void {
    const number = atoms.numbers[i];
    const index = this.#indexOf[number] ?? -1;
    if (index < 0) {
      validateAtoms(atoms);
      throw untrainedElement(this, number, i) ?? noFiniteAnswer(this.name);
    }
    this.#numbers[i] = number;
    this.#workspace.species[i] = index;
  }

  #lookAtAll(atoms: Atoms): void {
    if (this.#mode === ALL_PAIRS) return;
    validateAtoms(atoms);
    this.#mode = ALL_PAIRS;
    this.#workspace.structure.struct.setWord('candidates', 0);
    this.#share(undefined);
  }

  /** Tells each part what it does; without candidates all pairs of atoms are looked at. */
  #share(candidates: number | undefined): void {
    const { structure, capacity } = this.#workspace;
    const { parts } = capacity;
    putShares(structure.parts, shareOut({ atoms: this.#atoms, candidates, parts }));
  }

  /** Makes sure that the candidates of memory contain all pairs. */
  #list(atoms: Atoms, axes: number): void {
    const isNew = this.#mode !== axes;
    const moved = this.#setCell(atoms);
    const { cutoff } = this.#student.config;
    const state = { pbc: axes, cutoff, skin: this.#skin };
    if (!isNew && this.#workspace.candidatesHold(this.#atoms, state)) {
      if (moved) this.#workspace.placeShifts();
      return;
    }
    validateAtoms(atoms);
    this.#mode = NOTHING;
    const reach = { pbc: axes, reach: cutoff + this.#skin };
    let found = this.#workspace.search(this.#atoms, reach);
    if (found > this.#workspace.capacity.pairs) {
      const { capacity } = this.#workspace;
      this.#workspace = this.#lay({ ...capacity, pairs: Math.ceil(SLACK * found) });
      this.#take(atoms);
      this.#setCell(atoms);
      found = this.#workspace.search(this.#atoms, reach);
    }
    if (found < 0) throw tooWide(this.name);
    this.#rebuilds++;
    this.#mode = axes;
    this.#share(found);
  }

  /** Copies the cell; whether it has changed. */
  #setCell({ cell }: Atoms): boolean {
    const known = this.#workspace.cell;
    let changed = false;
    for (let k = 0; k < 9; k++) {
      if (cell[k] === known[k]) continue;
      known[k] = cell[k];
      changed = true;
    }
    return changed;
  }

  #sum(atoms: Atoms): void {
    const { outputs, species, forces } = this.#workspace;
    const { scale } = this.#student.baseline;
    let energy = 0;
    let check = 0;
    for (let i = 0; i < this.#atoms; i++) {
      // Atom by atom, so that it is the sum of `energies` to the last bit.
      energy += this.#references[species[i]] + scale * outputs[i];
      check += forces[3 * i] + forces[3 * i + 1] + forces[3 * i + 2];
    }
    this.#energy = energy + (this.#repulsion?.energy ?? 0);
    if (Number.isFinite(this.#energy + check)) return;
    validateAtoms(atoms);
    throw noFiniteAnswer(this.name);
  }

  #lay(capacity: WorkspaceCapacity): Workspace {
    this.#atoms = 0;
    this.#mode = NOTHING;
    try {
      return this.#workspaceFor(capacity);
    } catch (error) {
      // Some of it was laid already, and views of memory that has grown meanwhile are void.
      this.#workspace = this.#workspaceFor(SMALLEST);
      throw error;
    }
  }

  #workspaceFor(capacity: WorkspaceCapacity): Workspace {
    this.#arena.release(this.#base);
    return new Workspace(this.#arena, this.#image, { capacity, kernels: this.#kernels });
  }

  /** Makes the energy of an isolated atom its reference energy. */
  #subtractIsolated(): void {
    this.elements.forEach((z, k) => {
      this.evaluate(createAtoms({ numbers: [z], positions: [[0, 0, 0]] }));
      this.#references[k] -= this.#student.baseline.scale * this.#workspace.outputs[0];
    });
  }
}

/** Intervals of the table of filters of a student, where none are asked for. */
export function defaultIntervals({ radialBasis }: PainnConfig): number {
  return Math.ceil(INTERVALS_PER_FUNCTION * radialBasis.count);
}

function requireSupport(name: string, { config }: Student): void {
  const obstacle = fusedObstacle(config);
  if (obstacle === undefined) return;
  throw new FusedUnavailableError(
    'student/fused-unsupported',
    `the kernels do not serve ${name}: ${obstacle}`,
    { expected: 'a student that does not', found: obstacle, hint: 'Take the back end `onnx`.' },
  );
}

function tooWide(name: string): InvalidAtomsError {
  return new InvalidAtomsError(
    'student/too-many-pairs',
    `${name} cannot list the pairs of this structure`,
    {
      expected: 'fewer than 2^31 pairs of atoms and images, atoms within 2^28 cells',
      found: 'more',
      hint: 'Make the cell larger, or bring the atoms back into it.',
    },
  );
}
