import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import type { Atoms } from '@mlffd/core';
import { formatBytes } from '@mlffd/report';
import type { CommandIo } from '../../terminal/io.ts';
import { wholeNumber } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { structuresFor } from '../teacher/structures.ts';
import { openBrowser } from './openBrowser.ts';
import { serveSite } from './server.ts';
import { readSiteFile, type Site, siteOf } from './site.ts';
import { writeSite } from './writeSite.ts';

/** Most structures of a file that the page offers. */
const MOST_STRUCTURES = 50;

/** Options of `mlffd view`. */
export interface ViewFlags {
  readonly port: string;
  readonly open: boolean;
  readonly out?: string;
  readonly structures?: string;
}

/** `mlffd view`: molecular dynamics with a student in a browser. */
export async function viewCommand(student: string, flags: ViewFlags, io: CommandIo): Promise<void> {
  const port = wholeNumber(flags.port, '--port');
  const site = siteOf({ student, structures: await chosenStructures(flags.structures) });
  if (flags.out !== undefined) {
    write(site, flags.out, io);
    return;
  }
  const server = await serveSite(site, port);
  try {
    io.stdout.write(`page     ${server.url}\n`);
    io.stdout.write(
      'It runs in the browser; this program only hands out the files. Ctrl-C ends it.\n',
    );
    if (flags.open && io.stdout.isTTY === true) openBrowser(server.url);
    if (!io.signal.aborted) await once(io.signal, 'abort');
  } finally {
    await server.close();
  }
}

function write(site: Site, out: string, io: CommandIo): void {
  const folder = resolve(out);
  makeOutputFolder(dirname(folder));
  writeSite(site, folder);
  const size = [...site.values()].reduce((sum, file) => sum + readSiteFile(file).length, 0);
  io.stdout.write(`site     ${folder} (${formatBytes(size)})\n`);
  io.stdout.write(
    'Copy the folder to any web server, or to GitHub Pages: addresses in it are relative.\n',
  );
  io.stdout.write('To try it here: npx serve, or python3 -m http.server, in that folder.\n');
  io.stdout.write(
    'Its folder student/ is the whole student, for those who want to compute with it.\n',
  );
}

async function chosenStructures(path: string | undefined): Promise<Atoms[]> {
  if (path === undefined) return [];
  const { structures } = await structuresFor(path, MOST_STRUCTURES);
  return structures.map(({ atoms }) => atoms);
}
