// Compiles the kernels of this folder to ../wasm: one module with plain SIMD, one with relaxed SIMD (fused
// multiply-add), and both again for memory that threads share. Does nothing where no source has changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, '..', 'wasm');
const stamp = join(target, 'sources.sha256');

const RELAXED = ['--enable', 'relaxed-simd'];
const THREADS = [join(folder, 'team.ts'), '--enable', 'threads', '--sharedMemory'];
/** What asc is told for each module. */
const MODULES = {
  'simd.wasm': [],
  'relaxed.wasm': RELAXED,
  'simd-threads.wasm': THREADS,
  'relaxed-threads.wasm': [...RELAXED, ...THREADS],
};
const COMMON = [
  // Addresses are 32 bits wide and will stay so.
  ...['--disableWarning', '201'],
  // Nothing lies below 1 KiB, so that constants added to addresses can be part of a load or store.
  ...['--lowMemoryUnused', '--memoryBase', '1024'],
  ...['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub', '--importMemory'],
  // 64 KiB pages: all that 32-bit addresses reach.
  ...['--maximumMemory', '65536', '--enable', 'simd'],
];

function sourceHash() {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true }).sort()) {
    if (/\.(ts|mjs)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

function lastHash() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}

const hash = sourceHash();
if (lastHash() !== hash) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(target, { recursive: true });
  for (const [name, options] of Object.entries(MODULES)) {
    const file = join(target, name);
    const { error, stderr } = await asc.main(
      [join(folder, 'index.ts'), '--outFile', `${file}.part`, ...COMMON, ...options],
      {},
    );
    if (error !== null) {
      console.error(`${name}: ${error.message}\n${stderr.toString()}`);
      process.exit(1);
    }
    renameSync(`${file}.part`, file);
  }
  writeFileSync(stamp, hash);
}
