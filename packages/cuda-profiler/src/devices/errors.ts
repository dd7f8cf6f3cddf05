import { MlffdError } from '@mlffd/core';

/** A device, or the library or program that tells about devices, does not answer. */
export class DeviceError extends MlffdError {
  override readonly name = 'DeviceError';
}
