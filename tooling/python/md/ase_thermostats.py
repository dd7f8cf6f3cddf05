"""Reference trajectories for @mlffd/md, made with ASE 3.29: Bussi, Nose-Hoover chains, MTK, FixAtoms.

Run: python tooling/python/md/ase_thermostats.py packages/md/test/fixtures/ase-thermostats.json

Cell rescaling, which ASE does not have, is written out with NumPy from the equations of Bernetti and
Bussi, J. Chem. Phys. 153, 114107 (2020).

The potential is written out here, and again in packages/md/test/periodicPotentials.ts, so that only
the integrators are compared: periodic Lennard-Jones times (1 - (r/rc)^2)^3. Random numbers that ASE
draws are stored in the order drawn.
"""

import itertools
import json
import sys

import ase
import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator, all_changes
from ase.constraints import FixAtoms
from ase.md.bussi import Bussi
from ase.md.nose_hoover_chain import IsotropicMTKNPT, NoseHooverChainNVT
from ase.md.verlet import VelocityVerlet

EPSILON = 0.0104  # eV
SIGMA = 3.4  # Angstrom
CUTOFF = 8.0  # Angstrom
TIMESTEP = 2.0  # fs
TEMPERATURE = 60.0  # K
TIME_CONSTANT = 25.0  # fs; short, so that the thermostat shows
PRESSURE = 0.002  # eV/Angstrom^3
PRESSURE_TIME_CONSTANT = 60.0  # fs
COMPRESSIBILITY = 9.0  # Angstrom^3/eV
STEPS = 12
FIXED = [1, 4]
SYMBOLS = ["Ar", "Kr", "Ar", "Ne", "Ar", "Kr"]
CELL = np.array([[8.4, 0.0, 0.0], [1.1, 8.0, 0.0], [-0.6, 0.9, 7.6]])
IMAGES = np.array(list(itertools.product((-2, -1, 0, 1, 2), repeat=3)))


class SmoothLennardJones(Calculator):
    implemented_properties = ["energy", "free_energy", "forces", "stress"]

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        r = self.atoms.positions
        shifts = IMAGES @ np.array(self.atoms.cell)
        # d[i, j, image] = r_j + shift - r_i
        d = r[None, :, None, :] + shifts[None, None] - r[:, None, None, :]
        r2 = (d**2).sum(-1)
        r2[(r2 == 0) | (r2 >= CUTOFF**2)] = np.inf
        s6 = (SIGMA**2 / r2) ** 3
        pair = 4 * EPSILON * (s6**2 - s6)
        inside = np.isfinite(r2)
        u = np.where(inside, 1 - np.where(inside, r2, 0) / CUTOFF**2, 0)
        slope = 4 * EPSILON * (-12 * s6**2 + 6 * s6) / r2 * u**3 - 6 * pair * u**2 / CUTOFF**2
        stress = 0.5 * np.einsum("ijk,ijka,ijkb->ab", slope, d, d) / self.atoms.get_volume()
        self.results = {
            "energy": 0.5 * (pair * u**3).sum(),
            "forces": (slope[..., None] * d).sum((1, 2)),
            "stress": stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]],
        }
        self.results["free_energy"] = self.results["energy"]


class Recorder:
    """Random numbers of numpy, written down as Bussi uses them."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.drawn = []

    def standard_normal(self):
        value = self.generator.standard_normal()
        self.drawn.append([value])
        return value

    def standard_gamma(self, shape):
        value = self.generator.standard_gamma(shape)
        self.drawn[-1].append(2 * value)
        return value


def start():
    rng = np.random.default_rng(3)
    grid = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1]], float) / 2
    positions = grid @ CELL + 0.1 * rng.standard_normal((6, 3))
    atoms = Atoms(SYMBOLS, positions=positions, cell=CELL, pbc=True)
    velocities = np.sqrt(units.kB * 90 / atoms.get_masses())[:, None] * rng.standard_normal((6, 3))
    atoms.set_velocities(velocities)
    atoms.calc = SmoothLennardJones()
    return atoms


def snapshot(atoms, conserved):
    return {
        "positions": atoms.positions.ravel().tolist(),
        "velocities": (atoms.get_velocities() * units.fs).ravel().tolist(),
        "cell": np.array(atoms.cell).ravel().tolist(),
        "potential": float(atoms.get_potential_energy()),
        "kinetic": float(atoms.get_kinetic_energy()),
        "conserved": float(conserved()),
    }


def trajectory(make, fixed=()):
    atoms = start()
    if fixed:
        atoms.set_constraint(FixAtoms(indices=list(fixed)))
        atoms.set_momenta(atoms.get_momenta())  # which zeroes those of the fixed atoms
    dynamics, conserved = make(atoms)
    frames = [snapshot(atoms, conserved)]
    for _ in range(STEPS):
        dynamics.run(1)
        frames.append(snapshot(atoms, conserved))
    return frames


def verlet(atoms):
    return VelocityVerlet(atoms, timestep=TIMESTEP * units.fs), atoms.get_total_energy


def bussi(recorder):
    def make(atoms):
        dynamics = Bussi(
            atoms,
            timestep=TIMESTEP * units.fs,
            temperature_K=TEMPERATURE,
            taut=TIME_CONSTANT * units.fs,
            rng=recorder,
        )
        return dynamics, lambda: atoms.get_total_energy() - dynamics.transferred_energy

    return make


def nose_hoover(tchain, tloop):
    def make(atoms):
        dynamics = NoseHooverChainNVT(
            atoms,
            timestep=TIMESTEP * units.fs,
            temperature_K=TEMPERATURE,
            tdamp=TIME_CONSTANT * units.fs,
            tchain=tchain,
            tloop=tloop,
        )
        return dynamics, dynamics.get_conserved_energy

    return make


def mtk(tchain, pchain, loops):
    def make(atoms):
        dynamics = IsotropicMTKNPT(
            atoms,
            timestep=TIMESTEP * units.fs,
            temperature_K=TEMPERATURE,
            pressure_au=PRESSURE,
            tdamp=TIME_CONSTANT * units.fs,
            pdamp=PRESSURE_TIME_CONSTANT * units.fs,
            tchain=tchain,
            pchain=pchain,
            tloop=loops,
            ploop=loops,
        )
        return dynamics, dynamics.get_conserved_energy

    return make


class CellRescaling:
    """Velocity rescaling, then velocity Verlet with the move of the cell inside the drift."""

    def __init__(self, atoms, rng):
        self.atoms = atoms
        self.rng = rng
        self.dt = TIMESTEP * units.fs
        self.kT = units.kB * TEMPERATURE
        self.start = atoms.get_volume()
        self.heat = 0.0
        self.drawn = []

    def rescale_velocities(self):
        atoms, nf = self.atoms, 3 * len(self.atoms)
        normal, squares = self.rng.standard_normal(), self.rng.chisquare(nf - 1)
        self.drawn.append([float(normal), float(squares)])
        kinetic = atoms.get_kinetic_energy()
        c = np.exp(-TIMESTEP / TIME_CONSTANT)
        mean = nf * self.kT / 2
        # Equation A7 of the paper of 2007.
        factor = c + (mean / (nf * kinetic)) * (1 - c) * (normal**2 + squares)
        factor += 2 * normal * np.sqrt(c * (1 - c) * mean / (nf * kinetic))
        atoms.set_momenta(np.sqrt(factor) * atoms.get_momenta())
        self.heat += (factor - 1) * kinetic

    def drift_of_root(self):
        """Drift of l = sqrt(V), per time, and l."""
        volume = self.atoms.get_volume()
        inner = -np.trace(self.atoms.get_stress(voigt=False)) / 3
        inner += 2 * self.atoms.get_kinetic_energy() / (3 * volume)
        root = np.sqrt(volume)
        rate = COMPRESSIBILITY / (2 * PRESSURE_TIME_CONSTANT * units.fs)
        return -rate * root * (PRESSURE - inner - self.kT / (2 * volume)), root

    def run(self, steps):
        assert steps == 1
        atoms, dt = self.atoms, self.dt
        masses = atoms.get_masses()[:, None]
        width = np.sqrt(self.kT * COMPRESSIBILITY / (2 * PRESSURE_TIME_CONSTANT * units.fs) * dt)
        self.rescale_velocities()
        atoms.set_momenta(atoms.get_momenta() + dt / 2 * atoms.get_forces())
        before, root = self.drift_of_root()
        normal = self.rng.standard_normal()
        self.drawn[-1].append(float(normal))
        moved = root + before * dt + width * normal
        scale = (moved / root) ** (2 / 3)
        velocities = atoms.get_momenta() / masses
        # Half a drift, the move of the cell with its momenta, half a drift.
        positions = scale * (atoms.positions + dt / 2 * velocities)
        velocities = velocities / scale
        atoms.set_cell(scale * np.array(atoms.cell))
        atoms.set_positions(positions + dt / 2 * velocities)
        atoms.set_momenta(masses * velocities)
        after, end = self.drift_of_root()
        # kT times the logarithm of the probability of the reverse move over that of the move.
        forward = (moved - root - before * dt) ** 2
        backward = (root - end - after * dt) ** 2
        self.heat -= self.kT * (backward - forward) / (2 * width**2)
        atoms.set_momenta(atoms.get_momenta() + dt / 2 * atoms.get_forces())

    def conserved(self):
        volume = self.atoms.get_volume()
        density = self.kT * np.log(np.sqrt(volume / self.start))
        return self.atoms.get_total_energy() + PRESSURE * volume - density - self.heat


def rescaled_cell():
    made = []

    def make(atoms):
        made.append(CellRescaling(atoms, np.random.default_rng(29)))
        return made[0], made[0].conserved

    return {"frames": trajectory(make), "drawn": made[0].drawn}


def main(path):
    recorder = Recorder(17)
    fixed_recorder = Recorder(23)
    first = start()
    document = {
        "made_by": "tooling/python/md/ase_thermostats.py",
        "ase": ase.__version__,
        "epsilon": EPSILON,
        "sigma": SIGMA,
        "cutoff": CUTOFF,
        "timestep": TIMESTEP,
        "temperature": TEMPERATURE,
        "timeConstant": TIME_CONSTANT,
        "pressure": PRESSURE,
        "pressureTimeConstant": PRESSURE_TIME_CONSTANT,
        "compressibility": COMPRESSIBILITY,
        "cellRescaling": rescaled_cell(),
        "numbers": first.numbers.tolist(),
        "stress": first.get_stress().tolist(),
        "bussi": {"frames": trajectory(bussi(recorder)), "drawn": recorder.drawn},
        "fixed": {
            "indices": FIXED,
            "verlet": trajectory(verlet, FIXED),
            "bussi": {"frames": trajectory(bussi(fixed_recorder), FIXED), "drawn": fixed_recorder.drawn},
        },
        "noseHoover": [
            {"chainLength": length, "substeps": loops, "frames": trajectory(nose_hoover(length, loops))}
            for length, loops in ((3, 1), (1, 1), (4, 2))
        ],
        "mtk": [
            {
                "chainLength": tchain,
                "pressureChainLength": pchain,
                "substeps": loops,
                "frames": trajectory(mtk(tchain, pchain, loops)),
            }
            for tchain, pchain, loops in ((3, 3, 1), (2, 4, 2))
        ],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
