/** Four float32 side by side. */
export class Lanes {
  /** a b + c, rounded once where the engine has relaxed SIMD. */
  @inline
  static madd(a: v128, b: v128, c: v128): v128 {
    return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
  }

  /** c - a b */
  @inline
  static nmadd(a: v128, b: v128, c: v128): v128 {
    return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
  }

  /** The float32 at an address in all four lanes. */
  @inline
  static splat(address: usize): v128 {
    return v128.load_splat<f32>(address);
  }

  /** Sum over the lanes of each of four vectors: (sum a, sum b, sum c, sum d). */
  @inline
  static sums(a: v128, b: v128, c: v128, d: v128): v128 {
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  }

  /** Sum over the lanes of one vector. */
  @inline
  static sum(a: v128): f32 {
    const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
    return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
  }
}
