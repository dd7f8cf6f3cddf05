import { InvalidArgumentError } from '@mlffd/core';
import { DeviceError } from './errors.ts';
import type { GpuSource, GpuSourceFailure, GpuState } from './gpu.ts';
import { Nvml } from './nvml/nvml.ts';
import { failureOf } from './readGpus.ts';
import type { ReadGpusOptions } from './readGpus.ts';
import { querySmi } from './smi/query.ts';
import { streamSmi } from './smi/stream.ts';

/** ms; shorter ones make the sampler part of what it measures. */
const SHORTEST = 10;

/** All GPUs at one moment. */
export interface DeviceSample {
  /** ms, of `performance.now()`: the time line of a profile. */
  readonly time: number;
  readonly gpus: readonly GpuState[];
}

export interface SampleDevicesOptions extends Omit<ReadGpusOptions, 'signal'> {
  /** ms between samples, 10 or more. Default 200: devices renew their figures no faster than 20 ms. */
  readonly interval?: number;
  /** Ends the sampling, which is no error. */
  readonly signal: AbortSignal;
  readonly onSample: (sample: DeviceSample) => void;
}

/** What a sampling came to. */
export interface Sampling {
  readonly source: GpuSource;
  readonly samples: number;
  /** ms of this thread that a sample took, mean; 0 for nvidia-smi, which is a process of its own. */
  readonly cost: number;
}

/**
 * Samples the GPUs until the signal: through NVML in this process, else by one nvidia-smi that stays.
 *
 * A GPU that is lost on the way stays in the samples with `lost` set. Timers of Node wait for
 * code that does not yield, so samples are missing while a synchronous calculator runs; `time` tells.
 *
 * @throws InvalidArgumentError `profiler/invalid-interval`
 * @throws DeviceError `profiler/no-gpu` where nothing answers, `profiler/smi-failed` where nvidia-smi ends by itself
 */
export async function sampleDevices(options: SampleDevicesOptions): Promise<Sampling> {
  const { interval = 200, sources = ['nvml', 'nvidia-smi'] } = options;
  if (!(Number.isFinite(interval) && interval >= SHORTEST)) {
    throw new InvalidArgumentError('profiler/invalid-interval', `interval is ${interval}`, {
      expected: `ms, ${SHORTEST} or more`,
      found: String(interval),
      where: 'interval',
    });
  }
  const failures: GpuSourceFailure[] = [];
  for (const source of sources) {
    const opened = await (source === 'nvml' ? openNvml(options) : openSmi(options)).catch(
      (error: unknown) => failureOf(source, error),
    );
    if ('reason' in opened) failures.push(opened);
    else return opened.sample(interval);
  }
  throw new DeviceError('profiler/no-gpu', 'there is no GPU to sample', {
    expected: sources.join(' or '),
    found: failures.map(({ source, reason }) => `${source}: ${reason}`).join('; '),
    hint: 'Profile without devices, or run `mlffd doctor` to see what is missing.',
  });
}

interface Opened {
  readonly sample: (interval: number) => Promise<Sampling>;
}

async function openNvml(options: SampleDevicesOptions): Promise<Opened> {
  const nvml = await Nvml.open({ library: options.nvmlLibrary });
  if (nvml.count === 0) {
    nvml.close();
    throw new DeviceError('profiler/no-gpu', 'NVML knows of no GPU');
  }
  return {
    sample: async (interval) => {
      try {
        return await sampleNvml(nvml, interval, options);
      } finally {
        nvml.close();
      }
    },
  };
}

async function sampleNvml(
  nvml: Nvml,
  interval: number,
  { signal, onSample }: SampleDevicesOptions,
): Promise<Sampling> {
  let samples = 0;
  let spent = 0;
  let next = performance.now();
  while (!signal.aborted) {
    const time = performance.now();
    const gpus = Array.from({ length: nvml.count }, (_, index) => nvml.state(index));
    spent += performance.now() - time;
    samples++;
    onSample({ time, gpus });
    // In step with the first sample; what was missed is not made up for.
    next = Math.max(next + interval, performance.now());
    await sleep(next - performance.now(), signal);
  }
  return { source: 'nvml', samples, cost: samples === 0 ? 0 : spent / samples };
}

/** Ends early, without an error, at the signal. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake, { once: true });
    if (signal.aborted) wake();
  });
}

async function openSmi(options: SampleDevicesOptions): Promise<Opened> {
  const { nvidiaSmi: program = 'nvidia-smi', signal, onSample } = options;
  const { columns, gpus } = await querySmi({ program });
  return {
    sample: async (interval) => {
      let samples = 0;
      const onRound = (states: readonly GpuState[]): void => {
        samples++;
        onSample({ time: performance.now(), gpus: states });
      };
      await streamSmi({ program, columns, count: gpus.length, interval, signal, onRound });
      return { source: 'nvidia-smi', samples, cost: 0 };
    },
  };
}
