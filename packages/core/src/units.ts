/**
 * Physical constants in the units of every API here: eV, Angstrom, fs, amu, K.
 *
 * CODATA 2014 with the same arithmetic as ASE 3.29, so that energies agree with ASE to the last
 * bit. CODATA 2018 moved the Boltzmann constant by 3.4e-7 relative.
 */

const ELEMENTARY_CHARGE = 1.6021766208e-19;
const ATOMIC_MASS = 1.66053904e-27;
const ELECTRON_MASS = 9.10938356e-31;
const PLANCK = 6.62607004e-34;
const BOLTZMANN = 1.38064852e-23;
const AVOGADRO = 6.022140857e23;
const LIGHT_SPEED = 299792458;
const VACUUM_PERMEABILITY = 4e-7 * Math.PI;
const VACUUM_PERMITTIVITY = 1 / VACUUM_PERMEABILITY / LIGHT_SPEED ** 2;
const REDUCED_PLANCK = PLANCK / (2 * Math.PI);

/** Boltzmann constant, eV/K. */
export const KB: number = BOLTZMANN / ELEMENTARY_CHARGE;
/** Planck constant over 2 pi, eV fs. */
export const HBAR: number = (REDUCED_PLANCK / ELEMENTARY_CHARGE) * 1e15;
/** One GPa, eV/Angstrom^3. */
export const GPA: number = 1e9 * (1 / ELEMENTARY_CHARGE / 1e30);
/** One bar, eV/Angstrom^3. */
export const BAR: number = 1e5 * (1 / ELEMENTARY_CHARGE / 1e30);
/** One Bohr radius, Angstrom. */
export const BOHR: number =
  (4e10 * Math.PI * VACUUM_PERMITTIVITY * REDUCED_PLANCK ** 2) /
  ELECTRON_MASS /
  ELEMENTARY_CHARGE ** 2;
/** One Hartree, eV. */
export const HARTREE: number =
  (ELECTRON_MASS * ELEMENTARY_CHARGE ** 3) /
  16 /
  Math.PI ** 2 /
  VACUUM_PERMITTIVITY ** 2 /
  REDUCED_PLANCK ** 2;
/** One kcal/mol, eV. */
export const KCAL_PER_MOL: number = (4.184 * (1000 / ELEMENTARY_CHARGE)) / AVOGADRO;
/** One kJ/mol, eV. */
export const KJ_PER_MOL: number = 1000 / ELEMENTARY_CHARGE / AVOGADRO;
/** One Debye, e Angstrom. */
export const DEBYE: number = 1 / 1e11 / ELEMENTARY_CHARGE / LIGHT_SPEED;
/** One amu Angstrom^2/fs^2, eV: the unit of m v^2 with velocities in Angstrom/fs. */
export const EV_PER_AMU_A2_PER_FS2: number = (ATOMIC_MASS * 1e10) / ELEMENTARY_CHARGE;
/** One fs in ASE's unit of time, Angstrom sqrt(amu/eV). */
export const ASE_FS: number = 1e-15 * (1e10 * Math.sqrt(ELEMENTARY_CHARGE / ATOMIC_MASS));
/** One e^2/(4 pi epsilon_0), eV Angstrom. */
export const COULOMB: number = (ELEMENTARY_CHARGE / (4 * Math.PI * VACUUM_PERMITTIVITY)) * 1e10;
