"""Drives a potential behind an i-PI socket with ASE: single points, then molecular dynamics.

Usage: ase_server.py STRUCTURES.extxyz (unix:NAME | PORT) STEPS TIMESTEP_FS

All structures are asked about; the dynamics starts from the first one, with its velocities
(`velo`, Angstrom/fs). Prints one JSON object in eV and Angstrom.
"""

import json
import sys

import numpy as np
from ase import Atoms, units
from ase.calculators.socketio import SocketIOCalculator
from ase.io import read
from ase.md.verlet import VelocityVerlet


def answer(atoms: Atoms) -> dict[str, object]:
    """Energy, forces and, with a periodic cell, stress."""
    return {
        "energy": atoms.get_potential_energy(),
        "forces": atoms.get_forces().ravel().tolist(),
        "stress": atoms.get_stress().tolist() if atoms.pbc.any() else None,
    }


def main(file: str, address: str, steps: int, timestep: float) -> dict[str, object]:
    """Talks with the driver that connects to the address."""
    structures = read(file, index=":")
    where = (
        {"unixsocket": address.removeprefix("unix:")}
        if address.startswith("unix:")
        else {"port": int(address)}
    )
    with SocketIOCalculator(**where) as calculator:
        answers = []
        for structure in structures:
            structure.calc = calculator
            answers.append(answer(structure))
        atoms = structures[0]
        velocities = atoms.arrays.get("velo", np.zeros_like(atoms.positions))
        atoms.set_velocities(velocities / units.fs)
        dynamics = VelocityVerlet(atoms, timestep=timestep * units.fs)
        trajectory = []

        def keep() -> None:
            trajectory.append(atoms.positions.ravel().tolist())

        dynamics.attach(keep, interval=1)
        dynamics.run(steps)
    return {"answers": answers, "trajectory": trajectory}


if __name__ == "__main__":
    _, file, address, steps, timestep = sys.argv
    print(json.dumps(main(file, address, int(steps), float(timestep))))
