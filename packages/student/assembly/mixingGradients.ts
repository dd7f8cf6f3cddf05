import { Lanes } from './lanes';
import { Block, Network, Part, Structure } from './layout';
import { multiply, multiplyVectors } from './product';
import { multiplyBy } from './silu';

/**
 * The way back through `mix`: `structure.gradients` of the atoms of a part, those of the state after
 * it (after the last block only of q), become those of the state before it.
 */
export function returnMixing(
  network: Network,
  block: Block,
  structure: Structure,
  part: Part,
  last: bool,
): void {
  const first = part.first;
  const rows = part.last - first;
  const blocks = network.blocks;
  if (last) Back.mixed(network, block, structure, part, true);
  else Back.mixed(network, block, structure, part, false);
  const hidden = structure.hidden + first * network.hiddenRow;
  const wide = structure.wide + first * network.contextRow;
  multiply(
    wide,
    network.contextRow,
    16,
    (last ? 2 : 3) * blocks,
    block.mixOut.back,
    network.hiddenRow / 32,
    0,
    hidden,
    network.hiddenRow,
    16,
    rows,
    false,
  );
  multiplyBy(hidden, block.mixSlopes + first * network.hiddenRow, rows * network.hiddenRow);
  multiply(
    hidden,
    network.hiddenRow,
    16,
    blocks,
    block.mixHidden.back,
    blocks,
    0,
    wide,
    network.contextRow,
    16,
    rows,
    false,
  );
  if (last) Back.channels(network, block, structure, part, true);
  else Back.channels(network, block, structure, part, false);
  multiplyVectors(
    structure.channelGradients + first * network.channelRow,
    network.channelRow,
    48,
    2 * blocks,
    block.channelMix.back,
    network.stateRow / 128,
    structure.gradients + first * network.stateRow + 16,
    network.stateRow,
    64,
    rows,
    !last,
  );
}

class Back {
  /** Gradients of [a_qq, a_mumu, a_qmu]. */
  @inline
  static mixed(network: Network, block: Block, structure: Structure, part: Part, last: bool): void {
    for (let i = part.first; i < part.last; i++) {
      let g = structure.gradients + i * network.stateRow;
      let c = block.channels + i * network.channelRow;
      let product = block.products + i * network.groupRow;
      let to = structure.wide + i * network.contextRow;
      for (const end = g + network.blocks * 64; g < end; g += 64) {
        const q = v128.load(g);
        v128.store(to, q);
        v128.store(to + (last ? 16 : 32), f32x4.mul(q, v128.load(product)));
        if (!last) {
          const x = f32x4.mul(v128.load(g + 16), v128.load(c + 48));
          const xy = Lanes.madd(v128.load(g + 32), v128.load(c + 64), x);
          v128.store(to + 16, Lanes.madd(v128.load(g + 48), v128.load(c + 80), xy));
          c += 96;
        }
        product += 16;
        to += last ? 32 : 48;
      }
    }
  }

  /** Gradients of [V, W], and of q by way of the hidden layer, whose gradients of [q, |V|] are in `wide`. */
  @inline
  static channels(
    network: Network,
    block: Block,
    structure: Structure,
    part: Part,
    last: bool,
  ): void {
    for (let i = part.first; i < part.last; i++) {
      let g = structure.gradients + i * network.stateRow;
      let c = block.channels + i * network.channelRow;
      let a = block.mixed + i * network.mixedRow;
      let norm = block.norms + i * network.normRow;
      let from = structure.wide + i * network.contextRow;
      let to = structure.channelGradients + i * network.channelRow;
      for (const end = g + network.blocks * 64; g < end; g += 64) {
        const q = v128.load(g);
        v128.store(g, f32x4.add(q, v128.load(from)));
        const product = f32x4.mul(q, v128.load(a + (last ? 16 : 32)));
        const length = f32x4.div(v128.load(from + 16), v128.load(norm + 16));
        const vx = v128.load(c);
        const vy = v128.load(c + 16);
        const vz = v128.load(c + 32);
        v128.store(to, Lanes.madd(product, v128.load(c + 48), f32x4.mul(length, vx)));
        v128.store(to + 16, Lanes.madd(product, v128.load(c + 64), f32x4.mul(length, vy)));
        v128.store(to + 32, Lanes.madd(product, v128.load(c + 80), f32x4.mul(length, vz)));
        if (last) {
          v128.store(to + 48, f32x4.mul(product, vx));
          v128.store(to + 64, f32x4.mul(product, vy));
          v128.store(to + 80, f32x4.mul(product, vz));
        } else {
          const muMu = v128.load(a + 16);
          v128.store(to + 48, Lanes.madd(muMu, v128.load(g + 16), f32x4.mul(product, vx)));
          v128.store(to + 64, Lanes.madd(muMu, v128.load(g + 32), f32x4.mul(product, vy)));
          v128.store(to + 80, Lanes.madd(muMu, v128.load(g + 48), f32x4.mul(product, vz)));
        }
        c += 96;
        a += last ? 32 : 48;
        norm += 32;
        from += 32;
        to += 96;
      }
    }
  }
}
