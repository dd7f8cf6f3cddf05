import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPowerSource } from '../../src/index.ts';
import { buildFakeNvml, findCompiler } from './support/fakeNvml.ts';

/** No driver, or one of a machine that runs this. */
const NO_DRIVER = '/nowhere/libnvidia-ml.so';
/** uJ at which counters of this test begin again. */
const RANGE = 1_000_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-power-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Counters of two packages, and of what is within the first. */
function powercap(name: string, energies: readonly number[]): string {
  const place = join(folder, name);
  for (const [k, energy] of [...energies, 5].entries()) {
    const domain = join(place, k < energies.length ? `intel-rapl:${k}` : 'intel-rapl:0:0');
    mkdirSync(domain, { recursive: true });
    writeFileSync(join(domain, 'name'), k < energies.length ? `package-${k}\n` : 'core\n');
    writeFileSync(join(domain, 'max_energy_range_uj'), `${RANGE}\n`);
    writeFileSync(join(domain, 'energy_uj'), `${energy}\n`);
  }
  return place;
}

describe('openPowerSource', () => {
  test('sums the counters of processors, and knows that they begin again', async () => {
    const place = powercap('two', [100, RANGE - 200_000]);
    const source = await openPowerSource({ nvmlLibrary: NO_DRIVER, powercap: place });
    expect(source?.devices).toEqual(['processor package-0', 'processor package-1']);
    // Asked for the first time after the moment in which nothing was used.
    expect(source?.power()).toBe(0);
    const start = performance.now();
    writeFileSync(join(place, 'intel-rapl:0', 'energy_uj'), '300100\n');
    writeFileSync(join(place, 'intel-rapl:1', 'energy_uj'), '100000\n');
    await sleep(50);
    // 0.3 J of the first, 0.2 + 0.1 J of the second.
    const watts = source?.power() ?? NaN;
    const longest = 0.6 / ((performance.now() - start) / 1000);
    expect(watts).toBeGreaterThan(0.9 * longest);
    expect(watts).toBeLessThanOrEqual(0.6 / 0.049);
    // At once it has nothing new to say.
    expect(source?.power()).toBe(watts);
    rmSync(place, { recursive: true });
    await sleep(25);
    expect(source?.power()).toBeUndefined();
    source?.close();
  });

  test('is not there where nothing may be read', async () => {
    const place = powercap('none', [1]);
    rmSync(join(place, 'intel-rapl:0', 'energy_uj'));
    for (const empty of [place, join(folder, 'nowhere')]) {
      expect(await openPowerSource({ nvmlLibrary: NO_DRIVER, powercap: empty })).toBeUndefined();
    }
  });

  const compiler = findCompiler();
  const native = compiler === undefined ? test.skip : test;
  native(`reads GPUs${compiler === undefined ? ' (skipped: no C compiler)' : ''}`, async () => {
    const nvmlLibrary = buildFakeNvml(compiler ?? '', folder, ['DRIVER=550']);
    const place = powercap('beside', [7]);
    const source = await openPowerSource({ nvmlLibrary, powercap: place });
    expect(source?.devices).toEqual(['processor package-0', 'GPU 0', 'GPU 1']);
    expect(source?.power()).toBeGreaterThanOrEqual(0);
    source?.close();
  });
});
