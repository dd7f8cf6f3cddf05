/** Runs of this length are sorted by insertion before they are merged. */
const RUN = 12;

/**
 * Sorts `keys[0..count)` ascending, with `scratch` (at least as long) as working space.
 *
 * Merge sort from the bottom up: for the tens to hundreds of keys of one atom several times faster
 * than the sort of typed arrays, and never quadratic.
 */
export function sortKeys(keys: Float64Array, count: number, scratch: Float64Array): void {
  for (let low = 0; low < count; low += RUN) {
    const high = Math.min(low + RUN, count);
    for (let k = low + 1; k < high; k++) {
      const key = keys[k];
      let slot = k;
      while (slot > low && keys[slot - 1] > key) {
        keys[slot] = keys[slot - 1];
        slot--;
      }
      keys[slot] = key;
    }
  }
  let from = keys;
  let to = scratch;
  for (let width = RUN; width < count; width *= 2) {
    for (let low = 0; low < count; low += 2 * width) {
      const middle = Math.min(low + width, count);
      const high = Math.min(middle + width, count);
      let left = low;
      let right = middle;
      for (let slot = low; slot < high; slot++) {
        const takeLeft = left < middle && (right >= high || from[left] <= from[right]);
        to[slot] = takeLeft ? from[left++] : from[right++];
      }
    }
    [from, to] = [to, from];
  }
  if (from === keys) return;
  for (let k = 0; k < count; k++) keys[k] = from[k];
}
