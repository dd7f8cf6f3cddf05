import { readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { fileURLToPath } from 'node:url';

// node --import=tsLoader.mjs --conditions=@mlffd/source: runs the sources as they are, unbuilt.
if (!import.meta.url.endsWith('?hooks')) register(`${import.meta.url}?hooks`);

const swc = createRequire(createRequire(import.meta.url).resolve('@mlffd/jest-config'))(
  '@swc/core',
);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const { code } = await swc.transform(readFileSync(fileURLToPath(url), 'utf8'), {
    filename: fileURLToPath(url),
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
