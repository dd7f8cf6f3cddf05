import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const COMPILERS = ['cc', 'gcc', 'clang'];

/** A C compiler of this machine. */
export function findCompiler(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** Compiles `fakeNvml.c` for what the definitions describe, and returns the library. */
export function buildFakeNvml(
  compiler: string,
  folder: string,
  definitions: readonly string[],
): string {
  const library = join(folder, `nvml-${definitions.join('-').replaceAll('=', '_')}.so`);
  const source = join(import.meta.dirname, 'fakeNvml.c');
  const flags = definitions.map((definition) => `-D${definition}`);
  execFileSync(compiler, ['-shared', '-fPIC', '-o', library, ...flags, source], { stdio: 'pipe' });
  return library;
}
