// What TypeScript writes for the kernels: structures of 32-bit words, in this order, without gaps (see
// src/fused/structs.ts). Addresses are bytes. B is the number of blocks of four features; rows that
// have a column per feature hold B blocks, one after the other:
//
//   state, gradients   [q, mu_x, mu_y, mu_z]            64 bytes a block
//   messages of block  [x_q, x_R, y_x, y_y, y_z]        80 bytes, y = x_mu mu
//   context            [x_q, x_R, x_mu]                 48 bytes
//   channels           [V_x, V_y, V_z, W_x, W_y, W_z]   96 bytes
//   norms              [q, |V|]                         32 bytes
//   mixed              [a_qq, a_mumu, a_qmu]            48 bytes; after the last block [a_qq, a_qmu], 32

/** A dense layer of a student: weights in panels (see tiles.ts), and the same for the way back. */
@unmanaged
export class Dense {
  weights: usize;
  /** 0: none. */
  bias: usize;
  /** Transposed weights. */
  back: usize;
}

/** Weights of an interaction with its mixing, and what is kept of a structure between the two ways. */
@unmanaged
export class Block {
  /** Table of the filters, or their weights as panels where they are exact. */
  filters: usize;
  contextHidden: Dense;
  contextOut: Dense;
  channelMix: Dense;
  mixHidden: Dense;
  mixOut: Dense;
  /** State on entry; rows of `stateRow` bytes. */
  state: usize;
  context: usize;
  contextSlopes: usize;
  messages: usize;
  channels: usize;
  norms: usize;
  /** <V, W>, B groups a row. */
  products: usize;
  mixed: usize;
  mixSlopes: usize;
}

/** A student. */
@unmanaged
export class Network {
  /** Angstrom. */
  cutoff: f64;
  /** Intervals of the table per Angstrom. */
  perAngstrom: f64;
  /** eV per unit of output. */
  scale: f64;
  /** B */
  blocks: usize;
  interactions: usize;
  /** Filters are computed from radial functions instead of a table. */
  exact: usize;
  /** Embedding, rows of B groups. */
  embedding: usize;
  /** First block's [x_q, x_R] of each element, 32 bytes a block. */
  elements: usize;
  readoutHidden: Dense;
  /** Weights of the last layer. */
  readoutLast: usize;
  /** Groups of the readout's hidden layer. */
  readoutGroups: usize;
  lastBias: f32;
  /** Added under the root of the lengths of vectors. */
  normEpsilon: f32;
  /** Address of the addresses of the blocks. */
  block: usize;
  /** Radial functions: number, groups per row with the cutoff function, 1 Gaussian, 1 cosine. */
  radialCount: usize;
  radialGroups: usize;
  gaussian: usize;
  cosine: usize;
  /** Bytes of a row of each kind. */
  stateRow: usize;
  hiddenRow: usize;
  contextRow: usize;
  messageRow: usize;
  channelRow: usize;
  normRow: usize;
  groupRow: usize;
  mixedRow: usize;
  readoutRow: usize;
}

/** A structure, and the memory to compute it. */
@unmanaged
export class Structure {
  atoms: usize;
  /** Index of the element of each atom, u32. */
  species: usize;
  /** float64, 3N, Angstrom. */
  positions: usize;
  /** Candidates for pairs (see list/), or 0: all pairs of atoms. */
  candidates: usize;
  candidateCount: usize;
  /** Results: network output per atom, float32. */
  outputs: usize;
  /** Forces, float64, 3N, eV/Angstrom. */
  forces: usize;
  /** Rows of the state under way, and of its gradients. */
  current: usize;
  gradients: usize;
  hidden: usize;
  /** Gradients of context and mixed rows. */
  wide: usize;
  /** Gradients of channels. */
  channelGradients: usize;
  readout: usize;
  readoutSlopes: usize;
  /** Parts of the structure, and where each is. */
  parts: usize;
  part: usize;
}

/** What one thread computes: atoms `first` to `last`, and its share of the pairs. */
@unmanaged
export class Part {
  /** Results: sum of r (x) dE/dr over the pairs, Voigt xx yy zz yz xz xy, eV. */
  xx: f64;
  yy: f64;
  zz: f64;
  yz: f64;
  xz: f64;
  xy: f64;
  index: usize;
  first: usize;
  last: usize;
  /** Candidates, or first atoms of all pairs. */
  from: usize;
  to: usize;
  /** Pairs within the cutoff (see pairs.ts). */
  pairs: usize;
  pairCount: usize;
  /** Derivatives of the energy by pair: unit vector (3), distance; float32. */
  pairGradients: usize;
  /** Sums of messages: rows like the state. The first part adds to the state itself. */
  sums: usize;
  /** Sums of gradients of messages: rows of `messageRow` bytes. */
  backSums: usize;
  /** float64, 3N. */
  forces: usize;
  /** Exact filters: radial functions and derivatives of all pairs, filters and derivatives of some. */
  radial: usize;
  radialSlopes: usize;
  filters: usize;
  filterSlopes: usize;
  /** Atoms at one place: their indices. */
  clashA: usize;
  clashB: usize;
}

/** One of several structures that lie one after the other, and are computed as one. */
@unmanaged
export class Member {
  /** Results: virial as that of `Part`, eV. */
  xx: f64;
  yy: f64;
  zz: f64;
  yz: f64;
  xz: f64;
  xy: f64;
  /** Atoms, the last one excluded. */
  first: usize;
  last: usize;
  /** Candidates, whose atoms count from `first`; with `all` all pairs of its atoms are looked at instead. */
  from: usize;
  to: usize;
  all: usize;
  /** Results: pairs, the last one excluded. */
  firstPair: usize;
  lastPair: usize;
  /** Not 0: two atoms are at one place, and there is no answer. */
  clash: usize;
}

/** Bytes of a `Member`. */
export const MEMBER_BYTES: usize = 80;
