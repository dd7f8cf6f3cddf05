import { four, one, six, three, two } from './tiles';

/**
 * C = A B + bias, or C += A B with `onto`.
 *
 * `weights` are panels of eight columns one after the other, each [K][8], with K = 4 `groups`;
 * `bias` has a value per column, or is 0.
 */
export function multiply(
  a: usize,
  aRow: usize,
  aStep: usize,
  groups: usize,
  weights: usize,
  panels: usize,
  bias: usize,
  c: usize,
  cRow: usize,
  cStep: usize,
  rows: usize,
  onto: bool,
): void {
  const panelBytes = groups * 128;
  for (let p: usize = 0; p < panels; p++) {
    const end = weights + panelBytes;
    let from = a;
    let to = c;
    let left = rows;
    if (ASC_FEATURE_RELAXED_SIMD) {
      // 7 = 4 + 3 and 8 = 4 + 4 leave no row alone.
      while (left == 6 || left > 8) {
        six(from, aRow, 3 * aRow, aStep, weights, end, to, cRow, 3 * cRow, cStep, bias, onto);
        from += 6 * aRow;
        to += 6 * cRow;
        left -= 6;
      }
    }
    while (left == 4 || left > 5) {
      four(from, aRow, aStep, weights, end, to, cRow, cStep, bias, onto);
      from += 4 * aRow;
      to += 4 * cRow;
      left -= 4;
    }
    if (left == 3 || left == 5) {
      three(from, aRow, aStep, weights, end, to, cRow, cStep, bias, onto);
      from += 3 * aRow;
      to += 3 * cRow;
      left -= 3;
    }
    if (left == 2) two(from, aRow, aStep, weights, end, to, cRow, cStep, bias, onto);
    else if (left == 1) one(from, aRow, aStep, weights, end, to, cRow, cStep, bias, onto);
    weights = end;
    c += 2 * cStep;
    if (bias) bias += 32;
  }
}

/** The same for vector features: each atom has three rows, 16 bytes apart, and there is no bias. */
export function multiplyVectors(
  a: usize,
  aAtom: usize,
  aStep: usize,
  groups: usize,
  weights: usize,
  panels: usize,
  c: usize,
  cAtom: usize,
  cStep: usize,
  atoms: usize,
  onto: bool,
): void {
  const panelBytes = groups * 128;
  for (let p: usize = 0; p < panels; p++) {
    const end = weights + panelBytes;
    let from = a;
    let to = c;
    let left = atoms;
    if (ASC_FEATURE_RELAXED_SIMD) {
      for (; left >= 2; left -= 2) {
        six(from, 16, aAtom, aStep, weights, end, to, 16, cAtom, cStep, 0, onto);
        from += 2 * aAtom;
        to += 2 * cAtom;
      }
    }
    for (; left > 0; left--) {
      three(from, 16, aStep, weights, end, to, 16, cStep, 0, onto);
      from += aAtom;
      to += cAtom;
    }
    weights = end;
    c += 2 * cStep;
  }
}
