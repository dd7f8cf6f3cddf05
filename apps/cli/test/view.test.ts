import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { initializeParameters, loadStudent, saveStudent } from '@mlffd/student';
import { serveSite, type SiteServer } from '../src/commands/view/server.ts';
import { siteOf } from '../src/commands/view/site.ts';
import { writeSite } from '../src/commands/view/writeSite.ts';
import { mlffd } from './support/mlffd.ts';

const CONFIG = {
  features: 8,
  interactions: 1,
  radialBasis: { type: 'bessel', count: 4 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
} as const;

let folder: string;
let student: string;
/** The page is made by the build, which unit tests do not wait for. */
let page: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-view-'));
  student = join(folder, 'ethanol', 'student');
  page = join(folder, 'page');
  mkdirSync(join(page, 'wasm'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html>');
  writeFileSync(join(page, 'wasm', 'simd.wasm'), Uint8Array.of(0, 97, 115, 109));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  await saveStudent(student, {
    config: CONFIG,
    parameters: initializeParameters(CONFIG, 1),
    baseline: { energies, scale: 1, elements: [1] },
    provenance: { note: 'random weights' },
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A request with the path as it is: `fetch` would resolve the dots. */
function get(url: string, path: string, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const { statusCode: status, headers } = response;
        resolve({ status, headers, body: Buffer.concat(parts) });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('the server', () => {
  let server: SiteServer;

  beforeAll(async () => {
    server = await serveSite(siteOf({ student, page }), 0);
  });

  afterAll(() => server.close());

  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/index.html?now', 'text/html; charset=utf-8'],
    ['/wasm/simd.wasm', 'application/wasm'],
    ['/student/config.json', 'application/json'],
    ['/student/model.safetensors', 'application/octet-stream'],
    ['/student/README.md', 'text/markdown; charset=utf-8'],
  ])('hands out %s as %s, isolated for threads', async (path, type) => {
    const { status, headers, body } = await get(server.url, path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect(body).toHaveLength(Number(headers['content-length']));
  });

  test.each([
    '/../secret.txt',
    '/../../secret.txt',
    '/student/../../secret.txt',
    '/student/..%2f..%2f..%2fsecret.txt',
    '/%2e%2e/%2e%2e/secret.txt',
    '//etc/passwd',
    '/student',
    '/student/',
    '/nothing.js',
    '/%',
  ])('has no file %s', async (path) => {
    const { status, body } = await get(server.url, path);
    expect(status).toBe(404);
    expect(body.toString()).toBe('There is no such file.\n');
  });

  test('answers HEAD without a body and refuses what would change something', async () => {
    const head = await get(server.url, '/view.json', 'HEAD');
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect((await get(server.url, '/', 'POST')).status).toBe(405);
  });

  test('says what happened to a file that vanished', async () => {
    const path = join(student, 'README.md');
    const text = readFileSync(path);
    rmSync(path);
    const { status, body } = await get(server.url, '/student/README.md');
    writeFileSync(path, text);
    expect(status).toBe(500);
    expect(body.toString()).toContain('no such file or folder');
  });

  test('tells that a port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveSite(siteOf({ student, page }), port)).rejects.toMatchObject({
      code: 'view/port',
      found: 'another program uses it',
    });
  });
});

describe('a site as a folder', () => {
  test('holds the page and the whole student, under its name', () => {
    const out = join(folder, 'site');
    writeSite(siteOf({ student, page }), out);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toBe('<!doctype html>');
    expect(loadStudent(join(out, 'student')).baseline.elements).toEqual([1]);
    const description: unknown = JSON.parse(readFileSync(join(out, 'view.json'), 'utf8'));
    expect(description).toMatchObject({ format: 'mlffd-view', name: 'ethanol' });
  });

  test('replaces an older site as a whole, and takes an empty folder', () => {
    const out = join(folder, 'again');
    mkdirSync(out);
    const structures = [createAtoms({ symbols: ['H'], positions: [0, 0, 0] })];
    writeSite(siteOf({ student, page, structures }), out);
    expect(existsSync(join(out, 'structures.xyz'))).toBe(true);
    writeSite(siteOf({ student, page }), out);
    expect(existsSync(join(out, 'structures.xyz'))).toBe(false);
  });

  test.each([false, true])('leaves the files of others alone, in a site too: %p', (inSite) => {
    const out = join(folder, `foreign-${String(inSite)}`);
    mkdirSync(out);
    if (inSite) writeSite(siteOf({ student, page }), out);
    writeFileSync(join(out, 'thesis.tex'), 'years of work');
    expect(() => {
      writeSite(siteOf({ student, page }), out);
    }).toThrow(expect.objectContaining({ code: 'usage/folder-not-empty', found: 'thesis.tex' }));
    expect(readFileSync(join(out, 'thesis.tex'), 'utf8')).toBe('years of work');
  });

  test('leaves nothing behind when a file cannot be read', () => {
    const out = join(folder, 'broken');
    const site = new Map(siteOf({ student, page })).set('gone', { path: join(folder, 'gone') });
    expect(() => {
      writeSite(site, out);
    }).toThrow(expect.objectContaining({ code: 'fs/not-found' }));
    expect(existsSync(out)).toBe(false);
  });
});

describe('mlffd view', () => {
  test('writes a site with structures of a file', async () => {
    const structures = join(folder, 'h2.xyz');
    writeFileSync(structures, '2\nenergy=-31.7 note=relaxed\nH 0 0 0\nH 0 0 0.74\n');
    const out = join(folder, 'made', 'site');
    const { code, stdout, stderr } = await mlffd(['view', student, '--out', out, '-s', structures]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain(`site     ${out}`);
    expect(stdout).toContain('Copy the folder to any web server');
    const text = readFileSync(join(out, 'structures.xyz'), 'utf8');
    expect(text.split('\n')).toHaveLength(5);
    expect(text).not.toContain('energy');
    expect(readFileSync(join(out, 'app.js'), 'utf8')).toContain('worker.js');
    expect(readFileSync(join(out, 'licenses.txt'), 'utf8')).toContain('3dmol');
  });

  test('serves until it is asked to stop', async () => {
    const controller = new AbortController();
    const job = mlffd(['view', student, '--no-open'], controller.signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
    controller.abort();
    const { code, stdout } = await job;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^page {5}http:\/\/127\.0\.0\.1:\d+\/$/m);
  });

  test('refuses what is no student, and what is no port', async () => {
    const none = await mlffd(['view', join(folder, 'none')]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('fs/not-found');
    const port = await mlffd(['view', student, '--port', 'eighty']);
    expect(port.code).toBe(2);
    expect(port.stderr).toContain('usage/number');
    const high = await mlffd(['view', student, '--port', '70000']);
    expect(high.code).toBe(1);
    expect(high.stderr).toContain('view/port');
  });

  test('refuses a student that the kernels do not serve', async () => {
    const config = { ...CONFIG, charge: true };
    const ion = join(folder, 'ion');
    await saveStudent(ion, {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies: new Float64Array(100), scale: 1, elements: [1] },
      provenance: {},
    });
    const { code, stderr } = await mlffd(['view', ion]);
    expect(code).toBe(2);
    expect(stderr).toContain('it depends on the charge of a structure');
  });

  test('says so where the page was not built', () => {
    expect(() => siteOf({ student, page: join(folder, 'none') })).toThrow(
      expect.objectContaining({ code: 'view/no-page' }),
    );
  });
});
