import { Filter } from './filter';
import { exactFilters, filterRow, PAIRS_AT_ONCE } from './exactFilters';
import { Lanes } from './lanes';
import { Block, Network, Part } from './layout';
import { Pair, PAIR_BYTES } from './pairs';

/** Bytes of the filters of four features: three of them, in the first block two. */
const FIRST: usize = 128;
const LATER: usize = 192;

/** Messages of the pairs of a part, both directions at once, added to its sums. */
export function sendMessages(network: Network, block: Block, part: Part, first: bool): void {
  if (network.exact) {
    if (first) Messages.exact(network, block, part, true);
    else Messages.exact(network, block, part, false);
    return;
  }
  const blocks = network.blocks;
  const stride = blocks * (first ? FIRST : LATER);
  let e = part.pairs;
  for (const end = e + part.pairCount * PAIR_BYTES; e < end; e += PAIR_BYTES) {
    const filters = block.filters + changetype<Pair>(e).interval * stride;
    if (first) Messages.first(false, network, part, e, filters);
    else Messages.later(false, network, block, part, e, filters);
  }
}

class Messages {
  @inline
  static exact(network: Network, block: Block, part: Part, first: bool): void {
    const stride = filterRow(network, first);
    for (let k: usize = 0; k < part.pairCount; k += PAIRS_AT_ONCE) {
      const some = min(PAIRS_AT_ONCE, part.pairCount - k);
      exactFilters(network, block, part, k, some, first, false);
      for (let n: usize = 0; n < some; n++) {
        const e = part.pairs + (k + n) * PAIR_BYTES;
        const filters = part.filters + n * stride;
        if (first) Messages.first(true, network, part, e, filters);
        else Messages.later(true, network, block, part, e, filters);
      }
    }
  }

  /**
   * First block, where vector features are zero and the context depends on the element only:
   * q_a += W_q x_q,b and mu_a += W_R x_R,b u; for b the same with -u.
   */
  @inline
  static first(exact: bool, network: Network, part: Part, e: usize, filters: usize): void {
    const pair = changetype<Pair>(e);
    const t = f32x4.splat(pair.t);
    const ux = f32x4.splat(pair.ux);
    const uy = f32x4.splat(pair.uy);
    const uz = f32x4.splat(pair.uz);
    const size = network.blocks * 32;
    let xa = network.elements + pair.elementA * size;
    let xb = network.elements + pair.elementB * size;
    let sa = part.sums + pair.a * network.stateRow;
    let sb = part.sums + pair.b * network.stateRow;
    let p = filters;
    for (const end = xa + size; xa < end; xa += 32) {
      let w = Filter.at(exact, p, t);
      v128.store(sa, Lanes.madd(w, v128.load(xb), v128.load(sa)));
      v128.store(sb, Lanes.madd(w, v128.load(xa), v128.load(sb)));
      w = Filter.at(exact, p + (exact ? 16 : 64), t);
      const wa = f32x4.mul(w, v128.load(xb + 16));
      const wb = f32x4.mul(w, v128.load(xa + 16));
      v128.store(sa + 16, Lanes.madd(wa, ux, v128.load(sa + 16)));
      v128.store(sb + 16, Lanes.nmadd(wb, ux, v128.load(sb + 16)));
      v128.store(sa + 32, Lanes.madd(wa, uy, v128.load(sa + 32)));
      v128.store(sb + 32, Lanes.nmadd(wb, uy, v128.load(sb + 32)));
      v128.store(sa + 48, Lanes.madd(wa, uz, v128.load(sa + 48)));
      v128.store(sb + 48, Lanes.nmadd(wb, uz, v128.load(sb + 48)));
      p += exact ? 32 : FIRST;
      xb += 32;
      sa += 64;
      sb += 64;
    }
  }

  /** q_a += W_q x_q,b and mu_a += W_R x_R,b u + W_mu y_b; for b the same with -u. */
  @inline
  static later(
    exact: bool,
    network: Network,
    block: Block,
    part: Part,
    e: usize,
    filters: usize,
  ): void {
    const pair = changetype<Pair>(e);
    const t = f32x4.splat(pair.t);
    const ux = f32x4.splat(pair.ux);
    const uy = f32x4.splat(pair.uy);
    const uz = f32x4.splat(pair.uz);
    let xa = block.messages + pair.a * network.messageRow;
    let xb = block.messages + pair.b * network.messageRow;
    let sa = part.sums + pair.a * network.stateRow;
    let sb = part.sums + pair.b * network.stateRow;
    let p = filters;
    for (const end = xa + network.blocks * 80; xa < end; xa += 80) {
      let w = Filter.at(exact, p, t);
      v128.store(sa, Lanes.madd(w, v128.load(xb), v128.load(sa)));
      v128.store(sb, Lanes.madd(w, v128.load(xa), v128.load(sb)));
      w = Filter.at(exact, p + (exact ? 16 : 64), t);
      const wa = f32x4.mul(w, v128.load(xb + 16));
      const wb = f32x4.mul(w, v128.load(xa + 16));
      w = Filter.at(exact, p + (exact ? 32 : 128), t);
      let sum = Lanes.madd(wa, ux, v128.load(sa + 16));
      v128.store(sa + 16, Lanes.madd(w, v128.load(xb + 32), sum));
      sum = Lanes.nmadd(wb, ux, v128.load(sb + 16));
      v128.store(sb + 16, Lanes.madd(w, v128.load(xa + 32), sum));
      sum = Lanes.madd(wa, uy, v128.load(sa + 32));
      v128.store(sa + 32, Lanes.madd(w, v128.load(xb + 48), sum));
      sum = Lanes.nmadd(wb, uy, v128.load(sb + 32));
      v128.store(sb + 32, Lanes.madd(w, v128.load(xa + 48), sum));
      sum = Lanes.madd(wa, uz, v128.load(sa + 48));
      v128.store(sa + 48, Lanes.madd(w, v128.load(xb + 64), sum));
      sum = Lanes.nmadd(wb, uz, v128.load(sb + 48));
      v128.store(sb + 48, Lanes.madd(w, v128.load(xa + 64), sum));
      p += exact ? 48 : LATER;
      xb += 80;
      sa += 64;
      sb += 64;
    }
  }
}
