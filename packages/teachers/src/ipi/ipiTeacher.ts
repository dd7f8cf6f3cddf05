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
import type { IpiAddress, WireAnswer, WireStructure } from '@mlffd/core/ipi';
import { createServer } from 'node:net';
import { checkRequest } from '../checks.ts';
import { toCellFrame } from './cellFrame.ts';
import { namesStructure } from './commandLine.ts';
import { DriverFleet } from './driverFleet.ts';
import { DriverTemplate } from './driverTemplate.ts';
import { ipiFingerprint } from './ipiFingerprint.ts';
import { notFiniteError } from './ipiErrors.ts';
import { listenAt } from './ipiListen.ts';
import {
  type IpiTeacherOptions,
  type ResolvedIpiOptions,
  resolveIpiOptions,
} from './ipiOptions.ts';
import { IpiPool } from './ipiPool.ts';
import type { DriverService } from './jobQueue.ts';
import { withVacuum } from './vacuumCell.ts';

/**
 * Any i-PI driver as a teacher: `fix ipi` of LAMMPS, `SocketClient` of ASE, i-pi-driver, and others.
 *
 * This is the server. Drivers connect to it at any time, work side by side, and may go and come
 * again; or the teacher starts them itself (`command`). They are told positions and cell only, so that
 * all structures must be of the composition that they were started with (`template`); a driver of
 * another number of atoms is found out, one with other species is not. A command that names the
 * structure is started for each composition. Energies carry a relative difference of 1e-7 where a
 * driver has other constants than CODATA 2014.
 */
export class IpiTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  /** Where drivers connect; with `command`, the first of them. */
  readonly address: IpiAddress;
  /** SHA-256 of what is known to decide about answers; undefined without `label` and `command`. */
  readonly fingerprint?: string;
  readonly #options: ResolvedIpiOptions;
  readonly #drivers: DriverService;
  /** Undefined where structures need not be alike. */
  readonly #template: DriverTemplate | undefined;
  /** Calls without an answer yet. */
  #calls = 0;

  private constructor(
    options: ResolvedIpiOptions,
    drivers: DriverService,
    parts: Pick<IpiTeacher, 'address' | 'properties'> & {
      readonly elements: readonly number[] | undefined;
      readonly fingerprint: string | undefined;
    },
  ) {
    this.name = options.name;
    this.properties = parts.properties;
    if (parts.elements !== undefined) this.elements = parts.elements;
    if (parts.fingerprint !== undefined) this.fingerprint = parts.fingerprint;
    this.address = parts.address;
    this.#options = options;
    this.#drivers = drivers;
    const mayDiffer = !options.checkSpecies || startsForAny(options);
    this.#template = mayDiffer ? undefined : new DriverTemplate(options.name, options.template);
  }

  /**
   * Listens and waits for the drivers, or starts the first one, unless it needs a structure that is
   * not known yet.
   *
   * @throws IpiTeacherError `teachers/ipi-listen`, `teachers/ipi-no-driver`,
   * `teachers/ipi-start-failed`
   * @throws InvalidArgumentError, FileSystemError for a file that the command names, the reason of the
   * signal
   */
  static async listen(options: IpiTeacherOptions): Promise<IpiTeacher> {
    const resolved = resolveIpiOptions(options);
    options.signal?.throwIfAborted();
    const fingerprint = await ipiFingerprint(options);
    const { address, drivers } = await (resolved.command === undefined
      ? serve(resolved, options.signal)
      : launch(resolved, options.signal));
    return new IpiTeacher(resolved, drivers, {
      address,
      fingerprint,
      elements: options.elements,
      properties: ['energy', 'forces', ...((options.stress ?? true) ? (['stress'] as const) : [])],
    });
  }

  /** Drivers that are connected. */
  get drivers(): number {
    return this.#drivers.size;
  }

  /** Structures that the drivers take at once; at least one, since a driver may come. */
  get concurrency(): number {
    return Math.max(1, this.#drivers.capacity);
  }

  async calculate(
    atoms: Atoms,
    properties: readonly Property[],
    { signal }: CalculateOptions = {},
  ): Promise<Results> {
    checkRequest(this, atoms, properties);
    signal?.throwIfAborted();
    this.#template?.check(atoms);
    const copy = copyAtoms(atoms);
    const { structure, back } = framed(copy, this.#options);
    this.#calls++;
    try {
      const answer = back(await this.#drivers.ask({ atoms: copy, structure }, signal));
      this.#template?.confirm();
      return this.#results(answer, copy.cell, properties.includes('stress'));
    } finally {
      this.#calls--;
      if (this.#calls === 0) this.#template?.forget();
    }
  }

  /**
   * Sends EXIT to the drivers, ends those that it has started, and removes the files of sockets; calls
   * without an answer are rejected.
   */
  dispose(): Promise<void> {
    return this.#drivers.dispose();
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

interface Started {
  readonly address: IpiAddress;
  readonly drivers: DriverService;
}

/** A server for drivers that others start. */
async function serve(options: ResolvedIpiOptions, signal?: AbortSignal): Promise<Started> {
  const server = createServer({ noDelay: true, keepAlive: true });
  const address = await listenAt(server, options.address);
  const drivers = new IpiPool(server, address, options);
  try {
    options.onEvent?.({ type: 'listening', address });
    await drivers.connected(options.drivers, signal);
  } catch (error) {
    await drivers.dispose();
    throw error;
  }
  return { address, drivers };
}

/** Drivers of its own. */
async function launch(options: ResolvedIpiOptions, signal?: AbortSignal): Promise<Started> {
  const drivers = new DriverFleet(options, options.checkSpecies && startsForAny(options));
  const { template } = options;
  try {
    if (template !== undefined) {
      await drivers.prepare({ ...template, ...framed(template, options).structure }, signal);
    } else if (!startsForAny(options)) await drivers.prepare(undefined, signal);
  } catch (error) {
    await drivers.dispose();
    throw error;
  }
  return { address: options.address, drivers };
}

/** True where a driver can be started for any structure. */
function startsForAny({ command }: ResolvedIpiOptions): boolean {
  return command !== undefined && namesStructure(command);
}

/** A structure as drivers get it, and how their answers are turned back. */
function framed(
  atoms: Atoms,
  { vacuum, cellFrame }: ResolvedIpiOptions,
): { readonly structure: WireStructure; readonly back: (answer: WireAnswer) => WireAnswer } {
  const structure = vacuum === undefined ? atoms : withVacuum(atoms, vacuum);
  return cellFrame ? toCellFrame(structure, atoms.pbc) : { structure, back: (answer) => answer };
}

function requireFinite(teacher: string, what: string, values: Float64Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw notFiniteError(teacher, `${what}[${index}] is ${values[index]}`);
}
