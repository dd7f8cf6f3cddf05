import { Lanes } from './lanes';

// Products of 1 to 6 rows with a panel of eight columns: C = A B + bias, or C += A B with `onto`.
//
// Rows are `aRow` and `cRow` bytes apart. Four values of a row lie side by side, the next four `aStep`
// bytes further; the second four columns of the result lie `cStep` bytes after the first. A panel is
// [K][8] float32 from `b` to `bEnd`. As many accumulators as fit in registers hide the latency of the
// additions: six rows take 15 of them with a fused multiply-add, four rows 14 without.

/** Two groups of three rows, `aGroup` and `cGroup` bytes apart. */
export function six(
  a: usize,
  aRow: usize,
  aGroup: usize,
  aStep: usize,
  b: usize,
  bEnd: usize,
  c: usize,
  cRow: usize,
  cGroup: usize,
  cStep: usize,
  bias: usize,
  onto: bool,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a + aGroup;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  const c0 = c;
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  const c3 = c + cGroup;
  const c4 = c3 + cRow;
  const c5 = c4 + cRow;
  let s00 = bias ? v128.load(bias) : f32x4.splat(0);
  let s01 = bias ? v128.load(bias + 16) : f32x4.splat(0);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let s40 = s00;
  let s41 = s01;
  let s50 = s00;
  let s51 = s01;
  if (onto) {
    s00 = v128.load(c0);
    s01 = v128.load(c0 + cStep);
    s10 = v128.load(c1);
    s11 = v128.load(c1 + cStep);
    s20 = v128.load(c2);
    s21 = v128.load(c2 + cStep);
    s30 = v128.load(c3);
    s31 = v128.load(c3 + cStep);
    s40 = v128.load(c4);
    s41 = v128.load(c4 + cStep);
    s50 = v128.load(c5);
    s51 = v128.load(c5 + cStep);
  }
  for (; b < bEnd; b += 128) {
    let b0 = v128.load(b);
    let b1 = v128.load(b + 16);
    let t = Lanes.splat(a0);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    t = Lanes.splat(a4);
    s40 = Lanes.madd(t, b0, s40);
    s41 = Lanes.madd(t, b1, s41);
    t = Lanes.splat(a5);
    s50 = Lanes.madd(t, b0, s50);
    s51 = Lanes.madd(t, b1, s51);
    b0 = v128.load(b + 32);
    b1 = v128.load(b + 48);
    t = Lanes.splat(a0 + 4);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 4);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 4);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 4);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    t = Lanes.splat(a4 + 4);
    s40 = Lanes.madd(t, b0, s40);
    s41 = Lanes.madd(t, b1, s41);
    t = Lanes.splat(a5 + 4);
    s50 = Lanes.madd(t, b0, s50);
    s51 = Lanes.madd(t, b1, s51);
    b0 = v128.load(b + 64);
    b1 = v128.load(b + 80);
    t = Lanes.splat(a0 + 8);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 8);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 8);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 8);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    t = Lanes.splat(a4 + 8);
    s40 = Lanes.madd(t, b0, s40);
    s41 = Lanes.madd(t, b1, s41);
    t = Lanes.splat(a5 + 8);
    s50 = Lanes.madd(t, b0, s50);
    s51 = Lanes.madd(t, b1, s51);
    b0 = v128.load(b + 96);
    b1 = v128.load(b + 112);
    t = Lanes.splat(a0 + 12);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 12);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 12);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 12);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    t = Lanes.splat(a4 + 12);
    s40 = Lanes.madd(t, b0, s40);
    s41 = Lanes.madd(t, b1, s41);
    t = Lanes.splat(a5 + 12);
    s50 = Lanes.madd(t, b0, s50);
    s51 = Lanes.madd(t, b1, s51);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    a5 += aStep;
  }
  v128.store(c0, s00);
  v128.store(c0 + cStep, s01);
  v128.store(c1, s10);
  v128.store(c1 + cStep, s11);
  v128.store(c2, s20);
  v128.store(c2 + cStep, s21);
  v128.store(c3, s30);
  v128.store(c3 + cStep, s31);
  v128.store(c4, s40);
  v128.store(c4 + cStep, s41);
  v128.store(c5, s50);
  v128.store(c5 + cStep, s51);
}

/** Four rows. */
export function four(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bEnd: usize,
  c: usize,
  cRow: usize,
  cStep: usize,
  bias: usize,
  onto: bool,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const c0 = c;
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = bias ? v128.load(bias) : f32x4.splat(0);
  let s01 = bias ? v128.load(bias + 16) : f32x4.splat(0);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  if (onto) {
    s00 = v128.load(c0);
    s01 = v128.load(c0 + cStep);
    s10 = v128.load(c1);
    s11 = v128.load(c1 + cStep);
    s20 = v128.load(c2);
    s21 = v128.load(c2 + cStep);
    s30 = v128.load(c3);
    s31 = v128.load(c3 + cStep);
  }
  for (; b < bEnd; b += 128) {
    let b0 = v128.load(b);
    let b1 = v128.load(b + 16);
    let t = Lanes.splat(a0);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    b0 = v128.load(b + 32);
    b1 = v128.load(b + 48);
    t = Lanes.splat(a0 + 4);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 4);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 4);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 4);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    b0 = v128.load(b + 64);
    b1 = v128.load(b + 80);
    t = Lanes.splat(a0 + 8);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 8);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 8);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 8);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    b0 = v128.load(b + 96);
    b1 = v128.load(b + 112);
    t = Lanes.splat(a0 + 12);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 12);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 12);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    t = Lanes.splat(a3 + 12);
    s30 = Lanes.madd(t, b0, s30);
    s31 = Lanes.madd(t, b1, s31);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  v128.store(c0, s00);
  v128.store(c0 + cStep, s01);
  v128.store(c1, s10);
  v128.store(c1 + cStep, s11);
  v128.store(c2, s20);
  v128.store(c2 + cStep, s21);
  v128.store(c3, s30);
  v128.store(c3 + cStep, s31);
}

/** Three rows. */
export function three(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bEnd: usize,
  c: usize,
  cRow: usize,
  cStep: usize,
  bias: usize,
  onto: bool,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  const c0 = c;
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  let s00 = bias ? v128.load(bias) : f32x4.splat(0);
  let s01 = bias ? v128.load(bias + 16) : f32x4.splat(0);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  if (onto) {
    s00 = v128.load(c0);
    s01 = v128.load(c0 + cStep);
    s10 = v128.load(c1);
    s11 = v128.load(c1 + cStep);
    s20 = v128.load(c2);
    s21 = v128.load(c2 + cStep);
  }
  for (; b < bEnd; b += 128) {
    let b0 = v128.load(b);
    let b1 = v128.load(b + 16);
    let t = Lanes.splat(a0);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    b0 = v128.load(b + 32);
    b1 = v128.load(b + 48);
    t = Lanes.splat(a0 + 4);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 4);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 4);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    b0 = v128.load(b + 64);
    b1 = v128.load(b + 80);
    t = Lanes.splat(a0 + 8);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 8);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 8);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    b0 = v128.load(b + 96);
    b1 = v128.load(b + 112);
    t = Lanes.splat(a0 + 12);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 12);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    t = Lanes.splat(a2 + 12);
    s20 = Lanes.madd(t, b0, s20);
    s21 = Lanes.madd(t, b1, s21);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
  }
  v128.store(c0, s00);
  v128.store(c0 + cStep, s01);
  v128.store(c1, s10);
  v128.store(c1 + cStep, s11);
  v128.store(c2, s20);
  v128.store(c2 + cStep, s21);
}

/** Two rows. */
export function two(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bEnd: usize,
  c: usize,
  cRow: usize,
  cStep: usize,
  bias: usize,
  onto: bool,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  const c0 = c;
  const c1 = c0 + cRow;
  let s00 = bias ? v128.load(bias) : f32x4.splat(0);
  let s01 = bias ? v128.load(bias + 16) : f32x4.splat(0);
  let s10 = s00;
  let s11 = s01;
  if (onto) {
    s00 = v128.load(c0);
    s01 = v128.load(c0 + cStep);
    s10 = v128.load(c1);
    s11 = v128.load(c1 + cStep);
  }
  for (; b < bEnd; b += 128) {
    let b0 = v128.load(b);
    let b1 = v128.load(b + 16);
    let t = Lanes.splat(a0);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    b0 = v128.load(b + 32);
    b1 = v128.load(b + 48);
    t = Lanes.splat(a0 + 4);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 4);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    b0 = v128.load(b + 64);
    b1 = v128.load(b + 80);
    t = Lanes.splat(a0 + 8);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 8);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    b0 = v128.load(b + 96);
    b1 = v128.load(b + 112);
    t = Lanes.splat(a0 + 12);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    t = Lanes.splat(a1 + 12);
    s10 = Lanes.madd(t, b0, s10);
    s11 = Lanes.madd(t, b1, s11);
    a0 += aStep;
    a1 += aStep;
  }
  v128.store(c0, s00);
  v128.store(c0 + cStep, s01);
  v128.store(c1, s10);
  v128.store(c1 + cStep, s11);
}

/** One row. */
export function one(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bEnd: usize,
  c: usize,
  cRow: usize,
  cStep: usize,
  bias: usize,
  onto: bool,
): void {
  let a0 = a;
  const c0 = c;
  let s00 = bias ? v128.load(bias) : f32x4.splat(0);
  let s01 = bias ? v128.load(bias + 16) : f32x4.splat(0);
  if (onto) {
    s00 = v128.load(c0);
    s01 = v128.load(c0 + cStep);
  }
  for (; b < bEnd; b += 128) {
    let b0 = v128.load(b);
    let b1 = v128.load(b + 16);
    let t = Lanes.splat(a0);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    b0 = v128.load(b + 32);
    b1 = v128.load(b + 48);
    t = Lanes.splat(a0 + 4);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    b0 = v128.load(b + 64);
    b1 = v128.load(b + 80);
    t = Lanes.splat(a0 + 8);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    b0 = v128.load(b + 96);
    b1 = v128.load(b + 112);
    t = Lanes.splat(a0 + 12);
    s00 = Lanes.madd(t, b0, s00);
    s01 = Lanes.madd(t, b1, s01);
    a0 += aStep;
  }
  v128.store(c0, s00);
  v128.store(c0 + cStep, s01);
}
