import type { ProviderProbe, RuntimeProbe } from '@mlffd/cuda-profiler';
import { formatNumber } from '@mlffd/report';
import type { Check, CheckGroup } from './check.ts';
import { type AdviceContext, providerAdvice } from './providerAdvice.ts';

/** ONNX Runtime and the execution providers that run a node here. */
export function providerChecks(
  probe: RuntimeProbe,
  machine: Omit<AdviceContext, 'runtime'>,
): CheckGroup {
  const context = { ...machine, runtime: probe };
  return {
    id: 'onnxruntime',
    title: 'ONNX Runtime',
    checks: [runtimeCheck(probe), ...probe.providers.map((provider) => checkOf(provider, context))],
  };
}

function runtimeCheck({ version, failure }: RuntimeProbe): Check {
  const check = { id: 'onnxruntime', label: 'onnxruntime' };
  if (failure === null) return { ...check, status: 'ok', value: version ?? 'unknown version' };
  return {
    ...check,
    status: 'missing',
    value: failure.reason,
    advice: ['Install onnxruntime-node again; it has libraries for Linux, Windows and macOS.'],
  };
}

function checkOf(provider: ProviderProbe, context: AdviceContext): Check {
  const { name, loads, milliseconds, failure } = provider;
  const check = { id: `provider-${name}`, label: name };
  if (loads) {
    const time = formatNumber(milliseconds ?? NaN, { ascii: true });
    return { ...check, status: 'ok', value: `runs a model; loading and first run ${time} ms` };
  }
  const advice = providerAdvice(provider, context);
  const value = failure?.reason ?? 'does not load';
  if (name === 'cpu') return { ...check, status: 'missing', value, advice };
  // TensorRT is asked for by nothing; on a machine without a GPU the advice is for another one.
  if (name === 'tensorrt') return { ...check, status: 'off', value };
  return { ...check, status: context.gpus.gpus.length > 0 ? 'gap' : 'off', value, advice };
}
