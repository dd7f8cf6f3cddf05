import { Lanes } from './lanes';

/** Arguments beyond this would overflow the exponent of float32. */
const LARGEST: f32 = 87;
const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts, the first exact in a few bits: x - n ln 2 keeps all digits. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

class Sigmoid {
  /**
   * 1 / (1 + exp(-x)): exp as 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2], with the coefficients
   * of Cephes' expf (relative error 2e-7).
   */
  @inline
  static of(x: v128): v128 {
    const y = f32x4.pmin(f32x4.splat(LARGEST), f32x4.pmax(f32x4.splat(-LARGEST), f32x4.neg(x)));
    const n = f32x4.nearest(f32x4.mul(y, f32x4.splat(LOG2_E)));
    const f = Lanes.nmadd(n, f32x4.splat(LN2_LOW), Lanes.nmadd(n, f32x4.splat(LN2_HIGH), y));
    let p = f32x4.splat(1.98756915e-4);
    p = Lanes.madd(p, f, f32x4.splat(1.3981999507e-3));
    p = Lanes.madd(p, f, f32x4.splat(8.3334519073e-3));
    p = Lanes.madd(p, f, f32x4.splat(4.1665795894e-2));
    p = Lanes.madd(p, f, f32x4.splat(1.6666665459e-1));
    p = Lanes.madd(p, f, f32x4.splat(5.0000001201e-1));
    p = f32x4.add(Lanes.madd(p, f32x4.mul(f, f), f), f32x4.splat(1));
    const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
    const one = f32x4.splat(1);
    return f32x4.div(one, Lanes.madd(p, power, one));
  }
}

/** x becomes silu(x) = x sigmoid(x), and `slopes` its derivative; `bytes` of float32, a multiple of 16. */
export function silu(x: usize, slopes: usize, bytes: usize): void {
  const one = f32x4.splat(1);
  for (const end = x + bytes; x < end; x += 16, slopes += 16) {
    const v = v128.load(x);
    const s = Sigmoid.of(v);
    const y = f32x4.mul(v, s);
    v128.store(x, y);
    v128.store(slopes, Lanes.madd(y, f32x4.sub(one, s), s));
  }
}

/** x becomes x times y; `bytes` of float32, a multiple of 16. */
export function multiplyBy(x: usize, y: usize, bytes: usize): void {
  for (const end = x + bytes; x < end; x += 16, y += 16) {
    v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
  }
}
