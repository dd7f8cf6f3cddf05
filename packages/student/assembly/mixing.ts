import { Lanes } from './lanes';
import { Block, Network, Part, Structure } from './layout';
import { multiply, multiplyVectors } from './product';
import { silu } from './silu';

/**
 * Mixes the channels of each atom of a part: q += a_qq + a_qmu <V, W> and mu += a_mumu W, from the
 * state under way to the rows at `next`. After the last block only q is made.
 */
export function mix(
  network: Network,
  block: Block,
  structure: Structure,
  part: Part,
  next: usize,
  last: bool,
): void {
  const first = part.first;
  const rows = part.last - first;
  const blocks = network.blocks;
  const state = structure.current + first * network.stateRow;
  const channels = block.channels + first * network.channelRow;
  multiplyVectors(
    state + 16,
    network.stateRow,
    64,
    blocks,
    block.channelMix.weights,
    blocks,
    channels,
    network.channelRow,
    48,
    rows,
    false,
  );
  norms(network, block, structure, part);
  const hidden = structure.hidden + first * network.hiddenRow;
  multiply(
    block.norms + first * network.normRow,
    network.normRow,
    16,
    2 * blocks,
    block.mixHidden.weights,
    network.hiddenRow / 32,
    block.mixHidden.bias,
    hidden,
    network.hiddenRow,
    16,
    rows,
    false,
  );
  silu(hidden, block.mixSlopes + first * network.hiddenRow, rows * network.hiddenRow);
  const panels = last ? blocks : network.mixedRow / 32;
  multiply(
    hidden,
    network.hiddenRow,
    16,
    blocks,
    block.mixOut.weights,
    panels,
    block.mixOut.bias,
    block.mixed + first * network.mixedRow,
    network.mixedRow,
    16,
    rows,
    false,
  );
  if (last) Mixing.update(network, block, structure, part, next, true);
  else Mixing.update(network, block, structure, part, next, false);
}

/** [q, |V|] and <V, W> of each atom. */
function norms(network: Network, block: Block, structure: Structure, part: Part): void {
  const epsilon = f32x4.splat(network.normEpsilon);
  for (let i = part.first; i < part.last; i++) {
    let s = structure.current + i * network.stateRow;
    let c = block.channels + i * network.channelRow;
    let to = block.norms + i * network.normRow;
    let product = block.products + i * network.groupRow;
    for (const end = to + network.blocks * 32; to < end; to += 32) {
      const vx = v128.load(c);
      const vy = v128.load(c + 16);
      const vz = v128.load(c + 32);
      const square = Lanes.madd(vx, vx, Lanes.madd(vy, vy, Lanes.madd(vz, vz, epsilon)));
      const yz = Lanes.madd(vy, v128.load(c + 64), f32x4.mul(vz, v128.load(c + 80)));
      v128.store(to, v128.load(s));
      v128.store(to + 16, f32x4.sqrt(square));
      v128.store(product, Lanes.madd(vx, v128.load(c + 48), yz));
      s += 64;
      c += 96;
      product += 16;
    }
  }
}

class Mixing {
  @inline
  static update(
    network: Network,
    block: Block,
    structure: Structure,
    part: Part,
    next: usize,
    last: bool,
  ): void {
    for (let i = part.first; i < part.last; i++) {
      let s = structure.current + i * network.stateRow;
      let c = block.channels + i * network.channelRow;
      let a = block.mixed + i * network.mixedRow;
      let product = block.products + i * network.groupRow;
      let to = next + i * network.stateRow;
      for (const end = to + network.blocks * 64; to < end; to += 64) {
        const qMu = v128.load(a + (last ? 16 : 32));
        const q = f32x4.add(v128.load(s), v128.load(a));
        v128.store(to, Lanes.madd(qMu, v128.load(product), q));
        if (!last) {
          const muMu = v128.load(a + 16);
          v128.store(to + 16, Lanes.madd(muMu, v128.load(c + 48), v128.load(s + 16)));
          v128.store(to + 32, Lanes.madd(muMu, v128.load(c + 64), v128.load(s + 32)));
          v128.store(to + 48, Lanes.madd(muMu, v128.load(c + 80), v128.load(s + 48)));
          c += 96;
        }
        s += 64;
        a += last ? 32 : 48;
        product += 16;
      }
    }
  }
}
