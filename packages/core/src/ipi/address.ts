import { InvalidArgumentError } from '../errors.ts';

/** Where a server listens. */
export type IpiAddress =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/** An address as users give it: either a port, with or without a host, or a path. */
export interface IpiAddressInput {
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Unix socket; a name without a slash is `/tmp/ipi_NAME`, as most programs have it. */
  readonly path?: string | undefined;
}

/** What programs put before a name to make it a path. */
export const UNIX_PREFIX = '/tmp/ipi_';

const LARGEST_PORT = 65535;

/** Whose address it is. */
export interface IpiAddressUse {
  /** Smallest port that is allowed: 0 stands for any that is free where one listens. */
  readonly least: 0 | 1;
  /** Of the error where there is no such address. */
  readonly code: string;
}

/**
 * The address that was given.
 *
 * @throws InvalidArgumentError with the code of `use`
 */
export function ipiAddress(
  { port, host, path }: IpiAddressInput,
  { least, code }: IpiAddressUse,
): IpiAddress {
  if ((port === undefined) === (path === undefined) || path === '') {
    throw new InvalidArgumentError(code, 'an i-PI server has one address', {
      expected: 'either a port or the path of a Unix socket',
      found: path === '' ? 'an empty path' : port === undefined ? 'neither' : 'both',
      where: 'port, path',
    });
  }
  if (path !== undefined) return { path: path.includes('/') ? path : `${UNIX_PREFIX}${path}` };
  const number = port ?? least;
  if (!Number.isInteger(number) || number < least || number > LARGEST_PORT) {
    throw new InvalidArgumentError(code, `there is no port ${number}`, {
      expected: `an integer from ${least} to ${LARGEST_PORT}`,
      found: String(number),
      where: 'port',
    });
  }
  return { host: host ?? '127.0.0.1', port: number };
}

/** An address as it is written. */
export function addressText(address: IpiAddress): string {
  return address.path ?? `${address.host}:${address.port}`;
}
