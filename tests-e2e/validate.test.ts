import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readExtxyzFile } from '@mlffd/core';
import type { ValidationResults } from '@mlffd/md';
import { initializeParameters, PRESETS, saveStudent } from '@mlffd/student';
import type { Browser, Page } from 'playwright-core';
import { chromiumPeer, colorsOf, launch } from './support/browser.ts';
import { Mlffd, mlffd, repository } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

/** Real students of a real potential, trained in seconds: effective medium theory for copper. */
const RECIPE = `
name: copper
teacher: emt
sources:
  - name: cu
    crystals: { prototypes: [fcc], elements: [[Cu]] }
    rattle: { count: 24, displacement: [0.03, 0.12], strain: 0.03 }
    dynamics: { temperatures: [300, 900], frames: 12, stride: 5, equilibration: 20 }
`;
const TRAINING = `
name: copper
dataset: data/dataset.h5
split: { by: random, train: 0.8, validation: 0.1, test: 0.1 }
training: { epochs: 16, batchSize: 8, optimizer: { learningRate: 0.005 } }
dynamics: false
gates: {}
`;
const SIZES = ['ultra-tiny', 'tiny', 'original'];
/** As little as gives every figure. */
const TINY = '--budget quick --picoseconds 0.3 --teacher-picoseconds 0.3 --frames 8'.split(' ');
const COPPER = 29;
/** Colours in a picture of shaded spheres; an empty stage has one. */
const FEWEST_COLORS = 50;
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

const folder = temporaryFolder();
const peer = await chromiumPeer();
if ('skip' in peer) process.stdout.write(`skipped: ${peer.skip}\n`);
const withBrowser = 'skip' in peer ? describe.skip : describe;

/** A student of copper as it is before any training. */
async function untrained(to: string): Promise<string> {
  const config = PRESETS['ultra-tiny'];
  const energies = new Float64Array(config.maxAtomicNumber + 1);
  const parameters = initializeParameters(config, 1);
  await saveStudent(to, {
    config,
    parameters,
    baseline: { energies, scale: 1, elements: [COPPER] },
    provenance: {},
  });
  return to;
}

const read = (out: string): ValidationResults =>
  JSON.parse(readFileSync(join(out, 'validation.json'), 'utf8')) as ValidationResults;

describe('mlffd validate', () => {
  let trained: string;
  let students: readonly string[];
  let out: string;
  let printed: string;

  beforeAll(async () => {
    const work = folder();
    writeFileSync(join(work, 'recipe.yaml'), RECIPE);
    writeFileSync(join(work, 'train.yaml'), TRAINING);
    const run = join(work, 'copper');
    for (const command of [
      ['data', 'build', 'recipe.yaml', '--out', 'data'],
      ['train', 'train.yaml', '--out', run, '--presets', SIZES.join()],
    ]) {
      const made = await mlffd(command, work);
      if (made.code !== 0) throw new Error(made.stdout + made.stderr);
    }
    trained = join(run, SIZES[0]);
    students = [
      ...SIZES.map((name) => join(run, name, 'student')),
      await untrained(join(work, 'untrained')),
    ];
    out = join(work, 'validation');
    const given = students.flatMap((student) => ['--student', student]);
    const done = await mlffd(['validate', '--teacher', 'emt', ...given, ...TINY, '--out', out]);
    printed = done.stdout + done.stderr;
    // The last one knows nothing.
    if (done.code !== 3) throw new Error(printed);
  });

  test('finds the three sizes fit and the untrained one not, and says why', () => {
    const results = read(out);
    expect(results.schema).toBe(1);
    expect(results.students.map(({ name }) => name)).toEqual([...SIZES, 'untrained']);
    const asked = results.verdicts.map(({ verdicts }) => verdicts.slice(0, 2));
    for (const verdicts of asked.slice(0, SIZES.length)) {
      expect(verdicts.map(({ answer }) => answer)).not.toContain('no');
      expect(verdicts.map(({ passed }) => passed)).toEqual([true, true]);
    }
    expect(asked[SIZES.length].map(({ answer }) => answer)).toEqual(['no', 'no']);
    expect(asked[SIZES.length][0].reasons.join()).toMatch(/Force RMSE.*goal below 0\.2/);
    expect(printed).toContain('NO        * Minimisation');
    const ids = new Set(results.checks.map(({ check }) => check));
    expect(ids.size).toBe(19);
  });

  test('keeps the frames that it names', () => {
    const failures = read(out).checks.flatMap(({ result }) => result.failures ?? []);
    expect(failures.length).toBeGreaterThan(0);
    for (const { frame } of failures) {
      if (frame !== undefined)
        expect(readExtxyzFile(join(out, frame))[0].atoms.numbers[0]).toBe(COPPER);
    }
  });

  test('passes for the trained student alone, killed on the way or not', async () => {
    const own = join(folder(), 'alone');
    const command = ['validate', '--teacher', 'emt', '--student', trained, ...TINY, '--out', own];
    const first = new Mlffd(command);
    await first.until(
      () => existsSync(join(own, 'runs')) && readdirSync(join(own, 'runs')).length > 1,
    );
    // In the middle of the teacher's second run.
    first.kill('SIGKILL');
    await first.finished;
    const second = await mlffd(command);
    expect(second.code).toBe(0);
    const { checks, verdicts, teacher } = read(own);
    const whole = read(out);
    expect({ checks, verdicts, teacher }).toEqual({
      checks: whole.checks.filter(({ student }) => student === SIZES[0]),
      verdicts: whole.verdicts.slice(0, 1),
      teacher: whole.teacher,
    });
  });

  test('says what it needs', async () => {
    const command = ['validate', '--teacher', 'emt', '--student', students[SIZES.length]];
    const { code, stderr } = await mlffd([...command, '--out', join(folder(), 'none')]);
    expect(code).toBe(2);
    expect(stderr).toContain('Give --structures FILE');
  });

  withBrowser('its report in Chromium', () => {
    let browser: Browser;
    const complaints: string[] = [];

    beforeAll(async () => {
      if ('path' in peer) browser = await launch(peer.path);
    });

    afterAll(() => browser.close());

    async function open(viewport: typeof DESKTOP): Promise<Page> {
      const page = await browser.newPage({ viewport });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!/^(data|blob|file):/.test(request.url()))
          complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(`file://${join(out, 'report.html')}`);
      return page;
    }

    test('has verdicts, plots and frames in 3D', async () => {
      const page = await open(DESKTOP);
      const verdicts = await page.locator('#table-1').innerText();
      expect(verdicts).toMatch(/Minimisation[\s\S]*no\s+[\s\S]*no/);
      expect(await page.locator('figure.plot svg').count()).toBeGreaterThan(10);
      const titles = await page.locator('figure.plot svg').allTextContents();
      for (const title of [
        'Vibrational density',
        'Total energy',
        'Pair Cu-Cu',
        'Energy against volume',
      ]) {
        expect(titles.some((text) => text.includes(title))).toBe(true);
      }
      const frames = page.locator('#frame-viewer option');
      expect(await frames.count()).toBeGreaterThan(3);
      expect(await page.locator('#frame-fallback').isVisible()).toBe(false);
      expect(await colorsOf(browser, page.locator('#frame-viewer .stage'))).toBeGreaterThan(
        FEWEST_COLORS,
      );
      await page.locator('#frame-viewer .next').click();
      expect(await page.locator('#frame-viewer select').inputValue()).toBe(
        await frames.nth(1).textContent(),
      );
      await page.screenshot({
        path: join(repository, 'runs', 'validate-desktop.png'),
        fullPage: true,
      });
      await page.close();
    });

    test('fits a telephone', async () => {
      const page = await open(PHONE);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
      expect(await page.locator('#frame-viewer canvas').count()).toBe(1);
      await page.close();
    });

    test('is whole without JavaScript, and had nothing to complain about', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`file://${join(out, 'report.html')}`);
      expect(await page.locator('#frame-fallback').isVisible()).toBe(true);
      expect(await page.locator('#frame-viewer').isVisible()).toBe(false);
      await context.close();
      expect(complaints).toEqual([]);
    });
  });
});
