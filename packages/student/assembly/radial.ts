import { Network, Part } from './layout';
import { Pair, PAIR_BYTES } from './pairs';

/** exp(-36) vanishes beside 1, and what is smaller soon becomes denormal, which is slow. */
const LEAST_EXPONENT: f64 = -36;

/**
 * Radial basis times cutoff function and the cutoff function (see src/radial.ts) of each pair of a
 * part, and their derivatives by the distance (1/Angstrom): rows of `radialGroups` groups, in float64
 * until they are stored.
 */
export function radialFunctions(network: Network, part: Part): void {
  const row = network.radialGroups * 16;
  const count = network.radialCount;
  const cutoff = network.cutoff;
  let values = part.radial;
  let slopes = part.radialSlopes;
  for (let k: usize = 0; k < part.pairCount; k++, values += row, slopes += row) {
    const pair = changetype<Pair>(part.pairs + k * PAIR_BYTES);
    // What is left of the last group: its weights are zero, but zero times what was there may be NaN.
    v128.store(values + row - 16, f32x4.splat(0));
    v128.store(slopes + row - 16, f32x4.splat(0));
    const d = Math.sqrt(pair.x * pair.x + pair.y * pair.y + pair.z * pair.z);
    const x = d / cutoff;
    let f: f64;
    let df: f64;
    if (network.cosine) {
      f = 0.5 * (1 + Math.cos(Math.PI * x));
      df = (-0.5 * Math.PI * Math.sin(Math.PI * x)) / cutoff;
    } else {
      const rest = 1 - x;
      const square = rest * rest;
      f = square * rest * (1 + x * (3 + x * (6 + x * (10 + x * (15 + 21 * x)))));
      df = (-168 * x * x * x * x * x * square) / cutoff;
    }
    if (network.gaussian) gaussians(values, slopes, count, d, cutoff / <f64>(count - 1), f, df);
    else waves(values, slopes, count, d, Math.PI / cutoff, f, df);
    store<f32>(values + 4 * count, <f32>f);
    store<f32>(slopes + 4 * count, <f32>df);
  }
}

// sin(k t) from sin((k-1) t) and sin((k-2) t): two trigonometric functions per pair.
function waves(
  values: usize,
  slopes: usize,
  count: usize,
  d: f64,
  wave: f64,
  f: f64,
  df: f64,
): void {
  const cos = Math.cos(wave * d);
  let sineBefore: f64 = 0;
  let sine = Math.sin(wave * d);
  let cosineBefore: f64 = 1;
  let cosine = cos;
  const factor = f / d;
  const slope = (df - factor) / d;
  for (let k: usize = 0; k < count; k++) {
    store<f32>(values + 4 * k, <f32>(sine * factor));
    store<f32>(slopes + 4 * k, <f32>(<f64>(k + 1) * wave * cosine * factor + sine * slope));
    const nextSine = 2 * cos * sine - sineBefore;
    const nextCosine = 2 * cos * cosine - cosineBefore;
    sineBefore = sine;
    sine = nextSine;
    cosineBefore = cosine;
    cosine = nextCosine;
  }
}

function gaussians(
  values: usize,
  slopes: usize,
  count: usize,
  d: f64,
  width: f64,
  f: f64,
  df: f64,
): void {
  for (let k: usize = 0; k < count; k++) {
    const t = d / width - <f64>k;
    const power = -0.5 * t * t;
    const g = power > LEAST_EXPONENT ? Math.exp(power) : 0;
    store<f32>(values + 4 * k, <f32>(g * f));
    store<f32>(slopes + 4 * k, <f32>(g * (df - (f * t) / width)));
  }
}
