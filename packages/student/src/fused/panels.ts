/**
 * Arranges a matrix for the kernels: panels of eight columns one after the other, each [rows][8].
 *
 * @param size rows and columns of the result; columns are filled up to a multiple of eight
 * @param value entry at a row and column, or zero where the layout has a gap
 */
export function panels(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  value: (row: number, column: number) => number,
): Float32Array {
  const count = Math.ceil(columns / 8);
  const out = new Float32Array(count * rows * 8);
  let at = 0;
  for (let panel = 0; panel < count; panel++) {
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < 8; k++, at++) {
        const column = 8 * panel + k;
        if (column < columns) out[at] = value(row, column);
      }
    }
  }
  return out;
}

/** Which feature of which part a column of a row of blocks is; a gap where the feature does not exist. */
export interface Column {
  readonly part: number;
  readonly feature: number;
}

/**
 * Columns of rows made of blocks of four features with `parts` groups each: group p of block b holds
 * features 4b to 4b + 3 of part p.
 */
export function blockColumn(column: number, parts: number): Column {
  const group = Math.floor(column / 4);
  return {
    part: group % parts,
    feature: 4 * Math.floor(group / parts) + (column % 4),
  };
}
