"""Equations of state as ASE fits them, for the tests of @mlffd/md (ase 3.29.0).

EMT on face-centred copper: volumes, energies and the fits of ase.eos, in Angstrom^3, eV and GPa.

usage: equation_of_state.py packages/md/test/fixtures/equation-of-state.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.eos import EquationOfState
from ase.units import GPa

KINDS = {"birch-murnaghan": "birchmurnaghan", "polynomial": "p3"}


def curve(scale: np.ndarray) -> tuple[list[float], list[float]]:
    """Volumes and energies of a primitive cell of copper, its volume scaled."""
    volumes: list[float] = []
    energies: list[float] = []
    for factor in scale:
        atoms = bulk("Cu", "fcc", a=3.6)
        atoms.set_cell(atoms.cell * factor ** (1 / 3), scale_atoms=True)
        atoms.calc = EMT()
        volumes.append(float(atoms.get_volume()))
        energies.append(float(atoms.get_potential_energy()))
    return volumes, energies


def fit(volumes: list[float], energies: list[float], name: str) -> dict[str, float]:
    """Minimum, and bulk modulus in GPa."""
    volume, energy, modulus = EquationOfState(volumes, energies, eos=name).fit()
    return {
        "volume": float(volume),
        "energy": float(energy),
        "bulkModulus": float(modulus / GPa),
    }


def main(path: str) -> None:
    """Writes the file."""
    volumes, energies = curve(np.linspace(0.9, 1.1, 11))
    fits = {kind: fit(volumes, energies, name) for kind, name in KINDS.items()}
    data = {
        "script": "tooling/python/md/equation_of_state.py",
        "volumes": volumes,
        "energies": energies,
        "fits": fits,
    }
    Path(path).write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
