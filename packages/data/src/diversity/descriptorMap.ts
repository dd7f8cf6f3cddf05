import type { DescriptorMap } from './diversityReport.ts';
import type { PrincipalComponents } from './principalComponents.ts';
import type { Survey } from './survey.ts';

/** Descriptors named on an axis of the map. */
const NAMED = 3;
/** Digits of numbers that are for drawing. */
const DIGITS = 5;

/** Numbers for a drawing, short. */
export const drawn = (value: number): number => Number(value.toPrecision(DIGITS));

/** The map of the sample on two principal components. */
export function descriptorMap(
  { compositions, sample, names }: Survey,
  components: PrincipalComponents,
): DescriptorMap {
  const [x, y] = components.scores;
  return {
    explained: components.explained,
    axes: components.directions.map((direction) => strongest(direction, names)),
    index: sample.map(({ index }) => index),
    x: Array.from(x, drawn),
    y: Array.from(y, drawn),
    source: sample.map(({ source }) => source),
    system: sample.map(({ index }) => compositions.composition(index).system),
    kind: sample.map(({ index }) => compositions.kind(index)),
  };
}

function strongest(direction: Float64Array, names: readonly string[]): string[] {
  return names
    .map((name, k) => ({ name, weight: Math.abs(direction[k]), falls: direction[k] < 0 }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, NAMED)
    .map(({ name, falls }) => (falls ? `less ${name}` : name));
}
