"""Structures, and what ASE says of them without a worker, as JSON; for the tests of @mlffd/teachers.

Every structure has a calculator of its own, so no answer depends on another.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.calculators.emt import EMT
from tblite.ase import TBLite

MAKERS = {
    "gfn2-xtb": lambda: TBLite(method="GFN2-xTB", verbosity=0),
    "gfn1-xtb": lambda: TBLite(method="GFN1-xTB", verbosity=0),
    "ase-emt": EMT,
}


def charged(atoms: Atoms, charge: int = 0, spin: int = 0) -> Atoms:
    """Charge and unpaired electrons spread over the atoms: only their sums matter."""
    n = len(atoms)
    atoms.set_initial_charges(np.full(n, charge / n))
    atoms.set_initial_magnetic_moments(np.full(n, spin / n))
    atoms.info.update(total_charge=charge, unpaired=spin)
    return atoms


def cases() -> list[tuple[str, Atoms]]:
    skewed = bulk("Cu").repeat((2, 2, 1))
    skewed.set_cell(skewed.cell.array + [[0.2, -0.1, 0], [0.1, 0.3, 0.05], [0, 0.1, -0.2]], scale_atoms=True)
    alloy = bulk("Au", cubic=True)
    alloy.symbols[[0, 2]] = "Cu"
    slab = fcc111("Pt", (2, 2, 2), vacuum=6.0)
    slab.pbc = (True, True, False)
    box = molecule("H2O")
    box.cell = np.diag([5.0, 5.5, 6.0])
    box.pbc = True
    structures = [("gfn2-xtb", molecule(name)) for name in ("H2O", "CH4", "CH3CH2OH", "C6H6", "SO2", "PH3", "SiH4")]
    structures += [
        ("gfn2-xtb", charged(Atoms("OH", [(0, 0, 0), (0, 0, 0.97)]), charge=-1)),
        ("gfn2-xtb", charged(molecule("NH3"), charge=1, spin=1)),
        ("gfn2-xtb", charged(molecule("O2"), spin=2)),
        ("gfn2-xtb", Atoms("ZnCl2", [(0, 0, 0), (0, 0, 2.1), (0, 0, -2.1)])),
        ("gfn2-xtb", box),
        ("gfn1-xtb", molecule("HCOOH")),
        ("gfn1-xtb", molecule("CH3Cl")),
        ("gfn1-xtb", box.copy()),
        ("ase-emt", bulk("Cu", cubic=True)),
        ("ase-emt", skewed),
        ("ase-emt", alloy),
        ("ase-emt", slab),
        ("ase-emt", Atoms("Ni3", [(0, 0, 0), (2.4, 0, 0), (1.1, 2.2, 0.1)])),
    ]
    for seed, (_, atoms) in enumerate(structures):
        atoms.rattle(0.05, seed=seed)
    return structures


def main() -> None:
    out = []
    for teacher, atoms in cases():
        calculator = MAKERS[teacher]()
        atoms.calc = calculator
        case = {
            "teacher": teacher,
            "formula": atoms.get_chemical_formula(),
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            "cell": atoms.cell.array.ravel().tolist(),
            "pbc": atoms.pbc.tolist(),
            "energy": float(atoms.get_potential_energy()),
            "forces": atoms.get_forces().ravel().tolist(),
            "energies": atoms.get_potential_energies().tolist(),
        }
        if "total_charge" in atoms.info:
            case.update(charge=atoms.info["total_charge"], spin=atoms.info["unpaired"])
        if atoms.pbc.all():
            case["stress"] = atoms.get_stress().tolist()
        out.append(case)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
