import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PROBE_OUTPUT } from '../../src/devices/providers/probeModel.ts';
import { probeProviders } from '../../src/devices/providers/probeProviders.ts';
import { listBackends, tryProvider } from '../../src/devices/providers/providerTrial.ts';
import { loadReason } from '../../src/devices/providers/reason.ts';
import { findCompiler } from './support/fakeNvml.ts';

const require = createRequire(import.meta.url);
const runtime = require.resolve('onnxruntime-node');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-providers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A module that stands where a runtime should be. */
function runtimeOf(name: string, code: string): string {
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, code);
  return file;
}

test('the CPU runs the node here; what does not load says why', async () => {
  const { version, providers, failure, folder: home } = await probeProviders(runtime);
  expect(failure).toBeNull();
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(runtime.startsWith(home ?? '-')).toBe(true);
  const cpu = providers.find(({ name }) => name === 'cpu');
  expect(cpu).toMatchObject({ bundled: true, loads: true, failure: null });
  expect(cpu?.milliseconds).toBeGreaterThan(0);
  for (const { loads, failure: reason } of providers) {
    expect(reason === null).toBe(loads);
    if (reason !== null) expect(reason.reason).toMatch(/\w/);
  }
});

test('the trial itself, in this process', async () => {
  const reply = await tryProvider(runtime, 'cpu', mkdtempSync(join(folder, 'trial-')));
  expect(reply).toMatchObject({ type: 'ran', output: PROBE_OUTPUT, ranOn: 'CPUExecutionProvider' });
  expect(listBackends(runtime)).toMatchObject({ type: 'backends' });
  await expect(tryProvider(runtime, 'nonsense', folder)).rejects.toThrow('nonsense');
});

describe('a runtime that fails', () => {
  test('is not there', async () => {
    const { failure, providers } = await probeProviders(join(folder, 'nowhere.cjs'));
    expect(failure).toMatchObject({
      kind: 'not-loaded',
      reason: expect.stringContaining('nowhere'),
    });
    expect(providers).toEqual([]);
  });

  test('ends the process', async () => {
    const file = runtimeOf('aborts', "console.error('last words'); process.abort();");
    const { failure } = await probeProviders(file);
    expect(failure?.kind).toBe('crashed');
    expect(failure?.reason).toContain('SIGABRT');
  });

  test('never answers', async () => {
    const file = runtimeOf('hangs', 'for (;;);');
    const { failure } = await probeProviders(file, { timeout: 500 });
    expect(failure).toEqual({ kind: 'timeout', reason: 'no answer within 0.5 s' });
  });

  test('can be stopped', async () => {
    const file = runtimeOf('waits', 'for (;;);');
    const signal = AbortSignal.timeout(200);
    await expect(probeProviders(file, { signal })).rejects.toMatchObject({ name: 'AbortedError' });
    await expect(probeProviders(file, { signal })).rejects.toMatchObject({ name: 'AbortedError' });
  });

  test('runs on the CPU instead, or computes nonsense', async () => {
    const file = runtimeOf(
      'falls-back',
      `const { writeFileSync } = require('node:fs');
       class Tensor {}
       const create = async (model, { profileFilePrefix, executionProviders: [name] }) => ({
         run: async () => ({ y: { data: name === 'wrong' ? [1, 2, 3] : [1, 4, 9] } }),
         endProfiling: () => {
           const args = { op_name: 'Mul', provider: 'CPUExecutionProvider' };
           writeFileSync(profileFilePrefix + '.json', JSON.stringify([{ cat: 'Node', args }]));
         },
         release: async () => {},
       });
       const listSupportedBackends = () => [{ name: 'cuda', bundled: false }, { name: 'wrong', bundled: true }];
       module.exports = { Tensor, InferenceSession: { create }, listSupportedBackends };`,
    );
    const { providers } = await probeProviders(file);
    expect(providers.map(({ failure }) => failure)).toEqual([
      { kind: 'fell-back', reason: 'the node ran on the CPU' },
      { kind: 'wrong', reason: '1, 2, 3 squared are 1, 2, 3' },
    ]);
  });
});

const compiler = findCompiler();
const native = compiler !== undefined && process.arch === 'x64' ? test : test.skip;

/** The real runtime, with a library of our own where the one of CUDA would be. */
function withProviderLibrary(source: string): string {
  const home = join(folder, 'onnxruntime-node');
  const from = dirname(dirname(runtime));
  const binaries = join('bin', 'napi-v6', 'linux', 'x64');
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  for (const part of ['package.json', 'dist', binaries]) {
    cpSync(join(from, part), join(home, part), { recursive: true, dereference: true });
  }
  const common = createRequire(runtime).resolve('onnxruntime-common').split('/dist/')[0];
  symlinkSync(common, join(home, 'node_modules', 'onnxruntime-common'));
  const library = join(home, binaries, 'libonnxruntime_providers_shared.so');
  const code = join(folder, 'provider.c');
  writeFileSync(code, source);
  execFileSync(compiler ?? '', ['-shared', '-fPIC', '-o', library, code]);
  return join(home, 'dist', 'index.js');
}

native('a provider library that crashes takes down only its own process', async () => {
  const file = withProviderLibrary(
    '__attribute__((constructor)) static void start(void) { *(volatile int *)0 = 1; }',
  );
  const { providers, version } = await probeProviders(file);
  expect(version).toMatch(/^\d/);
  const cuda = providers.find(({ name }) => name === 'cuda');
  expect(cuda?.failure?.kind).toBe('crashed');
  expect(cuda?.failure?.reason).toContain('SIGSEGV');
  expect(providers.find(({ name }) => name === 'cpu')?.loads).toBe(true);
});

test('the reason is what the loader of the system said', () => {
  const log =
    '\u001b[1;31m2026-01-01 [E:onnxruntime] ProviderLibrary::Get() FAIL : Failed to load library /a/lib.so ' +
    'with error: libcudnn.so.9: cannot open shared object file\n\u001b[m\n';
  expect(loadReason('Failed to load shared library', log)).toBe(
    'libcudnn.so.9: cannot open shared object file',
  );
  expect(loadReason('refused', 'noise')).toBe('refused');
  expect(loadReason('/src/a.cc:1 f(int) status was false. No adapters\n', '')).toBe('No adapters');
  expect(loadReason('', '\u001b[31mlast\n')).toBe('last');
  expect(loadReason('x'.repeat(1000), '')).toHaveLength(504);
});
