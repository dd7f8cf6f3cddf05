import type { Coverage, CoverageFigures } from './coverage.ts';

/** Something that a user should know before relying on uncertainties. */
export interface CoverageWarning {
  readonly code:
    | 'few-structures'
    | 'overconfident'
    | 'underconfident'
    | 'shape'
    | 'uninformative'
    | 'no-labels';
  readonly message: string;
}

/** Fewer structures than this do not show whether uncertainties are right. */
const FEW = 20;
/** Errors may be larger or smaller than expected by this factor. */
const FACTOR = 1.5;
/** Largest tolerable difference of observed and expected fraction, at any z. */
const LARGEST_GAP = 0.2;
/** Below this rank correlation, sigma does not tell wrong predictions from right ones. */
const LEAST_CORRELATION = 0.1;

/** What is wrong with uncertainties that were compared with errors. */
export function coverageWarnings(
  found: Pick<Coverage, 'structures' | 'energy' | 'forces'>,
): CoverageWarning[] {
  const { structures, energy, forces } = found;
  const warnings: CoverageWarning[] = [];
  if (energy === undefined && forces === undefined) {
    warnings.push({ code: 'no-labels', message: 'there is no label to compare with' });
  } else if (structures < FEW) {
    const message = `only ${structures} structures: too few to judge the uncertainties`;
    warnings.push({ code: 'few-structures', message });
  }
  for (const [name, figures] of [
    ['energies', energy],
    ['forces', forces],
  ] as const) {
    if (figures !== undefined) warnings.push(...warningsOf(name, figures));
  }
  return warnings;
}

function warningsOf(name: string, figures: CoverageFigures): CoverageWarning[] {
  const { rmsZ, points, spearman } = figures;
  const warnings: CoverageWarning[] = [];
  const times = rmsZ.toFixed(2);
  if (rmsZ > FACTOR) {
    const message = `errors of ${name} are ${times} times as large as expected (root mean square)`;
    warnings.push({ code: 'overconfident', message });
  } else if (rmsZ < 1 / FACTOR) {
    const message = `errors of ${name} are only ${times} times as large as expected (root mean square)`;
    warnings.push({ code: 'underconfident', message });
  }
  const gaps = points.map(({ expected, observed }) => Math.abs(observed - expected));
  const widest = gaps.indexOf(Math.max(...gaps));
  if (gaps[widest] > LARGEST_GAP) {
    const { z, expected, observed } = points[widest];
    const message = `${percent(observed)} of the errors of ${name} are within ${z.toFixed(1)} sigma, not ${percent(expected)}: they are not normally distributed`;
    warnings.push({ code: 'shape', message });
  }
  if (!(spearman >= LEAST_CORRELATION)) {
    const message = `uncertainty and error of ${name} hardly go together (rank correlation ${spearman.toFixed(2)})`;
    warnings.push({ code: 'uninformative', message });
  }
  return warnings;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(0)} %`;
}
