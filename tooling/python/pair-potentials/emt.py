"""Reference answers of ASE's EMT for the tests of @mlffd/teachers (ase 3.29.0).

usage: emt.py packages/teachers/test/fixtures/emt.json
"""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.build import add_adsorbate, bulk, fcc111, molecule
from ase.calculators.emt import EMT
from ase.cluster import Octahedron

from answers import answer, write

METALS = ["Al", "Cu", "Ag", "Au", "Ni", "Pd", "Pt"]


def alloy() -> Atoms:
    """L1_2 Cu3Au."""
    atoms = bulk("Cu", a=3.75, cubic=True)
    atoms.symbols[0] = "Au"
    return atoms


def triclinic() -> Atoms:
    atoms = bulk("Ni", a=3.6).repeat((2, 2, 1))
    atoms.symbols[:] = ["Ni", "Al", "Pt", "Ni"]
    atoms.set_cell(atoms.cell.array + [[0.3, -0.1, 0.2], [0, 0.4, 0.1], [-0.2, 0, 0.3]], scale_atoms=True)
    atoms.rattle(0.12, seed=2)
    return atoms


def slab() -> Atoms:
    atoms = fcc111("Pt", (2, 2, 4), a=3.95, vacuum=9.0)
    atoms.pbc = (True, True, False)
    atoms.rattle(0.1, seed=3)
    return atoms


def seven_metals() -> Atoms:
    atoms = bulk("Cu", a=3.9, cubic=True).repeat((2, 2, 2))
    atoms.symbols[:] = np.random.default_rng(4).choice(METALS, len(atoms))
    atoms.rattle(0.1, seed=4)
    return atoms


def cluster() -> Atoms:
    atoms = Octahedron("Pd", 4, cutoff=1)
    atoms.symbols[::3] = "Ag"
    atoms.rattle(0.1, seed=5)
    atoms.cell = None
    atoms.pbc = False
    return atoms


def toys() -> Atoms:
    atoms = fcc111("Cu", (2, 2, 2), a=3.6, vacuum=8.0)
    add_adsorbate(atoms, molecule("H2O"), 2.2, "ontop")
    add_adsorbate(atoms, Atoms("CN", positions=[(0, 0, 0), (0, 0, 1.2)]), 1.8, "hcp")
    atoms.pbc = (True, True, False)
    atoms.rattle(0.05, seed=6)
    return atoms


def left_handed() -> Atoms:
    atoms = alloy()
    atoms.set_cell(atoms.cell.array[[1, 0, 2]])
    atoms.rattle(0.1, seed=7)
    return atoms


def cases() -> list[tuple[str, Atoms, dict]]:
    copper = bulk("Cu", a=3.6, cubic=True).repeat((2, 1, 1))
    copper.rattle(0.1, seed=1)
    wire = Atoms("Au2", positions=[(0, 0, 0), (0.2, 0.1, 2.6)], cell=[0, 0, 5.2], pbc=(False, False, True))
    stretched = Atoms("CuAg", positions=[(0, 0, 0), (5.7, 0.4, 0.1)])
    asap = {"asap_cutoff": True}
    return [
        ("rattled copper", copper, {}),
        ("rattled copper, cutoff of asap", copper, asap),
        ("alloy Cu3Au", alloy(), {}),
        ("alloy Cu3Au, cutoff of asap", alloy(), asap),
        ("triclinic", triclinic(), {}),
        ("triclinic, cutoff of asap", triclinic(), asap),
        ("slab", slab(), {}),
        ("seven metals", seven_metals(), {}),
        ("cluster without a cell", cluster(), {}),
        ("one atom in its cell", bulk("Al", a=4.05), {}),
        ("one atom without neighbours", Atoms("Ag"), {}),
        ("water, carbon and nitrogen on copper", toys(), {}),
        ("water, carbon and nitrogen, cutoff of asap", toys(), asap),
        ("left-handed cell", left_handed(), {}),
        ("wire", wire, {}),
        ("pair near the cutoff", stretched, {}),
    ]


if __name__ == "__main__":
    write(__file__, __doc__, [answer(name, atoms, EMT(**parameters), asap_cutoff=parameters.get("asap_cutoff", False)) for name, atoms, parameters in cases()])
