import { join } from 'node:path';
import type { GpuReport, ProviderProbe, RuntimeProbe } from '@mlffd/cuda-profiler';

/** What decides about advice beside the failure itself. */
export interface AdviceContext {
  readonly runtime: Pick<RuntimeProbe, 'folder' | 'version'>;
  readonly gpus: GpuReport;
  readonly platform: string;
  readonly architecture: string;
}

/** Libraries of CUDA 12 and cuDNN 9 as packages of PyPI, for those who may not install system packages. */
const WHEELS = [
  'nvidia-cuda-runtime-cu12',
  'nvidia-cublas-cu12',
  'nvidia-cufft-cu12',
  'nvidia-curand-cu12',
  'nvidia-cuda-nvrtc-cu12',
  'nvidia-cudnn-cu12',
];
const NVIDIA_LIBRARY =
  /lib(cudart|cublas|cublasLt|cudnn\w*|cufft|curand|cusparse|nvrtc|nvinfer\w*)\.so/;
/** First driver of CUDA 12 (release notes of CUDA 12.0). */
const LEAST_CUDA = 12;
const LEAST_DRIVER = '525';

/** What to do about a provider that does not load; empty: nothing that would help here. */
export function providerAdvice(probe: ProviderProbe, context: AdviceContext): string[] {
  const { name, failure } = probe;
  if (failure === null) return [];
  if (name === 'cuda') return cudaAdvice(failure, context);
  if (name === 'webgpu') {
    return context.platform === 'linux'
      ? ['It needs Vulkan: install libvulkan1 and the driver of the GPU. It is experimental.']
      : ['Update the driver of the GPU. It is experimental.'];
  }
  return [];
}

function cudaAdvice(
  { kind, reason }: NonNullable<ProviderProbe['failure']>,
  context: AdviceContext,
): string[] {
  const { gpus, platform, architecture } = context;
  if (platform !== 'linux' || architecture !== 'x64') {
    return ['onnxruntime-node has CUDA for Linux on x64 only.'];
  }
  const cuda = Number.parseFloat(gpus.cuda ?? '');
  if (cuda < LEAST_CUDA) {
    return [
      `The driver serves CUDA ${gpus.cuda ?? ''}; install driver ${LEAST_DRIVER} or newer, for CUDA ${String(LEAST_CUDA)}.`,
    ];
  }
  if (kind === 'crashed') {
    return ['The library does not fit this runtime or driver; bring it again:', bring(context)];
  }
  if (/libonnxruntime_providers_\w+\.so: cannot open/.test(reason)) {
    return [
      'It needs a GPU of NVIDIA, CUDA 12, cuDNN 9, and a library that is not in the package: the install script that',
      'fetches it (from nuget.org) is switched off by ONNXRUNTIME_NODE_INSTALL=skip, or not allowed to run. By hand:',
      bring(context),
    ];
  }
  if (NVIDIA_LIBRARY.test(reason))
    return ['A library of CUDA 12 or cuDNN 9 is missing.', ...libraries()];
  return [
    'It needs CUDA 12, cuDNN 9, and a GPU that they know; see',
    'https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#requirements',
  ];
}

/**
 * The install script by hand. Its documented value `cuda12` is ignored by onnxruntime-node 1.30.0
 * (`parseInstallFlag` returns nothing for it); `true` forces what the platform has, which is CUDA 12.
 */
function bring({ runtime: { folder } }: AdviceContext): string {
  const script = join(folder ?? 'node_modules/onnxruntime-node', 'script', 'install.js');
  return `ONNXRUNTIME_NODE_INSTALL=true node ${/^[\w@%+=:,./-]+$/.test(script) ? script : `'${script}'`}`;
}

function libraries(): string[] {
  return [
    'Install them with the system, or as wheels whose folders lib/ go into LD_LIBRARY_PATH:',
    `pip install ${WHEELS.join(' ')}`,
  ];
}
