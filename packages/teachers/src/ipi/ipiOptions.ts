import { type Atoms, InvalidArgumentError, type MlffdError } from '@mlffd/core';
import { requirePositive } from '../checks.ts';
import type { Conversation } from './ipiDriver.ts';

/** Where drivers connect. */
export type IpiAddress =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/** What a teacher behind a socket tells beside its answers. */
export type IpiTeacherEvent =
  | { readonly type: 'listening'; readonly address: IpiAddress }
  | { readonly type: 'driver-connected'; readonly driver: string }
  /** A connection is gone, also one that never was an i-PI driver. */
  | { readonly type: 'driver-lost'; readonly driver: string; readonly error: MlffdError };

export interface IpiTeacherOptions {
  /** TCP port; 0 takes a free one, which the event `listening` names. Either this or `path`. */
  readonly port?: number;
  /** Unix socket; a name without a slash is `/tmp/ipi_NAME`, as most drivers have it. */
  readonly path?: string;
  /** Default `127.0.0.1`. The protocol has no passwords: anyone who can connect can answer. */
  readonly host?: string;
  /** For logs and provenance, default `ipi`. */
  readonly name?: string;
  /** Atomic numbers that the drivers have parameters for; default any. */
  readonly elements?: readonly number[];
  /** False for drivers that send no virial. Default true. */
  readonly stress?: boolean;
  /** Longest time for one answer, s. Default 600. */
  readonly timeout?: number;
  /** Longest time without a driver that a call waits, and that `listen` waits, s. Default 60. */
  readonly acceptTimeout?: number;
  /** Drivers that `listen` waits for; more may come at any time. Default 1. */
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
  readonly name: string;
  readonly acceptTimeout: number;
  readonly drivers: number;
  readonly template: Atoms | undefined;
  readonly checkSpecies: boolean;
  readonly cellFrame: boolean;
  readonly onEvent: ((event: IpiTeacherEvent) => void) | undefined;
}

const LARGEST_PORT = 65535;

/** @throws InvalidArgumentError */
export function resolveIpiOptions(options: IpiTeacherOptions): ResolvedIpiOptions {
  const { timeout = 600, acceptTimeout = 60, drivers = 1, batchSize = 1 } = options;
  requirePositive(timeout, 'timeout', 's');
  requirePositive(acceptTimeout, 'acceptTimeout', 's');
  requireInteger('drivers', drivers, 0);
  requireInteger('batchSize', batchSize, 1);
  return {
    address: resolveAddress(options),
    name: options.name ?? 'ipi',
    timeout,
    acceptTimeout,
    drivers,
    batchSize,
    init: options.init ?? '',
    consolidated: options.consolidated ?? true,
    template: options.template,
    checkSpecies: options.checkSpecies ?? true,
    cellFrame: options.cellFrame ?? true,
    onEvent: options.onEvent,
  };
}

function resolveAddress({ port, path, host }: IpiTeacherOptions): IpiAddress {
  if ((port === undefined) === (path === undefined) || path === '') {
    throw new InvalidArgumentError('teachers/invalid-option', 'an i-PI teacher has one address', {
      expected: 'either port or path',
      found: path === '' ? 'an empty path' : port === undefined ? 'neither' : 'both',
      where: 'port, path',
    });
  }
  if (path !== undefined) return { path: path.includes('/') ? path : `/tmp/ipi_${path}` };
  const number = port ?? 0;
  requireInteger('port', number, 0, LARGEST_PORT);
  return { host: host ?? '127.0.0.1', port: number };
}

function requireInteger(name: string, value: number, least: number, most = Infinity): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InvalidArgumentError('teachers/invalid-option', `${name} is ${value}`, {
    expected: `an integer from ${least}${most === Infinity ? '' : ` to ${most}`}`,
    found: String(value),
    where: name,
  });
}

/** An address as it is written. */
export function addressText(address: IpiAddress): string {
  return address.path ?? `${address.host}:${address.port}`;
}
