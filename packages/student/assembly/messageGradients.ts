import { exactFilters, filterRow, PAIRS_AT_ONCE } from './exactFilters';
import { Filter } from './filter';
import { Lanes } from './lanes';
import { Block, Network, Part, Structure } from './layout';
import { Pair, PAIR_BYTES } from './pairs';

const FIRST: usize = 128;
const LATER: usize = 192;

/**
 * The way back through the messages of the pairs of a part: derivatives by unit vector and distance
 * are added to its pair gradients, those by the messages to its sums; in the first block the latter are
 * not needed.
 */
export function returnGradients(
  network: Network,
  block: Block,
  structure: Structure,
  part: Part,
  first: bool,
): void {
  if (network.exact) {
    if (first) Gradients.exact(network, block, structure, part, true);
    else Gradients.exact(network, block, structure, part, false);
    return;
  }
  const stride = network.blocks * (first ? FIRST : LATER);
  let e = part.pairs;
  let out = part.pairGradients;
  for (const end = e + part.pairCount * PAIR_BYTES; e < end; e += PAIR_BYTES, out += 16) {
    const filters = block.filters + changetype<Pair>(e).interval * stride;
    if (first) Gradients.first(false, network, structure, e, filters, 0, out);
    else Gradients.later(false, network, block, structure, part, e, filters, 0, out);
  }
}

class Gradients {
  @inline
  static exact(
    network: Network,
    block: Block,
    structure: Structure,
    part: Part,
    first: bool,
  ): void {
    const stride = filterRow(network, first);
    for (let k: usize = 0; k < part.pairCount; k += PAIRS_AT_ONCE) {
      const some = min(PAIRS_AT_ONCE, part.pairCount - k);
      exactFilters(network, block, part, k, some, first, true);
      for (let n: usize = 0; n < some; n++) {
        const e = part.pairs + (k + n) * PAIR_BYTES;
        const out = part.pairGradients + (k + n) * 16;
        const p = part.filters + n * stride;
        const d = part.filterSlopes + n * stride;
        if (first) Gradients.first(true, network, structure, e, p, d, out);
        else Gradients.later(true, network, block, structure, part, e, p, d, out);
      }
    }
  }

  @inline
  static first(
    exact: bool,
    network: Network,
    structure: Structure,
    e: usize,
    filters: usize,
    slopes: usize,
    out: usize,
  ): void {
    const pair = changetype<Pair>(e);
    const size = network.blocks * 32;
    let xa = network.elements + pair.elementA * size;
    let xb = network.elements + pair.elementB * size;
    let ga = structure.gradients + pair.a * network.stateRow;
    let gb = structure.gradients + pair.b * network.stateRow;
    const t = Gradients.t(e);
    const twice = Gradients.twice(e);
    const threeSquares = Gradients.threeSquares(e);
    let p = filters;
    let d = slopes;
    let alongX = f32x4.splat(0);
    let alongY = f32x4.splat(0);
    let alongZ = f32x4.splat(0);
    let radial = f32x4.splat(0);
    for (const end = xa + size; xa < end; xa += 32) {
      let w: v128;
      let slope: v128;
      if (exact) {
        slope = v128.load(d);
      } else {
        const c1 = v128.load(p + 16);
        const c2 = v128.load(p + 32);
        const c3 = v128.load(p + 48);
        slope = Filter.slope(c1, c2, c3, twice, threeSquares);
      }
      const q = Lanes.madd(v128.load(gb), v128.load(xa), f32x4.mul(v128.load(ga), v128.load(xb)));
      radial = Lanes.madd(slope, q, radial);
      if (exact) {
        w = v128.load(p + 16);
        slope = v128.load(d + 16);
      } else {
        const c1 = v128.load(p + 80);
        const c2 = v128.load(p + 96);
        const c3 = v128.load(p + 112);
        w = Filter.value(v128.load(p + 64), c1, c2, c3, t);
        slope = Filter.slope(c1, c2, c3, twice, threeSquares);
      }
      const ra = v128.load(xa + 16);
      const rb = v128.load(xb + 16);
      let k = Lanes.nmadd(ra, v128.load(gb + 16), f32x4.mul(rb, v128.load(ga + 16)));
      alongX = Lanes.madd(w, k, alongX);
      let sum = f32x4.mul(k, Gradients.ux(e));
      k = Lanes.nmadd(ra, v128.load(gb + 32), f32x4.mul(rb, v128.load(ga + 32)));
      alongY = Lanes.madd(w, k, alongY);
      sum = Lanes.madd(k, Gradients.uy(e), sum);
      k = Lanes.nmadd(ra, v128.load(gb + 48), f32x4.mul(rb, v128.load(ga + 48)));
      alongZ = Lanes.madd(w, k, alongZ);
      sum = Lanes.madd(k, Gradients.uz(e), sum);
      radial = Lanes.madd(slope, sum, radial);
      p += exact ? 32 : FIRST;
      if (exact) d += 32;
      xb += 32;
      ga += 64;
      gb += 64;
    }
    Gradients.add(exact, network, out, alongX, alongY, alongZ, radial);
  }

  @inline
  static later(
    exact: bool,
    network: Network,
    block: Block,
    structure: Structure,
    part: Part,
    e: usize,
    filters: usize,
    slopes: usize,
    out: usize,
  ): void {
    const pair = changetype<Pair>(e);
    let xa = block.messages + pair.a * network.messageRow;
    let xb = block.messages + pair.b * network.messageRow;
    let ga = structure.gradients + pair.a * network.stateRow;
    let gb = structure.gradients + pair.b * network.stateRow;
    // From a row of messages to the row of their gradients: one register instead of two.
    const toSums = part.backSums - block.messages;
    let p = filters;
    let d = slopes;
    let alongX = f32x4.splat(0);
    let alongY = f32x4.splat(0);
    let alongZ = f32x4.splat(0);
    let radial = f32x4.splat(0);
    for (const end = xa + network.blocks * 80; xa < end; xa += 80) {
      let w: v128;
      let slope: v128;
      if (exact) {
        w = v128.load(p);
        slope = v128.load(d);
      } else {
        const c1 = v128.load(p + 16);
        const c2 = v128.load(p + 32);
        const c3 = v128.load(p + 48);
        w = Filter.value(v128.load(p), c1, c2, c3, Gradients.t(e));
        slope = Filter.slope(c1, c2, c3, Gradients.twice(e), Gradients.threeSquares(e));
      }
      const qa = v128.load(ga);
      const qb = v128.load(gb);
      let sum = Lanes.madd(qb, v128.load(xa), f32x4.mul(qa, v128.load(xb)));
      radial = Lanes.madd(slope, sum, radial);
      let sa = xa + toSums;
      let sb = xb + toSums;
      v128.store(sa, Lanes.madd(w, qb, v128.load(sa)));
      v128.store(sb, Lanes.madd(w, qa, v128.load(sb)));
      // Each component of the vector features once: its messages y and its part along u.
      const wMu = Filter.at(exact, p + (exact ? 32 : 128), Gradients.t(e));
      const wR = Filter.at(exact, p + (exact ? 16 : 64), Gradients.t(e));
      const ra = v128.load(xa + 16);
      const rb = v128.load(xb + 16);
      let ka = v128.load(ga + 16);
      let kb = v128.load(gb + 16);
      v128.store(sa + 32, Lanes.madd(wMu, kb, v128.load(sa + 32)));
      v128.store(sb + 32, Lanes.madd(wMu, ka, v128.load(sb + 32)));
      sum = Lanes.madd(kb, v128.load(xa + 32), f32x4.mul(ka, v128.load(xb + 32)));
      let ta = f32x4.mul(ka, Gradients.ux(e));
      let tb = f32x4.mul(kb, Gradients.ux(e));
      alongX = Lanes.madd(wR, Lanes.nmadd(ra, kb, f32x4.mul(rb, ka)), alongX);
      ka = v128.load(ga + 32);
      kb = v128.load(gb + 32);
      v128.store(sa + 48, Lanes.madd(wMu, kb, v128.load(sa + 48)));
      v128.store(sb + 48, Lanes.madd(wMu, ka, v128.load(sb + 48)));
      sum = Lanes.madd(kb, v128.load(xa + 48), Lanes.madd(ka, v128.load(xb + 48), sum));
      ta = Lanes.madd(ka, Gradients.uy(e), ta);
      tb = Lanes.madd(kb, Gradients.uy(e), tb);
      alongY = Lanes.madd(wR, Lanes.nmadd(ra, kb, f32x4.mul(rb, ka)), alongY);
      ka = v128.load(ga + 48);
      kb = v128.load(gb + 48);
      v128.store(sa + 64, Lanes.madd(wMu, kb, v128.load(sa + 64)));
      v128.store(sb + 64, Lanes.madd(wMu, ka, v128.load(sb + 64)));
      sum = Lanes.madd(kb, v128.load(xa + 64), Lanes.madd(ka, v128.load(xb + 64), sum));
      ta = Lanes.madd(ka, Gradients.uz(e), ta);
      tb = Lanes.madd(kb, Gradients.uz(e), tb);
      alongZ = Lanes.madd(wR, Lanes.nmadd(ra, kb, f32x4.mul(rb, ka)), alongZ);
      v128.store(sa + 16, Lanes.nmadd(wR, tb, v128.load(sa + 16)));
      v128.store(sb + 16, Lanes.madd(wR, ta, v128.load(sb + 16)));
      radial = Lanes.madd(Gradients.slope(exact, p, d, e, 2), sum, radial);
      const along = Lanes.nmadd(tb, ra, f32x4.mul(ta, rb));
      radial = Lanes.madd(Gradients.slope(exact, p, d, e, 1), along, radial);
      p += exact ? 48 : LATER;
      if (exact) d += 48;
      xb += 80;
      ga += 64;
      gb += 64;
    }
    Gradients.add(exact, network, out, alongX, alongY, alongZ, radial);
  }

  @inline
  static add(
    exact: bool,
    network: Network,
    out: usize,
    x: v128,
    y: v128,
    z: v128,
    radial: v128,
  ): void {
    const perAngstrom = exact ? <f32>1 : <f32>network.perAngstrom;
    const slope = f32x4.mul(radial, f32x4.splat(perAngstrom));
    v128.store(out, f32x4.add(v128.load(out), Lanes.sums(x, y, z, slope)));
  }

  /** Derivative of filter `part` of a pair. */
  @inline
  static slope(exact: bool, p: usize, d: usize, e: usize, part: usize): v128 {
    if (exact) return v128.load(d + 16 * part);
    return Filter.slope(
      v128.load(p + 64 * part + 16),
      v128.load(p + 64 * part + 32),
      v128.load(p + 64 * part + 48),
      Gradients.twice(e),
      Gradients.threeSquares(e),
    );
  }

  // Read again where they are used: there are not registers enough to keep them.
  @inline
  static t(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('t'));
  }

  @inline
  static twice(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('twice'));
  }

  @inline
  static threeSquares(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('threeSquares'));
  }

  @inline
  static ux(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('ux'));
  }

  @inline
  static uy(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('uy'));
  }

  @inline
  static uz(e: usize): v128 {
    return Lanes.splat(e + offsetof<Pair>('uz'));
  }
}
