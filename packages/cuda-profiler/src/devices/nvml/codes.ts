/** Codes of nvmlReturn_t (nvml.h) that are told apart. */
export const NVML = {
  success: 0,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  driverMismatch: 18,
} as const;

const TEXTS: Readonly<Record<number, string>> = {
  1: 'NVML was not initialised',
  2: 'invalid argument',
  3: 'not supported by this device',
  4: 'no permission',
  6: 'not found',
  7: 'the buffer is too small',
  8: 'an external power cable is not attached',
  9: 'the driver of NVIDIA is not loaded',
  10: 'the driver did not answer in time',
  11: 'the kernel found an interrupt problem with the GPU',
  12: 'a library that NVML needs was not found',
  13: 'this driver does not have the function',
  14: 'the infoROM of the device is corrupted',
  15: 'the GPU is lost: it has fallen off the bus, or is not accessible',
  16: 'the GPU requires a reset',
  17: 'the operating system or its cgroup blocks the GPU',
  18: 'driver and NVML library have different versions (an update without a restart)',
  19: 'the device is in use',
  20: 'not enough memory',
  21: 'no data',
  23: 'not enough resources',
  25: 'the version of an argument is not known to this driver',
  26: 'the function is no longer supported',
  27: 'the system is not ready',
  28: 'no GPUs were found',
  999: 'an unknown internal error of the driver',
};

/** What a code means. */
export function nvmlText(code: number): string {
  return TEXTS[code] ?? `error ${code} of NVML`;
}

/** Whether the device will not answer other calls either. */
export function isLost(code: number): boolean {
  return code === NVML.gpuIsLost || code === NVML.resetRequired;
}
