import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const cli = fileURLToPath(new URL('..', import.meta.url));
const esbuild = join(
  dirname(createRequire(import.meta.url).resolve('esbuild/package.json')),
  'bin',
  'esbuild',
);

interface Metafile {
  readonly inputs: Readonly<
    Record<string, { readonly imports: readonly { readonly path: string }[] }>
  >;
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-entries-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Every import in the built packages that an entry leads to, as a bundler for browsers resolves them. */
function importsOf(entry: string): string[] {
  const metafile = join(folder, 'meta.json');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      esbuild,
      ...['--bundle', '--format=esm', '--platform=browser', '--tree-shaking=false'],
      ...['--log-level=error', '--external:node:*', `--metafile=${metafile}`],
      `--outfile=${join(folder, 'out.js')}`,
    ],
    { cwd: cli, input: `export * from '${entry}';`, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
  return Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
}

describe.each(['@mlffd/core', '@mlffd/md', '@mlffd/student', '@mlffd/student/browser'])(
  '%s in a browser',
  (entry) => {
    test('imports nothing of Node, nor ONNX Runtime', () => {
      const imports = importsOf(entry);
      expect(imports.length).toBeGreaterThan(5);
      expect(imports.filter((path) => isBuiltin(path) || path.includes('onnxruntime'))).toEqual([]);
    });
  },
);

test('the walk sees what Node alone has', () => {
  writeFileSync(join(folder, 'files.js'), "export { readFileSync } from 'node:fs';");
  expect(importsOf(join(folder, 'files.js'))).toContain('node:fs');
});
