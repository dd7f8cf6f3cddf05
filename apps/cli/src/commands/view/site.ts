import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Atoms,
  bareAtoms,
  createAtoms,
  fileSystemError,
  formatExtxyzFrame,
  InvalidArgumentError,
} from '@mlffd/core';
import { CHECKPOINT_FILES, fusedObstacle, loadStudent } from '@mlffd/student';

/** Where `view/build.mjs` of this package puts the page. */
const PAGE = fileURLToPath(new URL('../../../view/dist/', import.meta.url));

/** Says that a folder is such a site. */
const SITE_FILE = 'view.json';
const SITE_FORMAT = 'mlffd-view';
const STRUCTURES = 'structures.xyz';

/** One file of a site: bytes, or where they are read from when they are wanted. */
export type SiteFile = { readonly path: string } | { readonly bytes: Uint8Array };

/** A page with a student: its files by their path in URLs, without a leading slash. */
export type Site = ReadonlyMap<string, SiteFile>;

/** What a site shows. */
export interface SiteContent {
  /** Folder of the student. */
  readonly student: string;
  /** Structures to start from, before those that the student brings. */
  readonly structures?: readonly Atoms[];
  /** Folder of the page; default the one that ships. */
  readonly page?: string;
}

/**
 * Lists the files of the page of a student. Whatever serves or copies them takes nothing else, so
 * that no request can reach another file.
 *
 * @throws as `loadStudent`; InvalidArgumentError `usage/no-view` for a student that the kernels do not
 * serve, `view/no-page` where the page was not built
 */
export function siteOf({ student, structures = [], page = PAGE }: SiteContent): Site {
  const obstacle = fusedObstacle(loadStudent(student).config);
  if (obstacle !== undefined) {
    throw new InvalidArgumentError('usage/no-view', 'This student does not run in a browser', {
      expected: 'a student that the WebAssembly kernels serve',
      found: obstacle,
      where: student,
      hint: 'Run it with `StudentCalculator` in Node, or export it with `mlffd export`.',
    });
  }
  const folder = resolve(student);
  const site = new Map<string, SiteFile>();
  for (const name of pageFiles(page)) site.set(name, { path: join(page, name) });
  for (const name of Object.values(CHECKPOINT_FILES)) {
    const path = join(folder, name);
    if (existsSync(path)) site.set(`student/${name}`, { path });
  }
  if (structures.length > 0) {
    const text = structures
      .map((atoms) => formatExtxyzFrame({ atoms: createAtoms(bareAtoms(atoms)) }))
      .join('');
    site.set(STRUCTURES, { bytes: Buffer.from(text) });
  }
  const description = {
    format: SITE_FORMAT,
    name: nameOf(folder),
    ...(structures.length === 0 ? {} : { structures: STRUCTURES }),
    files: [...site.keys(), SITE_FILE].sort(),
  };
  site.set(SITE_FILE, { bytes: Buffer.from(`${JSON.stringify(description, null, 2)}\n`) });
  return site;
}

/** The bytes of a file. @throws FileSystemError */
export function readSiteFile(file: SiteFile): Uint8Array {
  if ('bytes' in file) return file.bytes;
  try {
    return readFileSync(file.path);
  } catch (cause) {
    throw fileSystemError('read', file.path, cause);
  }
}

/** Files in a folder that belong to no site which was written there before. */
export function foreignFiles(folder: string): string[] {
  const own = new Set(writtenFiles(folder));
  return filesIn(folder).filter((name) => !own.has(name));
}

function writtenFiles(folder: string): readonly unknown[] {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, SITE_FILE), 'utf8'));
    if (typeof content !== 'object' || content === null) return [];
    const { format, files } = content as { format?: unknown; files?: unknown };
    return format === SITE_FORMAT && Array.isArray(files) ? files : [];
  } catch {
    return [];
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(resolve(folder).length + 1))
    .map((name) => name.replaceAll('\\', '/'));
}

function pageFiles(page: string): string[] {
  if (!existsSync(join(page, 'index.html'))) {
    throw new InvalidArgumentError('view/no-page', 'The page of `mlffd view` is missing', {
      expected: 'index.html',
      found: 'nothing',
      where: page,
      hint: 'Install @mlffd/cli again; in a clone of the repository run `node apps/cli/view/build.mjs`.',
    });
  }
  return filesIn(page).filter((name) => !/\.(part|tsbuildinfo)$/.test(name));
}

/** `runs/ethanol/student` is about `ethanol`; any other folder about itself. */
function nameOf(folder: string): string {
  const name = basename(folder);
  return name === 'student' ? basename(dirname(folder)) || name : name;
}
