import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';
import { type Atoms, createAtoms } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import { ORB_PRESETS, type OrbModel } from '../src/python/presets/orb.ts';
import { KEEP_BYTECODE } from './potentialSupport.ts';

const peer = pythonPeer('torch');

/** Interpreter with PyTorch and orb-models. */
export const TORCH = peer.python ?? 'python3';

/** Tests that need it. */
export const testTorch = peer.skip === undefined ? test : test.skip;

export const HAS_TORCH: boolean = peer.skip === undefined;

const SCRIPTS = fileURLToPath(new URL('../../../tooling/python/orb', import.meta.url));

/** A structure, and what orb-models itself says of it. */
export interface DirectCase {
  readonly name: string;
  readonly atoms: Atoms;
  /** eV */
  readonly energy: number;
  /** eV/Angstrom */
  readonly forces: readonly number[];
  /** eV/Angstrom^3; only where the structure is periodic. */
  readonly stress?: readonly number[];
}

export interface Direct {
  /** Where the loaders of orb-models fetch weights from. */
  readonly urls: Readonly<Record<string, string>>;
  readonly cases: readonly DirectCase[];
}

/**
 * Writes random weights of a model, and asks orb-models without any of this package.
 *
 * Such answers test software; they are no predictions of Orb.
 */
export function askOrbModels(model: OrbModel, weights: string, seed: number): Direct {
  const script = join(SCRIPTS, 'direct.py');
  const output = execFileSync(TORCH, [script, model, weights, String(seed)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', ...KEEP_BYTECODE },
  });
  const { urls, cases } = JSON.parse(output) as {
    urls: Record<string, string>;
    cases: (Omit<DirectCase, 'atoms'> & Omit<Atoms, 'charge' | 'spin'>)[];
  };
  return {
    urls,
    cases: cases.map(({ numbers, positions, cell, pbc, ...rest }) => ({
      ...rest,
      atoms: createAtoms({ numbers, positions, cell, pbc }),
    })),
  };
}

/** Variables of a process that reaches nothing, whose downloads are in a folder. */
export function offline(cache: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    CACHED_PATH_CACHE_ROOT: cache,
    ...{ http_proxy: nowhere, https_proxy: nowhere, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere },
    ...{ no_proxy: '', NO_PROXY: '' },
  };
}

/** Puts a file where an earlier download of that model's weights would be. */
export function pretendDownloaded(model: OrbModel, weights: string, cache: string): void {
  const [url] = (ORB_PRESETS[model].weightsFrom ?? '').split(' ');
  mkdirSync(cache, { recursive: true });
  symlinkSync(weights, join(cache, createHash('sha256').update(url).digest('hex')));
}

/** Largest difference of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let k = 0; k < a.length; k++) largest = Math.max(largest, Math.abs(a[k] - b[k]));
  return largest;
}
