import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runMd, velocityVerlet } from '@mlffd/md';
import { loadStudent, StudentCalculator } from '@mlffd/student';
import type { Browser, Page } from 'playwright-core';
import { chromiumPeer, colorsOf, launch } from './support/browser.ts';
import { Mlffd, mlffd, repository } from './support/cli.ts';
import { labelledWater, waterAtRest } from './support/springWater.ts';
import { hostFolder } from './support/staticServer.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

/** A real student, of a water molecule made of three springs: trained in seconds, and stable. */
const TRAINING = `
name: water
seed: 1
dataset: water.xyz
split: { by: random, train: 0.8, validation: 0.1, test: 0.1 }
student: { features: 16, interactions: 1, radialBasis: { type: bessel, count: 8 }, cutoff: 4 }
training: { epochs: 100, batchSize: 8, optimizer: { learningRate: 0.01 } }
teacher: { name: springs, license: an equation, citation: none, studentLicense: mit }
dynamics: false
benchmark: { calls: 5 }
gates: { forceR2: 0.99 }
`;
/** Fluctuation of the total energy with steps of 0.5 fs, and its three digits on the page, eV. */
const ENERGY_TOLERANCE = 0.01;
/** Colours in a picture of shaded spheres; an empty stage has one. */
const FEWEST_COLORS = 50;
/** ms; a page on a busy machine takes seconds. */
const LONGEST_WAIT = 60_000;
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

const folder = temporaryFolder();
const peer = await chromiumPeer();
if ('skip' in peer) process.stdout.write(`skipped: ${peer.skip}\n`);
const withBrowser = 'skip' in peer ? describe.skip : describe;

test('the package of the program brings the page', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: join(repository, 'apps', 'cli'),
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const page = files.map(({ path }) => path).filter((path) => path.startsWith('view/'));
  expect(page.sort()).toEqual(
    [
      ...['app.js', 'index.html', 'licenses.txt', 'style.css'],
      ...['wasm/relaxed.wasm', 'wasm/simd.wasm', 'worker.js'],
    ].map((name) => `view/dist/${name}`),
  );
});

withBrowser('mlffd view in Chromium', () => {
  let browser: Browser;
  let program: Mlffd;
  let url: string;
  let student: string;
  /** What the pages complained about, and what they asked of other servers. */
  const complaints: string[] = [];

  beforeAll(async () => {
    if ('skip' in peer) return;
    const work = folder();
    writeFileSync(join(work, 'water.xyz'), labelledWater(240));
    writeFileSync(join(work, 'water.yaml'), TRAINING);
    const trained = await mlffd(['train', 'water.yaml', '--out', 'water'], work);
    if (trained.code !== 0) throw new Error(trained.stdout + trained.stderr);
    student = join(work, 'water', 'student');
    const start = join(work, 'start.xyz');
    const [o, h1, h2] = [0, 1, 2].map((i) =>
      waterAtRest()
        .positions.slice(3 * i, 3 * i + 3)
        .join(' '),
    );
    writeFileSync(start, `3\n\nO ${o}\nH ${h1}\nH ${h2}\n`);
    program = new Mlffd(['view', student, '--structures', start, '--no-open']);
    await program.until(() => program.stdout.includes('Ctrl-C'));
    url = /http:\S+/.exec(program.stdout)?.[0] ?? '';
    browser = await launch(peer.path);
  });

  afterAll(async () => {
    await browser.close();
    program.kill('SIGINT');
    await program.finished;
  });

  async function open(address: string, viewport: typeof DESKTOP): Promise<Page> {
    const page = await browser.newPage({ viewport });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address)) {
        complaints.push(`asked for ${request.url()}`);
      }
    });
    await page.goto(address);
    return page;
  }

  const text = async (page: Page, id: string): Promise<string> =>
    (await page.locator(`#${id}`).textContent()) ?? '';
  const number = async (page: Page, id: string): Promise<number> =>
    Number((await text(page, id)).replaceAll(',', '').replace('−', '-').replace('–', 'NaN'));

  /** Waits until something holds. */
  async function until(condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + LONGEST_WAIT;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error('what was waited for did not come');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const steps = (page: Page, least: number): Promise<void> =>
    until(async () => (await number(page, 'step')) >= least && (await number(page, 'rate')) > 0);

  /** A picture for people, beside other results that git ignores. */
  async function picture(page: Page, name: string): Promise<void> {
    const pictures = join(repository, 'runs', 'view');
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  /** Total energy at the first step, as Node computes it with ONNX Runtime, eV. */
  async function energyInNode(): Promise<number> {
    const calculator = await StudentCalculator.fromStudent(loadStudent(student), {
      backend: 'onnx',
    });
    const { frame } = await runMd({
      calculator,
      atoms: waterAtRest(),
      integrator: velocityVerlet({ timestep: 0.5 }),
      temperature: 300,
      seed: 1,
      steps: 0,
    });
    await calculator.dispose();
    return frame.total;
  }

  test('runs the dynamics, shows it, and computes what Node computes', async () => {
    const page = await open(url, DESKTOP);
    await steps(page, 500);
    expect(await text(page, 'name')).toBe('water');
    expect(await text(page, 'facts')).toMatch(/PaiNN, 5,121 parameters .* H O, cutoff 4 Å/);
    expect(await text(page, 'backend')).toMatch(/WebAssembly, (relaxed )?SIMD/);
    expect(await number(page, 'rate')).toBeGreaterThan(0);
    expect(await number(page, 'pace')).toBeGreaterThan(0);
    expect(await number(page, 'kelvin')).toBeGreaterThan(0);
    expect(Math.abs(await number(page, 'drift'))).toBeLessThan(1000 * ENERGY_TOLERANCE);
    expect(Math.abs((await number(page, 'total')) - (await energyInNode()))).toBeLessThan(
      ENERGY_TOLERANCE,
    );
    expect(await page.locator('#trouble').isVisible()).toBe(false);
    expect(await colorsOf(browser, page.locator('#scene'))).toBeGreaterThan(FEWEST_COLORS);
    await picture(page, 'desktop');
    await page.close();
  });

  describe('on a telephone', () => {
    let page: Page;

    beforeAll(async () => {
      page = await open(url, PHONE);
      await steps(page, 100);
    });

    afterAll(() => page.close());

    test('fits the screen', async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
      expect(await colorsOf(browser, page.locator('#scene'))).toBeGreaterThan(FEWEST_COLORS);
      await picture(page, 'phone');
    });

    test('pauses, goes on, changes its thermostat and starts again', async () => {
      await page.locator('#play').click();
      await until(async () => (await text(page, 'play')) === 'Run');
      // What was under way when the button was pressed is still shown.
      await page.waitForTimeout(500);
      const paused = await number(page, 'step');
      await page.waitForTimeout(200);
      expect(await number(page, 'step')).toBe(paused);
      await page.locator('#thermostat').check();
      await page.locator('#temperature').fill('600');
      await page.locator('#play').click();
      await steps(page, paused + 500);
      expect(await text(page, 'hint')).toBe('The thermostat holds this temperature.');
      await page.locator('#play').click();
      await page.locator('#reset').click();
      await until(async () => (await number(page, 'step')) === 0);
      expect(await text(page, 'time')).toBe('0 fs');
      await page.locator('#structure').selectOption({ index: 1 });
      await page.locator('#play').click();
      await steps(page, 100);
    });

    test('takes a file, and says what is wrong with one', async () => {
      const give = (name: string, content: string): Promise<void> =>
        page
          .locator('#file')
          .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
      const trouble = (words: string): Promise<void> =>
        until(async () => (await text(page, 'trouble')).includes(words));
      await give('torn.xyz', '5\n\nO 0 0 0\n');
      await trouble('torn.xyz:2');
      await give('neon.xyz', '2\n\nNe 0 0 0\nO 0 0 1\n');
      await trouble('Ne');
      expect(await text(page, 'play')).toBe('Run');
      await picture(page, 'trouble');
      await give('mine.xyz', '3\n\nO 0 0 0.117\nH 0 0.757 -0.469\nH 0 -0.757 -0.469\n');
      await page.locator('#play').click();
      await steps(page, 10);
      expect(await page.locator('#trouble').isVisible()).toBe(false);
      expect(await page.locator('#structure option').first().textContent()).toBe('H₂O · mine.xyz');
    });
  });

  test('works as static files in a folder of any host, with the whole student', async () => {
    const out = join(folder(), 'site');
    const { code, stdout } = await mlffd(['view', student, '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toContain('Copy the folder to any web server');
    const host = await hostFolder(out);
    const page = await open(host.url, PHONE);
    await steps(page, 100);
    expect(await text(page, 'name')).toBe('water');
    await page.close();
    host.close();
    expect(loadStudent(join(out, 'student')).baseline.elements).toEqual([1, 8]);
  });

  test('had nothing to complain about, and asked no other server', () => {
    expect(complaints).toEqual([]);
  });
});
