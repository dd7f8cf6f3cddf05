/** What students are held against, each with where it comes from. */
export const GOALS = {
  /** eV/Angstrom; RMSE of force components. */
  forceRmse: { max: 0.2 },
  /** meV/atom/ps, with the whole band: 4 K in a nanosecond. */
  nveSlope: { min: -1e-3, max: 1e-3 },
  /** Drift over the run below the thermal fluctuation (MLIPAudit's full score). */
  driftOverFluctuation: { max: 1 },
  /** Velocity Verlet on a smooth potential gives 4. */
  timestepRatio: { min: 3.5, max: 4.5 },
  /** Angstrom, after some 100 steps forth and back. */
  reversal: { max: 1e-3 },
  /** eV/Angstrom per atom. */
  netForce: { max: 1e-5 },
  /** eV per atom. */
  torque: { max: 1e-5 },
  /** RMS of F + dE/dr over RMS of F. */
  gradient: { max: 1e-3 },
  /** RMS of the stress less strain derivative over RMS of the stress. */
  stressGradient: { max: 5e-3 },
  /** eV/Angstrom, what the list, a wrap, a rotation may change; float32 gives about 1e-6. */
  invariance: { max: 1e-4 },
  /** eV/atom. */
  extensivity: { max: 1e-4 },
  /** Wasserstein distances: Angstrom, degrees, THz (50 1/cm). */
  distances: { max: 0.05 },
  angles: { max: 2 },
  vibrations: { max: 1.5 },
  /** Fu et al., TMLR 2023: a molecule is unstable when a bond is off by more, Angstrom. */
  bondStrain: { max: 0.5 },
  /** Angstrom^2/ps between the bands; a twentieth of the diffusion of water. */
  diffusionGap: { max: 0.01 },
  /** Relative errors. */
  volume: { min: -0.01, max: 0.01 },
  bulkModulus: { min: -0.15, max: 0.15 },
  frequencies: { max: 0.05 },
  /** Angstrom: distance of the minima of teacher and student. */
  minimumDistance: { max: 0.1 },
  /** eV/atom: teacher's energy at the student's minimum above its own. */
  minimumEnergy: { max: 0.005 },
  /** Of what is counted, none may be there. */
  none: { max: 1 },
  /** All of it has to be there. */
  whole: { min: 0.999 },
} as const;
