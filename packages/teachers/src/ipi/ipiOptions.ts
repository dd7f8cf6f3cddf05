import { randomBytes } from 'node:crypto';
import type { Atoms, MlffdError } from '@mlffd/core';
import { type IpiAddress, ipiAddress, UNIX_PREFIX } from '@mlffd/core/ipi';
import { invalidOption, requirePositive } from '../checks.ts';
import { requireCommand } from './commandLine.ts';
import type { Conversation } from './ipiDriver.ts';

/** What a teacher behind a socket tells beside its answers. */
export type IpiTeacherEvent =
  | { readonly type: 'listening'; readonly address: IpiAddress }
  | { readonly type: 'driver-connected'; readonly driver: string }
  /** A connection is gone, also one that never was an i-PI driver. */
  | { readonly type: 'driver-lost'; readonly driver: string; readonly error: MlffdError }
  /** A process was started by `command`; `pid` is the number of its group. */
  | {
      readonly type: 'driver-started';
      readonly driver: string;
      readonly pid: number;
      readonly command: string;
    }
  /** It is gone: it died, was replaced by one for another composition, or is no longer needed. */
  | { readonly type: 'driver-ended'; readonly driver: string; readonly reason: string }
  /** A line that it printed. */
  | {
      readonly type: 'log';
      readonly driver: string;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
    };

export interface IpiTeacherOptions {
  /**
   * TCP port; 0 takes a free one, which the event `listening` names. Either this or `path`. With
   * `command` the second driver gets the next port, and so on.
   */
  readonly port?: number;
  /**
   * Unix socket; a name without a slash is `/tmp/ipi_NAME`, as most drivers have it. With `command`
   * the second driver gets NAME-1, and so on; default a new name.
   */
  readonly path?: string;
  /**
   * Program and arguments that start a driver; it is started again when it dies, and ended with the
   * teacher or this process. Placeholders: `{address}` (name of the Unix socket, or host), `{path}`
   * (its file), `{host}`, `{port}`; for the structure asked about `{structure}` (an extended XYZ file),
   * `{data}` and `{data:charge}` (LAMMPS data files of these atom styles), `{elements}` (symbols of its
   * LAMMPS types). With one of these, any composition can be asked about: each gets drivers of its own.
   */
  readonly command?: readonly string[];
  /** Folder that the command runs in. Default that of this process. */
  readonly cwd?: string;
  /** Further environment variables of the command, such as OMP_NUM_THREADS. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What the drivers compute, as in `Si.sw, LAMMPS 22Jul2025`: it goes into the fingerprint, as nobody
   * can ask a driver what it is. Change it with the potential.
   */
  readonly label?: string;
  /** Default `127.0.0.1`. The protocol has no passwords: anyone who can connect can answer. */
  readonly host?: string;
  /** For logs and provenance, default `label` or `ipi`. */
  readonly name?: string;
  /** Atomic numbers that the drivers have parameters for, in the order of LAMMPS types; default any. */
  readonly elements?: readonly number[];
  /** False for drivers that send no virial. Default true. */
  readonly stress?: boolean;
  /** Longest time for one answer, s. Default 600. */
  readonly timeout?: number;
  /**
   * Longest time without a driver that a call waits, that `listen` waits, and that a driver may take
   * to start, s. Default 60.
   */
  readonly acceptTimeout?: number;
  /**
   * Drivers that `listen` waits for; more may come at any time. With `command`: most that run at the
   * same time. Default 1.
   */
  readonly drivers?: number;
  /** The structure that the drivers were started with; default the first one asked about. */
  readonly template?: Atoms;
  /** False lets structures of any species pass, for drivers that do not depend on them. */
  readonly checkSpecies?: boolean;
  /**
   * True (default): the cell is sent as i-PI does, first vector along x, second in the xy plane, and
   * answers are turned back. False sends structures as they are.
   */
  readonly cellFrame?: boolean;
  /**
   * For drivers that know no open axes, such as LAMMPS with `boundary p p p`: along these they get a
   * cell as long as the atoms reach plus this, Angstrom. Default: cells are sent as they are.
   */
  readonly vacuum?: number;
  /** POSDATA and GETFORCE in one message. Default true; false asks for the status between. */
  readonly consolidated?: boolean;
  /** Structures in one message, for drivers that ask for INIT and know `batch_size`. Default 1. */
  readonly batchSize?: number;
  /** Text for drivers that ask for INIT. Default none. */
  readonly init?: string;
  readonly onEvent?: (event: IpiTeacherEvent) => void;
  /** Stops waiting for drivers. */
  readonly signal?: AbortSignal;
}

/** Options with everything filled in. */
export interface ResolvedIpiOptions extends Conversation {
  readonly address: IpiAddress;
  readonly command: readonly string[] | undefined;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly elements: readonly number[] | undefined;
  readonly name: string;
  readonly acceptTimeout: number;
  readonly drivers: number;
  readonly template: Atoms | undefined;
  readonly checkSpecies: boolean;
  readonly cellFrame: boolean;
  readonly vacuum: number | undefined;
  readonly onEvent: ((event: IpiTeacherEvent) => void) | undefined;
}

/** @throws InvalidArgumentError */
export function resolveIpiOptions(options: IpiTeacherOptions): ResolvedIpiOptions {
  const { timeout = 600, acceptTimeout = 60, drivers = 1, batchSize = 1 } = options;
  requirePositive(timeout, 'timeout', 's');
  requirePositive(acceptTimeout, 'acceptTimeout', 's');
  const { command, vacuum } = options;
  requireInteger('drivers', drivers, command === undefined ? 0 : 1);
  requireInteger('batchSize', batchSize, 1);
  if (vacuum !== undefined) requirePositive(vacuum, 'vacuum', 'Angstrom');
  const address = resolveAddress(options);
  if (command !== undefined) requireCommand(command, address);
  return {
    address,
    command,
    cwd: options.cwd,
    env: options.env ?? {},
    elements: options.elements,
    name: options.name ?? options.label ?? 'ipi',
    timeout,
    acceptTimeout,
    drivers,
    batchSize,
    init: options.init ?? '',
    consolidated: options.consolidated ?? true,
    template: options.template,
    checkSpecies: options.checkSpecies ?? true,
    cellFrame: options.cellFrame ?? true,
    vacuum,
    onEvent: options.onEvent,
  };
}

function resolveAddress({ port, path, host, command }: IpiTeacherOptions): IpiAddress {
  if (command !== undefined && port === undefined && path === undefined) {
    return { path: `${UNIX_PREFIX}mlffd-${randomBytes(8).toString('hex')}` };
  }
  return ipiAddress({ port, path, host }, { least: 0, code: 'teachers/invalid-option' });
}

function requireInteger(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw invalidOption(name, value, `an integer from ${least}`);
}

/** Where driver number `index` of those that run at the same time connects. */
export function addressOf(address: IpiAddress, index: number): IpiAddress {
  if (index === 0) return address;
  if (address.path !== undefined) return { path: `${address.path}-${index}` };
  return { host: address.host, port: address.port === 0 ? 0 : address.port + index };
}
