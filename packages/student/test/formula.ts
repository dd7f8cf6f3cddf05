import type { PainnConfig } from '../src/config.ts';
import { parameterSize, parameterSpecs, type Parameters } from '../src/parameters.ts';

/** Value k in [-1, 1) of tensor t: the integer hash of tooling/python/schnetpack/painn_model.py. */
function uniform(k: number, t: number, seed: number): number {
  let h = Math.imul(k, 0x9e3779b1) + Math.imul(t, 0x85ebca77) + Math.imul(seed, 0xc2b2ae3d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  h ^= h >>> 15;
  return (h >>> 8) / 2 ** 23 - 1;
}

/** Weights of the fixture made by golden.py. */
export function hashedParameters(config: PainnConfig, seed: number): Parameters {
  return new Map(
    parameterSpecs(config).map((spec, t) => {
      const scale = t === 0 ? 1 : spec.kind === 'bias' ? 0.1 : 1 / Math.sqrt(spec.shape[1]);
      const values = Float32Array.from(
        { length: parameterSize(spec) },
        (_, k) => scale * uniform(k, t, seed),
      );
      return [spec.name, values];
    }),
  );
}

/** Weights s sin(0.7 k + 1.3 t + 0.5) of the independent derivation. */
export function sineParameters(config: PainnConfig): Map<string, Float64Array> {
  return new Map(
    parameterSpecs(config).map((spec, t) => {
      const scale = t === 0 ? 0.5 : spec.kind === 'bias' ? 0.1 : 1 / Math.sqrt(spec.shape[1]);
      const values = Float64Array.from(
        { length: parameterSize(spec) },
        (_, k) => scale * Math.sin(0.7 * k + 1.3 * t + 0.5),
      );
      return [spec.name, values];
    }),
  );
}
