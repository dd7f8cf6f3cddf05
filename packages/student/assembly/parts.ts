import { Part, Structure } from './layout';

/** Part `k` of a structure. */
export function partOf(structure: Structure, k: usize): Part {
  return changetype<Part>(load<usize>(structure.part + 4 * k));
}

/** Adds the sums of the other parts to those of the first, for the atoms of this part. */
export function collectSums(structure: Structure, part: Part, row: usize, back: bool): void {
  const from = part.first * row;
  const bytes = (part.last - part.first) * row;
  const one = partOf(structure, 0);
  for (let k: usize = 1; k < structure.parts; k++) {
    const other = partOf(structure, k);
    addTo(
      (back ? one.backSums : one.sums) + from,
      (back ? other.backSums : other.sums) + from,
      bytes,
    );
  }
}

/** Adds the forces of all parts for the atoms of this one. */
export function collectForces(structure: Structure, part: Part): void {
  const from = 24 * part.first;
  const end = 24 * part.last;
  for (let at = from; at < end; at += 8) {
    let sum: f64 = 0;
    for (let k: usize = 0; k < structure.parts; k++) {
      sum += load<f64>(partOf(structure, k).forces + at);
    }
    store<f64>(structure.forces + at, sum);
  }
}

function addTo(sum: usize, values: usize, bytes: usize): void {
  for (const end = sum + bytes; sum < end; sum += 16, values += 16) {
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(values)));
  }
}
