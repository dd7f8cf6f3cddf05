/** A pair of atoms that may come within the cutoff: r = r_j - r_i + s. */
@unmanaged
export class Candidate {
  i: u32;
  j: u32;
  /** Lattice translations of j. */
  n1: i32;
  n2: i32;
  n3: i32;
  unused: u32;
  /** Their sum, Angstrom. */
  sx: f64;
  sy: f64;
  sz: f64;

  @inline
  static at(address: usize, k: usize): Candidate {
    return changetype<Candidate>(address + 48 * k);
  }
}
