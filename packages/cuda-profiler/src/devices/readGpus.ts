import { isMlffdError } from '@mlffd/core';
import type { GpuReport, GpuSource, GpuSourceFailure } from './gpu.ts';
import { Nvml } from './nvml/nvml.ts';
import { querySmi } from './smi/query.ts';

export interface ReadGpusOptions {
  /** Asked in this order until one answers. Default: NVML, then nvidia-smi. */
  readonly sources?: readonly GpuSource[] | undefined;
  /** Path of the NVML library. Default: where drivers put it. */
  readonly nvmlLibrary?: string | undefined;
  /** Path or name of nvidia-smi. */
  readonly nvidiaSmi?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The GPUs of this machine, and why a source did not answer; a machine without any is no error.
 *
 * Only devices of NVIDIA, which is what the CUDA provider of ONNX Runtime runs on.
 * @throws AbortedError
 */
export async function readGpus(options: ReadGpusOptions = {}): Promise<GpuReport> {
  const { sources = ['nvml', 'nvidia-smi'] } = options;
  const failures: GpuSourceFailure[] = [];
  for (const source of sources) {
    try {
      const found = await (source === 'nvml' ? fromNvml(options) : fromSmi(options));
      return { ...found, failures };
    } catch (error) {
      failures.push(failureOf(source, error));
    }
  }
  return { source: null, driver: null, cuda: null, gpus: [], failures };
}

type Found = Omit<GpuReport, 'failures'>;

async function fromNvml(options: ReadGpusOptions): Promise<Found> {
  const nvml = await Nvml.open({ library: options.nvmlLibrary });
  try {
    const { driver, cuda, count } = nvml;
    const gpus = Array.from({ length: count }, (_, index) => nvml.gpu(index));
    return { source: 'nvml', driver, cuda, gpus };
  } finally {
    nvml.close();
  }
}

async function fromSmi(options: ReadGpusOptions): Promise<Found> {
  const { driver, cuda, gpus } = await querySmi({
    program: options.nvidiaSmi,
    signal: options.signal,
  });
  return { source: 'nvidia-smi', driver, cuda, gpus };
}

/** @throws what is no failure of the source, such as AbortedError */
export function failureOf(source: GpuSource, error: unknown): GpuSourceFailure {
  if (!isMlffdError(error) || error.name !== 'DeviceError') throw error;
  const { code, message, found } = error;
  return { source, code, reason: found === undefined ? message : `${message} (${found})` };
}
