// Bundles the page of `mlffd view` into dist: a page, its style, two scripts, the kernels and the licences of what
// is bundled; and the viewer of frames that reports carry inside, with these licences in a comment. It needs the
// compiled packages. Files that have not changed are not touched.
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, 'dist');
const require = createRequire(import.meta.url);

const shared = {
  absWorkingDir: folder,
  bundle: true,
  write: false,
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  // Its main file is a development build of ten times the size.
  alias: { '3dmol': '3dmol/build/3Dmol.es6-min.js' },
  logLevel: 'warning',
};
const { outputFiles, metafile } = await build({
  ...shared,
  entryPoints: { app: 'main.ts', worker: 'worker.ts' },
  outdir: target,
  metafile: true,
  format: 'esm',
});
// Not beside the page: it is no part of a site.
const viewer = join(folder, '..', 'dist', 'frameViewer.js');
const { outputFiles: viewerFiles } = await build({
  ...shared,
  entryPoints: ['frameViewer.ts'],
  outfile: viewer,
  format: 'iife',
});

const files = new Map(
  outputFiles.map(({ path, contents }) => [path.slice(target.length + 1), contents]),
);
for (const name of ['index.html', 'style.css']) files.set(name, readFileSync(join(folder, name)));
const kernels = join(dirname(require.resolve('@mlffd/student/package.json')), 'wasm');
for (const name of ['simd.wasm', 'relaxed.wasm']) {
  files.set(`wasm/${name}`, readFileSync(join(kernels, name)));
}
const texts = licenses(Object.keys(metafile.inputs));
files.set('licenses.txt', Buffer.from(texts));

const notice = `/*!\n${texts.replaceAll('*/', '* /')}*/\n`;
for (const { text } of viewerFiles) writeWhole(viewer, Buffer.from(notice + text));
for (const [name, contents] of files) writeWhole(join(target, name), contents);
for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const name = path.slice(target.length + 1);
  if (!entry.isFile() || files.has(name) || /\.(part|tsbuildinfo)$/.test(name)) continue;
  rmSync(path, { force: true });
}

/** Whole or not at all: tests of this folder and a second build may run at the same time. */
function writeWhole(path, contents) {
  if (isSame(path, contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, contents);
  renameSync(part, path);
}

function isSame(path, contents) {
  try {
    return Buffer.compare(readFileSync(path), contents) === 0;
  } catch {
    return false;
  }
}

/** Licence texts of the packages that bundled files come from, and of what these carry inside. */
function licenses(inputs) {
  const found = new Map();
  const add = (root) => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    if (found.has(manifest.name)) return;
    const file = readdirSync(root).find((name) => /^licen[cs]e(\.|$)/i.test(name));
    if (file === undefined) throw new Error(`${manifest.name} has no licence file`);
    const text = readFileSync(join(root, file), 'utf8').trim();
    found.set(
      manifest.name,
      `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`,
    );
    // A package that is bundled already holds its dependencies.
    if (manifest.name !== '3dmol') return;
    const own = createRequire(join(root, 'package.json'));
    for (const name of Object.keys(manifest.dependencies)) add(rootOf(own.resolve(name)));
  };
  for (const input of inputs) {
    const root = rootOf(resolve(folder, input));
    if (root.includes('node_modules')) add(root);
  }
  const own = readFileSync(join(folder, '..', '..', '..', 'LICENSE'), 'utf8').trim();
  const texts = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return [`MLFF Distiller (MIT)\n\n${own}\n`, ...texts].join(`\n${'-'.repeat(79)}\n\n`);
}

/** Folder of the package that a file belongs to: the nearest package.json with a name. */
function rootOf(file) {
  for (let at = dirname(file); ; at = dirname(at)) {
    try {
      const { name } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
      if (name !== undefined) return at;
    } catch {
      if (at === dirname(at)) throw new Error(`${file} belongs to no package`);
    }
  }
}
