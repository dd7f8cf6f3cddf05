/**
 * Spearman's rank correlation, -1..1; equal values share their mean rank. NaN where one side does not
 * vary.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const x = ranks(a);
  const y = ranks(b);
  const middle = (x.length - 1) / 2;
  let product = 0;
  let squareX = 0;
  let squareY = 0;
  for (let k = 0; k < x.length; k++) {
    product += (x[k] - middle) * (y[k] - middle);
    squareX += (x[k] - middle) ** 2;
    squareY += (y[k] - middle) ** 2;
  }
  return squareX > 0 && squareY > 0 ? product / Math.sqrt(squareX * squareY) : NaN;
}

function ranks(values: ArrayLike<number>): Float64Array {
  const { length } = values;
  const order = Uint32Array.from({ length }, (_, k) => k).sort((i, j) => values[i] - values[j]);
  const out = new Float64Array(length);
  for (let first = 0; first < length;) {
    let end = first + 1;
    while (end < length && values[order[end]] === values[order[first]]) end++;
    for (let k = first; k < end; k++) out[order[k]] = (first + end - 1) / 2;
    first = end;
  }
  return out;
}
