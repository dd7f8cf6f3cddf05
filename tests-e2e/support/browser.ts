import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Locator } from 'playwright-core';
import { repository } from './cli.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Where a browser is installed to when the machine has none. */
const INSTALLED = join(repository, '.peers', 'browsers');
const INSTALL_LIMIT = 180_000;

/** A Chromium for tests, or why there is none. */
export type ChromiumPeer = { readonly path: string } | { readonly skip: string };

/**
 * Chromium as named by the environment variable MLFFD_CHROMIUM, as found on the PATH, or as
 * installed by Playwright into an ignored folder.
 */
export async function chromiumPeer(): Promise<ChromiumPeer> {
  const named = process.env.MLFFD_CHROMIUM;
  if (named !== undefined && named !== '') return { path: named };
  const found = onPath() ?? installed();
  if (found !== undefined) return { path: found };
  const reason = await install();
  const path = installed();
  if (path !== undefined) return { path };
  return {
    skip: `no Chromium on the PATH, and none could be installed (${reason}); MLFFD_CHROMIUM may name one`,
  };
}

/** Starts a headless browser that stays off the network by itself and draws 3D in software. */
export function launch(path: string): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Distinct colours of what an element shows, counted in a page of its own. */
export async function colorsOf(browser: Browser, element: Locator): Promise<number> {
  const picture = (await element.screenshot()).toString('base64');
  const counter = await browser.newPage();
  const count = await counter.evaluate<number>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
  await counter.close();
  return count;
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed(): string | undefined {
  process.env.PLAYWRIGHT_BROWSERS_PATH = INSTALLED;
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

/** Asks Playwright for its browser; what went wrong, in a line. */
async function install(): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'));
  try {
    await promisify(execFile)(process.execPath, [join(folder, 'cli.js'), 'install', 'chromium'], {
      env: { ...process.env, PLAYWRIGHT_BROWSERS_PATH: INSTALLED },
      timeout: INSTALL_LIMIT,
    });
    return 'it does not start';
  } catch (error) {
    const { stderr = '', message = '' } = error as { stderr?: string; message?: string };
    const line = stderr.split('\n').find((text) => text.startsWith('Error: '));
    return line?.slice('Error: '.length) ?? message.slice(0, 200);
  }
}
