"""What potentials answer when they are called in Python without a worker, as JSON; for the tests of @mlffd/teachers.

usage: direct.py sevennet|chgnet
       direct.py ani2x|mace WEIGHTS    (random ones, which are written to this file first)

Every case has the stress that the original gives, and `strained`, the derivative of its energy along STRAIN by
differences over the volume: that is what a stress means, whatever the original does.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Callable

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.stress import full_3x3_to_voigt_6_stress
from structures import crystals, molecules

STRAIN = np.array([[1.0, 0.3, 0.2], [0.3, -0.7, 0.5], [0.2, 0.5, 0.4]])
"""No two of its components can be mistaken for each other."""
BOX = 24.0
"""Edge of the box that stands for open axes where a program wants a cell, Angstrom."""


def sevennet() -> Calculator:
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator("7net-0", device="cpu")


def chgnet() -> Calculator:
    from chgnet.model.dynamics import CHGNetCalculator

    return CHGNetCalculator(use_device="cpu", return_site_energies=True)


def ani2x(path: str) -> Calculator:
    import torch
    from random_ani import random_ani2x

    model = random_ani2x()
    torch.save(model.state_dict(), path)
    return model.double().ase()


def mace(path: str) -> Calculator:
    import random_mace
    from mace.calculators import MACECalculator

    random_mace.main(path)
    return MACECalculator(model_paths=path, device="cpu", default_dtype="float64")


# How to make it, structures, and the strain of differences: float32 wants a large one.
POTENTIALS: dict[str, tuple[Callable[..., Calculator], Callable[[], dict[str, Atoms]], float]] = {
    "sevennet": (sevennet, crystals, 1e-2),
    "chgnet": (chgnet, crystals, 1e-2),
    "ani2x": (ani2x, molecules, 1e-4),
    "mace": (mace, molecules, 1e-4),
}


def strained(calculator: Calculator, atoms: Atoms, step: float) -> float:
    """dE/dstrain / V along STRAIN by central differences, eV/Angstrom^3."""

    def energy(size: float) -> float:
        copy = atoms.copy()
        copy.set_cell(atoms.cell.array @ (np.eye(3) + size * STRAIN), scale_atoms=True)
        return float(calculator.get_potential_energy(copy))

    return (energy(step) - energy(-step)) / (2 * step) / atoms.get_volume()


def boxed(atoms: Atoms) -> Atoms:
    copy = atoms.copy()
    copy.set_cell([BOX] * 3)
    copy.center()
    copy.pbc = True
    return copy


def answer(name: str, calculator: Calculator, atoms: Atoms, step: float) -> dict:
    asked = boxed(atoms) if name == "chgnet" and atoms.cell.rank < 3 else atoms
    out = {
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": atoms.cell.array.ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
        "energy": float(calculator.get_potential_energy(asked)),
        "forces": calculator.get_forces(asked).ravel().tolist(),
    }
    if name != "ani2x":
        out["energies"] = calculator.get_potential_energies(asked).tolist()
    if atoms.cell.rank == 3 and (name != "ani2x" or atoms.pbc.any()):
        stress = calculator.get_stress(asked)
        out["stress"] = (full_3x3_to_voigt_6_stress(stress) if stress.shape == (3, 3) else stress).tolist()
        out["strained"] = strained(calculator, atoms, step)
    return out


def main(name: str, *weights: str) -> None:
    make, structures, step = POTENTIALS[name]
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calculator = make(*weights)
        cases = [{"name": key, **answer(name, calculator, atoms, step)} for key, atoms in structures().items()]
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) != (3 if sys.argv[1:2] in (["ani2x"], ["mace"]) else 2) or sys.argv[1] not in POTENTIALS:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
