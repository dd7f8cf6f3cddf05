import { Network, Part, Structure } from './layout';
import { Pair, PAIR_BYTES } from './pairs';

/** Forces on all atoms by the pairs of a part, and their virial. */
export function pairForces(network: Network, structure: Structure, part: Part): void {
  memory.fill(part.forces, 0, 24 * structure.atoms);
  addPairForces(network, part, 0, part.pairCount);
}

/**
 * Adds the forces by pairs `first` to `last` of a part, the last one excluded, and sets its virial to
 * theirs: with g the derivative by the vector of a pair from its derivatives by unit vector and
 * distance, F_a = g, F_b = -g and the virial is r (x) g.
 */
export function addPairForces(network: Network, part: Part, first: usize, last: usize): void {
  const forces = part.forces;
  const scale = network.scale;
  let xx: f64 = 0;
  let yy: f64 = 0;
  let zz: f64 = 0;
  let yz: f64 = 0;
  let xz: f64 = 0;
  let xy: f64 = 0;
  for (let k = first; k < last; k++) {
    const pair = changetype<Pair>(part.pairs + k * PAIR_BYTES);
    const from = part.pairGradients + 16 * k;
    const ux = <f64>pair.ux;
    const uy = <f64>pair.uy;
    const uz = <f64>pair.uz;
    const inverse = <f64>pair.inverse;
    const gx = <f64>load<f32>(from);
    const gy = <f64>load<f32>(from + 4);
    const gz = <f64>load<f32>(from + 8);
    const along = <f64>load<f32>(from + 12) - (gx * ux + gy * uy + gz * uz) * inverse;
    const x = scale * (gx * inverse + along * ux);
    const y = scale * (gy * inverse + along * uy);
    const z = scale * (gz * inverse + along * uz);
    const a = forces + 24 * <usize>pair.a;
    store<f64>(a, load<f64>(a) + x);
    store<f64>(a + 8, load<f64>(a + 8) + y);
    store<f64>(a + 16, load<f64>(a + 16) + z);
    const b = forces + 24 * <usize>pair.b;
    store<f64>(b, load<f64>(b) - x);
    store<f64>(b + 8, load<f64>(b + 8) - y);
    store<f64>(b + 16, load<f64>(b + 16) - z);
    xx += pair.x * x;
    yy += pair.y * y;
    zz += pair.z * z;
    yz += pair.y * z + pair.z * y;
    xz += pair.x * z + pair.z * x;
    xy += pair.x * y + pair.y * x;
  }
  part.xx = xx;
  part.yy = yy;
  part.zz = zz;
  part.yz = 0.5 * yz;
  part.xz = 0.5 * xz;
  part.xy = 0.5 * xy;
}
