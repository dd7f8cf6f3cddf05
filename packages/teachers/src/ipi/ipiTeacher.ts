import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  cellDeterminant,
  copyAtoms,
  type Property,
  type Results,
  voigtFromMatrix,
} from '@mlffd/core';
import { createServer } from 'node:net';
import { checkRequest } from '../checks.ts';
import { toCellFrame } from './cellFrame.ts';
import { DriverTemplate } from './driverTemplate.ts';
import { notFiniteError } from './ipiErrors.ts';
import { listenAt } from './ipiListen.ts';
import {
  type IpiAddress,
  type IpiTeacherOptions,
  type ResolvedIpiOptions,
  resolveIpiOptions,
} from './ipiOptions.ts';
import { IpiPool } from './ipiPool.ts';
import type { WireAnswer } from './wire.ts';

/**
 * Any i-PI driver as a teacher: `fix ipi` of LAMMPS, `SocketClient` of ASE, i-pi-driver, and others.
 *
 * This is the server; drivers connect to it at any time, work side by side, and may go and come
 * again. They are told positions and cell only, so that all structures must be of the composition
 * that they were started with (`template`); a driver of another number of atoms is found out, one
 * with other species is not. Energies carry a relative difference of 1e-7 where a driver has other
 * constants than CODATA 2014.
 */
export class IpiTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  /** Where drivers connect. */
  readonly address: IpiAddress;
  readonly #options: ResolvedIpiOptions;
  readonly #pool: IpiPool;
  readonly #template: DriverTemplate;
  /** Calls without an answer yet. */
  #calls = 0;

  private constructor(
    options: ResolvedIpiOptions,
    pool: IpiPool,
    parts: Pick<IpiTeacher, 'address' | 'properties'> & { elements: IpiTeacherOptions['elements'] },
  ) {
    this.name = options.name;
    this.properties = parts.properties;
    if (parts.elements !== undefined) this.elements = parts.elements;
    this.address = parts.address;
    this.#options = options;
    this.#pool = pool;
    this.#template = new DriverTemplate(options.name, options.template);
  }

  /**
   * Listens, and waits for the drivers.
   *
   * @throws IpiTeacherError `teachers/ipi-listen`, `teachers/ipi-no-driver`
   * @throws InvalidArgumentError, the reason of the signal
   */
  static async listen(options: IpiTeacherOptions): Promise<IpiTeacher> {
    const resolved = resolveIpiOptions(options);
    options.signal?.throwIfAborted();
    const server = createServer({ noDelay: true, keepAlive: true });
    const address = await listenAt(server, resolved.address);
    const pool = new IpiPool(server, address, resolved);
    try {
      options.onEvent?.({ type: 'listening', address });
      await pool.connected(resolved.drivers, options.signal);
    } catch (error) {
      await pool.dispose();
      throw error;
    }
    return new IpiTeacher(resolved, pool, {
      address,
      elements: options.elements,
      properties: ['energy', 'forces', ...((options.stress ?? true) ? (['stress'] as const) : [])],
    });
  }

  /** Drivers that are connected. */
  get drivers(): number {
    return this.#pool.size;
  }

  /** Structures that the drivers take at once; at least one, since a driver may come. */
  get concurrency(): number {
    return Math.max(1, this.#pool.capacity);
  }

  async calculate(
    atoms: Atoms,
    properties: readonly Property[],
    { signal }: CalculateOptions = {},
  ): Promise<Results> {
    checkRequest(this, atoms, properties);
    signal?.throwIfAborted();
    if (this.#options.checkSpecies) this.#template.check(atoms);
    const { positions, cell } = copyAtoms(atoms);
    const frame = this.#options.cellFrame
      ? toCellFrame({ positions, cell })
      : { structure: { positions, cell }, back: (answer: WireAnswer) => answer };
    this.#calls++;
    try {
      const answer = frame.back(await this.#pool.ask(frame.structure, signal));
      this.#template.confirm();
      return this.#results(answer, cell, properties.includes('stress'));
    } finally {
      this.#calls--;
      if (this.#calls === 0) this.#template.forget();
    }
  }

  /** Sends EXIT to the drivers and removes the socket file; calls without an answer are rejected. */
  dispose(): Promise<void> {
    return this.#pool.dispose();
  }

  #results({ energy, forces, virial }: WireAnswer, cell: Float64Array, stress: boolean): Results {
    if (!Number.isFinite(energy)) throw notFiniteError(this.name, `the energy is ${energy}`);
    requireFinite(this.name, 'forces', forces);
    if (!stress) return { energy, forces };
    requireFinite(this.name, 'virial', virial);
    const volume = Math.abs(cellDeterminant(cell));
    const voigt = voigtFromMatrix(virial);
    return { energy, forces, stress: voigt.map((component) => -component / volume) };
  }
}

function requireFinite(teacher: string, what: string, values: Float64Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw notFiniteError(teacher, `${what}[${index}] is ${values[index]}`);
}
