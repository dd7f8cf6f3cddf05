import type { PainnConfig, Student, StudentConfig } from '../src/index.ts';
import { hashedParameters } from './formula.ts';

const COMMON = { cutoff: 5, sharedFilters: false, maxAtomicNumber: 99 } as const;

const CONFIGS: Readonly<Record<string, StudentConfig & Required<PainnConfig>>> = {
  polynomial: {
    ...COMMON,
    features: 12,
    interactions: 2,
    radialBasis: { type: 'bessel', count: 8 },
    cutoffFunction: 'polynomial',
  },
  cosine: {
    ...COMMON,
    features: 9,
    interactions: 3,
    radialBasis: { type: 'gaussian', count: 6 },
    cutoff: 4.8,
    cutoffFunction: 'cosine',
    sharedFilters: true,
    maxAtomicNumber: 36,
  },
  softened: {
    ...COMMON,
    features: 8,
    interactions: 2,
    radialBasis: { type: 'bessel', count: 6 },
    cutoff: 4.5,
    cutoffFunction: 'polynomial',
    normSoftening: 0.1,
  },
};

/** Names of the students whose exported files are in the fixtures. */
export const EXPORTED = Object.keys(CONFIGS);

/** A student with weights by formula and energies of atoms as large as real ones. */
export function exportedStudent(name: string): Student {
  const config = CONFIGS[name];
  const energies = new Float64Array(config.maxAtomicNumber + 1);
  energies.set([-13.587222780835477], 1);
  energies.set([-1029.4889999855063, -1484.9814568572233, -2041.9816003861047], 6);
  energies.set([-4421.8], 11);
  energies.set([-7862.9], 14);
  energies.set([-12516.3, -14354.6], 17);
  return {
    config,
    parameters: hashedParameters(config, 7),
    baseline: { energies, scale: 1.3721, elements: [1, 6, 7, 8, 11, 14, 17, 18] },
    provenance: { note: 'weights by formula' },
  };
}
