import { Lanes } from './lanes';
import { Network, Part, Structure } from './layout';
import { multiply } from './product';
import { silu } from './silu';

/**
 * Output of each atom of a part from the state under way, and its gradients by q, which become those of
 * `structure.gradients`.
 */
export function readOut(network: Network, structure: Structure, part: Part): void {
  const first = part.first;
  const rows = part.last - first;
  const row = network.readoutRow;
  const groups = network.readoutGroups;
  const hidden = structure.readout + first * row;
  const slopes = structure.readoutSlopes + first * row;
  const dense = network.readoutHidden;
  multiply(
    structure.current + first * network.stateRow,
    network.stateRow,
    64,
    network.blocks,
    dense.weights,
    row / 32,
    dense.bias,
    hidden,
    row,
    16,
    rows,
    false,
  );
  silu(hidden, slopes, rows * row);
  for (let i: usize = 0; i < rows; i++) {
    let x = hidden + i * row;
    let slope = slopes + i * row;
    let w = network.readoutLast;
    let sum = f32x4.splat(0);
    for (const end = x + groups * 16; x < end; x += 16, slope += 16, w += 16) {
      const weight = v128.load(w);
      sum = Lanes.madd(weight, v128.load(x), sum);
      v128.store(slope, f32x4.mul(weight, v128.load(slope)));
    }
    store<f32>(structure.outputs + 4 * (first + i), Lanes.sum(sum) + network.lastBias);
  }
  multiply(
    slopes,
    row,
    16,
    groups,
    dense.back,
    network.stateRow / 128,
    0,
    structure.gradients + first * network.stateRow,
    network.stateRow,
    64,
    rows,
    false,
  );
}
