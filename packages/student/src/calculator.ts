import type { Atoms, NeighborList, Property, Results, TrainingDomain } from '@mlffd/core';
import { copyAtoms, validateAtoms, VerletList, volume } from '@mlffd/core';
import { type BatchOutcome, failureOf, requireAll } from './batchOutcome.ts';
import type { Backend, StudentCalculatorOptions } from './calculatorOptions.ts';
import { chooseBackend, fusedCalculator, sessionIsFaster, sessionRunner } from './backend.ts';
import { FusedCalculator } from './fused/fusedCalculator.ts';
import { loadStudent } from './loadStudent.ts';
import { forcesFromEdges, virialFromEdges } from './observables.ts';
import { requireProperties, STUDENT_PROPERTIES } from './properties.ts';
import type { NetworkOutput, NetworkRunner } from './runner.ts';
import { type Student, studentName, trainedElements } from './student.ts';
import { refuseCoincident, requireFinite } from './unanswerable.ts';
import { HeadSpread } from './uncertainty/headSpread.ts';
import { untrainedElement } from './untrained.ts';
import type { UncertainCalculator } from './uncertainty/uncertainCalculator.ts';
import type { Uncertainties } from './uncertainty/uncertainty.ts';
import { repulsionReach } from './config.ts';
import { type ZblResults, zblEnergy } from './zbl/zblEnergy.ts';

/**
 * A student as a calculator: neighbour list, network in WebAssembly or on ONNX Runtime (CPU), sums and
 * the repulsion of nuclei, where the student has it, in float64.
 *
 * Fused, it answers at once. On ONNX Runtime calls that overlap are answered one after the other.
 * Between calls only the list and growing buffers are kept, so structures may be mixed freely; a
 * moving structure reuses its list.
 */
export class StudentCalculator implements UncertainCalculator {
  readonly name: string;
  readonly properties: readonly Property[] = STUDENT_PROPERTIES;
  /** Atomic numbers it was trained for. */
  readonly elements: readonly number[];
  /** Angstrom. */
  readonly cutoff: number;
  /** What its training structures are like, for `guards: { domain }` of `@mlffd/md`, where it is known. */
  readonly domain: TrainingDomain | undefined;
  /**
   * What computes. Chosen by `auto`, a wide student leaves structures of some dozen atoms to ONNX Runtime,
   * which is faster there.
   */
  readonly backend: Backend;
  /** Why it is this back end, where it was chosen by `auto`. */
  readonly backendReason: string;
  readonly #student: Student;
  readonly #list: VerletList;
  /** What answers: kernels at once, or a session. */
  readonly #engine: FusedCalculator | NetworkRunner;
  readonly #trained: readonly boolean[];
  readonly #options: StudentCalculatorOptions;
  /** For structures that it answers faster than the kernels; made with the first of them. */
  #session: Promise<NetworkRunner> | undefined;
  /** Made when it is first asked for. */
  #spread: HeadSpread | undefined;
  #busy: Promise<unknown> | undefined;

  private constructor(
    student: Student,
    { engine, backendReason }: { engine: FusedCalculator | NetworkRunner; backendReason: string },
    options: StudentCalculatorOptions,
  ) {
    const { config, baseline } = student;
    this.name = options.name ?? studentName(student);
    this.backend = engine instanceof FusedCalculator ? 'fused' : 'onnx';
    this.backendReason = backendReason;
    this.#engine = engine;
    this.cutoff = config.cutoff;
    this.domain = student.domain;
    this.elements = trainedElements(baseline);
    this.#trained = Array.from(baseline.energies, (_, z) => this.elements.includes(z));
    this.#student = student;
    this.#options = options;
    this.#list = new VerletList({ cutoff: config.cutoff, skin: options.skin ?? 0.5 });
  }

  /**
   * Calculator of a checkpoint folder.
   *
   * @throws as `loadStudent`
   */
  static async load(
    folder: string,
    options: StudentCalculatorOptions = {},
  ): Promise<StudentCalculator> {
    return StudentCalculator.fromStudent(loadStudent(folder), options);
  }

  /**
   * Calculator of a student in memory; its arrays must not change afterwards.
   *
   * @throws ParameterMismatchError where weights and configuration do not fit
   */
  static async fromStudent(
    student: Student,
    options: StudentCalculatorOptions = {},
  ): Promise<StudentCalculator> {
    const { backend, reason } = chooseBackend(student, options);
    const engine =
      backend === 'fused'
        ? await fusedCalculator(student, options)
        : await sessionRunner(student, options);
    return new StudentCalculator(student, { engine, backendReason: reason }, options);
  }

  /** Energy (eV), energies (eV), forces (eV/Angstrom), stress (eV/Angstrom^3). */
  calculate(atoms: Atoms, properties: readonly Property[]): Results | Promise<Results> {
    const engine = this.#engine;
    if (!(engine instanceof FusedCalculator)) {
      return this.#calculateLater(atoms, { properties, runner: engine });
    }
    const { backend = 'auto' } = this.#options;
    if (backend === 'auto' && sessionIsFaster(this.#student.config, atoms.numbers.length)) {
      return this.#calculateInSession(copyAtoms(atoms), properties);
    }
    return engine.calculate(atoms, properties);
  }

  async #calculateInSession(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    this.#session ??= sessionRunner(this.#student, this.#options);
    return this.#calculateLater(atoms, { properties, runner: await this.#session });
  }

  /**
   * The same for many structures, of any size and kind. Fused, small ones are computed at once, which is
   * faster; on ONNX Runtime they are computed one after the other.
   *
   * @throws as `calculate`, for the first structure without an answer; `where` begins with its index
   */
  calculateBatch(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): Results[] | Promise<Results[]> {
    const engine = this.#engine;
    if (engine instanceof FusedCalculator) return engine.calculateBatch(structures, properties);
    return this.#settleLater(structures, properties).then(requireAll);
  }

  /**
   * As `calculateBatch`, with an error in the place of results where a structure has none.
   *
   * @throws PropertyNotAvailableError
   */
  settleBatch(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): BatchOutcome[] | Promise<BatchOutcome[]> {
    const engine = this.#engine;
    if (engine instanceof FusedCalculator) return engine.settleBatch(structures, properties);
    return this.#settleLater(structures, properties);
  }

  /** All calls are made now, so that the structures are those of now. */
  async #settleLater(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): Promise<BatchOutcome[]> {
    requireProperties(this.name, properties);
    return Promise.all(
      structures.map(async (atoms, k) => {
        try {
          return { results: await this.calculate(atoms, properties) };
        } catch (error) {
          return failureOf(error, k);
        }
      }),
    );
  }

  async #calculateLater(
    atoms: Atoms,
    { properties, runner }: { properties: readonly Property[]; runner: NetworkRunner },
  ): Promise<Results> {
    this.#check(atoms, properties);
    return this.#enqueue(atoms, (structure) => this.#answer(structure, { properties, runner }));
  }

  /**
   * Standard deviations of energy (eV) and of the force on each atom (eV/Angstrom) that the student
   * itself expects; see `Uncertainty`. One run of the network for each head, typically 16.
   *
   * @throws UncertaintyError `student/no-uncertainty` when the student was not calibrated
   */
  async uncertainty(atoms: Atoms): Promise<Uncertainties> {
    this.#check(atoms, []);
    return this.#enqueue(atoms, async (structure) => {
      this.#spread ??= await HeadSpread.create(
        this.#student,
        this.#options.threads ?? 1,
        this.name,
      );
      const list = this.#list.update(structure);
      refuseCoincident(structure, list);
      const found = await this.#spread.uncertainties(list, structure);
      requireFinite(this.name, structure, {
        atoms: found.forces,
        derivatives: [found.energy, 0, 0],
        edges: 1,
      });
      return found;
    });
  }

  /** Does a job at once, or after those that are running. */
  #enqueue<T>(atoms: Atoms, job: (atoms: Atoms) => Promise<T>): Promise<T> {
    if (this.#busy === undefined) return this.#occupy(job(atoms));
    // The caller may go on moving the atoms while this call waits.
    const copy = copyAtoms(atoms);
    const before = this.#busy;
    return this.#occupy(before.then(() => job(copy)));
  }

  /** Frees the native sessions once running calls have ended. */
  async dispose(): Promise<void> {
    await this.#busy;
    if (this.#engine instanceof FusedCalculator) await this.#engine.dispose();
    else await this.#engine.release();
    await (await this.#session)?.release();
    await this.#spread?.release();
  }

  /** Makes later calls wait for `job`, whether it fails or not. */
  #occupy<T>(job: Promise<T>): Promise<T> {
    const done = job.then(
      () => undefined,
      () => undefined,
    );
    this.#busy = done;
    void done.then(() => {
      if (this.#busy === done) this.#busy = undefined;
    });
    return job;
  }

  #check(atoms: Atoms, properties: readonly Property[]): void {
    requireProperties(this.name, properties);
    const { numbers, charge = 0, spin = 0 } = atoms;
    // The list looks at a structure again only when atoms have moved.
    if (!Number.isFinite(charge + spin)) validateAtoms(atoms);
    for (let i = 0; i < numbers.length; i++) {
      if (this.#trained[numbers[i]]) continue;
      const refusal = untrainedElement(this, numbers[i], i);
      if (refusal !== undefined) throw refusal;
    }
  }

  async #answer(
    atoms: Atoms,
    { properties, runner }: { properties: readonly Property[]; runner: NetworkRunner },
  ): Promise<Results> {
    const list = this.#list.update(atoms);
    const size = properties.includes('stress') ? volume(atoms) : 0;
    refuseCoincident(atoms, list);
    const reach = repulsionReach(this.#student.config);
    const zbl = reach === undefined ? undefined : zblEnergy(atoms, list, { reach });
    const output = await runner.run(list, atoms);
    const { atoms: energies, edges: derivatives } = output;
    requireFinite(this.name, atoms, { atoms: energies, derivatives, edges: list.count });
    const results = this.#results(atoms, properties, { list, size, ...output });
    if (zbl !== undefined) addRepulsion(results, zbl, size);
    return results;
  }

  #results(
    { numbers }: Atoms,
    properties: readonly Property[],
    output: {
      list: NeighborList;
      /** Angstrom^3 */
      size: number;
    } & NetworkOutput,
  ): Results {
    const { energies: references, scale } = this.#student.baseline;
    const { list, size, edges } = output;
    const results: Results = {};
    if (properties.includes('energies') || properties.includes('energy')) {
      const energies = new Float64Array(numbers.length);
      let energy = 0;
      for (let i = 0; i < numbers.length; i++) {
        energies[i] = references[numbers[i]] + scale * output.atoms[i];
        energy += energies[i];
      }
      results.energy = energy;
      if (properties.includes('energies')) results.energies = energies;
    }
    if (properties.includes('forces')) results.forces = forcesFromEdges(list, edges, scale);
    if (properties.includes('stress')) {
      results.stress = virialFromEdges(list, edges, scale / size);
    }
    return results;
  }
}

/** Adds the repulsion of nuclei to each property that was asked for; `size` in Angstrom^3. */
function addRepulsion(results: Results, zbl: ZblResults, size: number): void {
  const { energy, energies, forces, stress } = results;
  if (energy !== undefined) results.energy = energy + zbl.energy;
  if (energies !== undefined) addTo(energies, zbl.energies, 1);
  if (forces !== undefined) addTo(forces, zbl.forces, 1);
  if (stress !== undefined) addTo(stress, zbl.virial, 1 / size);
}

function addTo(sum: Float64Array, values: Float64Array, factor: number): void {
  for (let k = 0; k < sum.length; k++) sum[k] += factor * values[k];
}
