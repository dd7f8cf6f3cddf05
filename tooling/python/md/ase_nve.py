"""Reference trajectories for @mlffd/md, made with ASE 3.29 (velocity Verlet, Langevin, BAOAB).

Run: python tooling/python/md/ase_nve.py packages/md/test/fixtures/ase-integrators.json

The potential is written out here, and again in packages/md/test/potentials.ts, so that only the
integrators are compared: Lennard-Jones without cutoff, U = sum_{i<j} 4 eps ((s/r)^12 - (s/r)^6).
Random numbers that ASE draws are stored in the order drawn.
"""

import json
import sys

import ase
import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator, all_changes
from ase.md.langevin import Langevin
from ase.md.langevinbaoab import LangevinBAOAB
from ase.md.verlet import VelocityVerlet

EPSILON = 0.0104  # eV
SIGMA = 3.4  # Angstrom
TIMESTEP = 2.0  # fs
TEMPERATURE = 40.0  # K
FRICTION = 0.02  # 1/fs
STEPS = 10
SYMBOLS = ["Ar", "Ar", "Kr", "Ne", "Ar", "Kr"]


class OpenLennardJones(Calculator):
    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        r = self.atoms.positions
        d = r[None, :, :] - r[:, None, :]  # d[i, j] = r_j - r_i
        r2 = (d**2).sum(-1)
        np.fill_diagonal(r2, np.inf)
        s6 = (SIGMA**2 / r2) ** 3
        energy = 0.5 * 4 * EPSILON * (s6**2 - s6).sum()
        # F_i = sum_j U'(r)/r (r_j - r_i)
        factor = 4 * EPSILON * (-12 * s6**2 + 6 * s6) / r2
        self.results = {"energy": energy, "forces": (factor[:, :, None] * d).sum(1)}


class Recorder:
    """Normals of numpy, written down in the order drawn."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.drawn = []

    def standard_normal(self, size):
        values = self.generator.standard_normal(size=size)
        self.drawn.append(values.ravel().tolist())
        return values


class RecordingGenerator(np.random.Generator):
    """LangevinBAOAB insists on a numpy Generator."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(seed))
        self.drawn = []

    def normal(self, size=None):
        values = super().normal(size=size)
        self.drawn.append(np.ravel(values).tolist())
        return values


def start():
    rng = np.random.default_rng(11)
    grid = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1]], float)
    atoms = Atoms(SYMBOLS, positions=3.8 * grid + 0.1 * rng.standard_normal((6, 3)))
    velocities = np.sqrt(units.kB * 60 / atoms.get_masses())[:, None] * rng.standard_normal((6, 3))
    atoms.set_velocities(velocities)
    atoms.calc = OpenLennardJones()
    return atoms


def snapshot(atoms):
    return {
        "positions": atoms.positions.ravel().tolist(),
        "velocities": (atoms.get_velocities() * units.fs).ravel().tolist(),
        "potential": float(atoms.get_potential_energy()),
        "kinetic": float(atoms.get_kinetic_energy()),
    }


def trajectory(make):
    atoms = start()
    dynamics, drawn = make(atoms)
    frames = [snapshot(atoms)]
    for _ in range(STEPS):
        dynamics.run(1)
        frames.append(snapshot(atoms))
    return {"frames": frames, "normals": drawn}


def nve(atoms):
    return VelocityVerlet(atoms, timestep=TIMESTEP * units.fs), []


def vec(atoms):
    recorder = Recorder(5)
    dynamics = Langevin(
        atoms,
        timestep=TIMESTEP * units.fs,
        temperature_K=TEMPERATURE,
        friction=FRICTION / units.fs,
        fixcm=False,
        rng=recorder,
    )
    return dynamics, recorder.drawn


def baoab(atoms):
    recorder = RecordingGenerator(7)
    dynamics = LangevinBAOAB(
        atoms,
        timestep=TIMESTEP * units.fs,
        temperature_K=TEMPERATURE,
        T_tau=units.fs / FRICTION,
        rng=recorder,
    )
    return dynamics, recorder.drawn


def main(path):
    document = {
        "made_by": "tooling/python/md/ase_nve.py",
        "ase": ase.__version__,
        "epsilon": EPSILON,
        "sigma": SIGMA,
        "timestep": TIMESTEP,
        "temperature": TEMPERATURE,
        "friction": FRICTION,
        "numbers": start().numbers.tolist(),
        "masses": start().get_masses().tolist(),
        "nve": trajectory(nve)["frames"],
        "vec": trajectory(vec),
        "baoab": trajectory(baoab),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
