"""Force constants and frequencies of ASE for the tests of @mlffd/md (ase 3.29.0, tblite 0.8.0).

GFN2-xTB for molecules, EMT for crystals. All forces of displaced structures are stored, in the
order of coordinate 0 up, 0 down, 1 up ..., so that the tests differentiate the same potential.

usage: vibrations.py packages/md/test/fixtures/vibrations.json
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.optimize import BFGS
from ase.vibrations import Vibrations
from tblite.ase import TBLite

STEP = 0.005
# Where forces vanish, frequencies do not depend on how rotations are treated.
FMAX = 1e-5


class Remembering(Calculator):
    """Gives the same forces for the same positions: an SCF that starts elsewhere ends elsewhere."""

    implemented_properties = ["forces"]

    def __init__(self, calculator: Calculator) -> None:
        super().__init__()
        self.calculator = calculator
        self.known: dict[tuple[float, ...], np.ndarray] = {}

    def calculate(self, atoms: Atoms, properties: list[str], system_changes: list[str]) -> None:
        key = tuple(atoms.positions.ravel().round(9))
        if key not in self.known:
            self.known[key] = self.calculator.get_forces(atoms).round(12)
        self.results = {"forces": self.known[key]}


def cases() -> list[tuple[str, Atoms]]:
    molecules = []
    for name in ("H2O", "CO2", "NH3", "C2H6"):
        atoms = molecule(name)
        # No axis is parallel to a molecular one.
        atoms.rotate(37, (1, 2, 3))
        atoms.calc = TBLite(method="GFN2-xTB", accuracy=0.001, verbosity=0)
        BFGS(atoms, logfile=None).run(fmax=FMAX, steps=200)
        molecules.append((f"{name}, GFN2-xTB", atoms))
    crystal = bulk("Cu", a=3.6, cubic=True)
    crystal[0].symbol = "Au"
    crystal.calc = EMT()
    return [*molecules, ("AuCu3, EMT", crystal)]


def displaced_forces(atoms: Atoms) -> list[list[float]]:
    work = atoms.copy()
    work.calc = atoms.calc
    out = []
    for k in range(3 * len(atoms)):
        for sign in (1, -1):
            positions = atoms.positions.copy()
            positions.ravel()[k] += sign * STEP
            work.positions = positions
            out.append(work.get_forces().ravel().tolist())
    return out


def describe(name: str, atoms: Atoms) -> dict:
    atoms.calc = Remembering(atoms.calc)
    with tempfile.TemporaryDirectory() as folder:
        vibrations = Vibrations(atoms, delta=STEP, nfree=2, name=f"{folder}/vib")
        vibrations.run()
        data = vibrations.get_vibrations()
    frequencies = data.get_frequencies()
    return {
        "name": name,
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": atoms.cell.array.ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
        "forces": displaced_forces(atoms),
        "hessian": [round(h, 10) for h in data.get_hessian_2d().ravel()],
        # Imaginary ones negative, as in @mlffd/data.
        "frequencies": np.where(frequencies.imag > 0, -frequencies.imag, frequencies.real).tolist(),
        "energies": (1000 * data.get_energies().real).tolist(),
    }


def main(target: Path) -> None:
    out = {
        "script": "tooling/python/sampling/vibrations.py",
        "step": STEP,
        "cases": [describe(name, atoms) for name, atoms in cases()],
    }
    target.write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
