"""Structures on which potentials are compared."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.spacegroup import crystal


def rattled(atoms: Atoms, seed: int, width: float = 0.05) -> Atoms:
    atoms.rattle(width, seed=seed)
    return atoms


def left_handed(atoms: Atoms) -> Atoms:
    """The same crystal by lattice vectors in another order."""
    atoms.set_cell(atoms.cell.array[[1, 0, 2]])
    return atoms


def crystals() -> dict[str, Atoms]:
    triclinic = crystal("TiO", [(0, 0, 0), (0.3053, 0.3053, 0)], spacegroup=136, cellpar=[4.59, 4.59, 2.96, 90, 90, 90])
    triclinic.set_cell([[4.7, 0.2, -0.1], [0.9, 4.4, 0.3], [-0.6, 0.5, 3.1]], scale_atoms=True)
    slab = fcc111("Al", (2, 2, 2), a=4.05, vacuum=6.0)
    slab.pbc = (True, True, False)
    return {
        "NaCl": rattled(bulk("NaCl", "rocksalt", a=5.64, cubic=True), 1),
        "triclinic TiO2": rattled(triclinic, 2),
        "left-handed NaCl": left_handed(rattled(bulk("NaCl", "rocksalt", a=5.5), 3)),
        "slab of Al": rattled(slab, 4),
        "one atom of Cu": bulk("Cu", a=3.55),
        "open ethanol": rattled(molecule("CH3CH2OH"), 5),
    }


def molecules() -> dict[str, Atoms]:
    """Of H, C, N, O, F, S, Cl; cells are smaller than cutoffs, which crystals of molecules seldom are."""
    box = molecule("CH3CH2OH")
    box.set_cell([6.5, 6.0, 5.5])
    box.pbc = True
    triclinic = Atoms("CNOH", [(0, 0, 0), (1.3, 0.2, 0.1), (-0.3, 1.4, 0.2), (0.1, -0.2, 1.1)], pbc=True)
    triclinic.set_cell([[3.6, 0.0, 0.0], [0.9, 3.8, 0.0], [-0.7, 0.8, 4.0]])
    layer = molecule("CH3Cl")
    # The open axis is the first one of the list, and no axis of coordinates.
    layer.set_cell([[3.0, 2.0, 9.0], [4.0, 0.0, 0.3], [0.5, 4.2, -0.4]])
    layer.pbc = (False, True, True)
    return {
        "water": rattled(molecule("H2O"), 1),
        "SO2": rattled(molecule("SO2"), 2),
        "ethanol in a box": rattled(box, 3),
        "triclinic": triclinic,
        "left-handed": left_handed(triclinic.copy()),
        "layer": rattled(layer, 4),
        "HF in an open cell": Atoms("HF", [(0, 0, 0), (0.6, 0.5, 0.5)], cell=np.diag([5.0, 6.0, 7.0])),
    }
