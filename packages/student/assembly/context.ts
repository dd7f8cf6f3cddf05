import { Lanes } from './lanes';
import { Block, Network, Part, Structure } from './layout';
import { multiply } from './product';
import { multiplyBy, silu } from './silu';

/** First block: the state of each atom of a part is its embedding, without vector features. */
export function embed(network: Network, structure: Structure, part: Part): void {
  const size = network.blocks * 16;
  for (let i = part.first; i < part.last; i++) {
    const element = load<u32>(structure.species + 4 * i);
    let from = network.embedding + element * size;
    let to = structure.current + i * network.stateRow;
    const zero = f32x4.splat(0);
    for (const end = from + size; from < end; from += 16, to += 64) {
      v128.store(to, v128.load(from));
      v128.store(to + 16, zero);
      v128.store(to + 32, zero);
      v128.store(to + 48, zero);
    }
  }
}

/**
 * Later blocks: what each atom of a part sends, from its state on entry: the context network's
 * output (x_q, x_R, x_mu) and y = x_mu mu; the state under way begins with that on entry.
 */
export function prepareMessages(
  network: Network,
  block: Block,
  structure: Structure,
  part: Part,
): void {
  const first = part.first;
  const rows = part.last - first;
  const blocks = network.blocks;
  const state = block.state + first * network.stateRow;
  const hidden = structure.hidden + first * network.hiddenRow;
  const slopes = block.contextSlopes + first * network.hiddenRow;
  const context = block.context + first * network.contextRow;
  const dense = block.contextHidden;
  multiply(
    state,
    network.stateRow,
    64,
    blocks,
    dense.weights,
    network.hiddenRow / 32,
    dense.bias,
    hidden,
    network.hiddenRow,
    16,
    rows,
    false,
  );
  silu(hidden, slopes, rows * network.hiddenRow);
  const out = block.contextOut;
  multiply(
    hidden,
    network.hiddenRow,
    16,
    blocks,
    out.weights,
    network.contextRow / 32,
    out.bias,
    context,
    network.contextRow,
    16,
    rows,
    false,
  );
  memory.copy(structure.current + first * network.stateRow, state, rows * network.stateRow);
  for (let i = first; i < part.last; i++) {
    let s = block.state + i * network.stateRow;
    let x = block.context + i * network.contextRow;
    let to = block.messages + i * network.messageRow;
    for (const end = to + blocks * 80; to < end; to += 80, x += 48, s += 64) {
      const xMu = v128.load(x + 32);
      v128.store(to, v128.load(x));
      v128.store(to + 16, v128.load(x + 16));
      v128.store(to + 32, f32x4.mul(xMu, v128.load(s + 16)));
      v128.store(to + 48, f32x4.mul(xMu, v128.load(s + 32)));
      v128.store(to + 64, f32x4.mul(xMu, v128.load(s + 48)));
    }
  }
}

/**
 * The way back through `prepareMessages`: from the gradients of the messages in `sums` (rows like the
 * messages) to those of the state, which are added to `structure.gradients`.
 */
export function returnContext(
  network: Network,
  block: Block,
  structure: Structure,
  part: Part,
  sums: usize,
): void {
  const first = part.first;
  const rows = part.last - first;
  const blocks = network.blocks;
  for (let i = first; i < part.last; i++) {
    let s = block.state + i * network.stateRow;
    let x = block.context + i * network.contextRow;
    let from = sums + i * network.messageRow;
    let g = structure.gradients + i * network.stateRow;
    let to = structure.wide + i * network.contextRow;
    for (const end = from + blocks * 80; from < end; from += 80) {
      const xMu = v128.load(x + 32);
      const yx = v128.load(from + 32);
      const yy = v128.load(from + 48);
      const yz = v128.load(from + 64);
      v128.store(to, v128.load(from));
      v128.store(to + 16, v128.load(from + 16));
      const along = Lanes.madd(yy, v128.load(s + 32), f32x4.mul(yx, v128.load(s + 16)));
      v128.store(to + 32, Lanes.madd(yz, v128.load(s + 48), along));
      v128.store(g + 16, Lanes.madd(xMu, yx, v128.load(g + 16)));
      v128.store(g + 32, Lanes.madd(xMu, yy, v128.load(g + 32)));
      v128.store(g + 48, Lanes.madd(xMu, yz, v128.load(g + 48)));
      s += 64;
      x += 48;
      g += 64;
      to += 48;
    }
  }
  const hidden = structure.hidden + first * network.hiddenRow;
  const wide = structure.wide + first * network.contextRow;
  multiply(
    wide,
    network.contextRow,
    16,
    3 * blocks,
    block.contextOut.back,
    network.hiddenRow / 32,
    0,
    hidden,
    network.hiddenRow,
    16,
    rows,
    false,
  );
  multiplyBy(hidden, block.contextSlopes + first * network.hiddenRow, rows * network.hiddenRow);
  const gradients = structure.gradients + first * network.stateRow;
  multiply(
    hidden,
    network.hiddenRow,
    16,
    blocks,
    block.contextHidden.back,
    network.stateRow / 128,
    0,
    gradients,
    network.stateRow,
    64,
    rows,
    true,
  );
}
