"""Crystals, supercells and slabs of ASE for the tests of @mlffd/data (ase 3.29.0).

Each is described by what does not depend on the choice of cell and origin: how many neighbours of
which element an atom has at which distance, averaged over all atoms.

usage: fixtures.py packages/data/test/fixtures/ase-structures.json
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import ase
import numpy as np
from ase import Atoms
from ase.build import bcc110, bulk, fcc100, fcc111, fcc211, hcp0001, make_supercell, surface
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal

CUTOFF = 5.0
SAME = 1e-4
ALUMINATE_U = 0.3872


def shells(atoms: Atoms) -> list[list[float]]:
    """Rows of: element, element of the neighbour, distance (Angstrom), neighbours / atoms."""
    i, j, d = neighbor_list("ijd", atoms, CUTOFF)
    z = atoms.numbers
    counts: Counter[tuple[int, int, int]] = Counter()
    for a, b, r in zip(z[i], z[j], d):
        counts[int(a), int(b), round(r / SAME)] += 1
    return [[a, b, round(k * SAME, 4), round(n / len(atoms), 8)] for (a, b, k), n in sorted(counts.items())]


def crystals() -> dict[str, Atoms]:
    third = 1 / 3, 2 / 3
    return {
        "fcc": bulk("Cu", a=3.61),
        "bcc": bulk("Fe", a=2.87),
        "hcp": bulk("Mg", a=3.21, c=5.21),
        "diamond": bulk("Si", a=5.43),
        "rocksalt": bulk("MgO", "rocksalt", a=4.21),
        "cscl": bulk("CsCl", "cesiumchloride", a=4.12),
        "zincblende": bulk("GaAs", "zincblende", a=5.65),
        "wurtzite": crystal(["Zn", "O"], [(*third, 0), (*third, 0.382)], spacegroup=186,
                            cellpar=[3.25, 3.25, 5.2, 90, 90, 120]),
        "fluorite": crystal(["Ca", "F"], [(0, 0, 0), (0.25, 0.25, 0.25)], spacegroup=225, cellpar=[5.46] * 3 + [90] * 3),
        "antifluorite": crystal(["Li", "O"], [(0.25, 0.25, 0.25), (0, 0, 0)], spacegroup=225,
                                cellpar=[4.62] * 3 + [90] * 3),
        "rutile": crystal(["Ti", "O"], [(0, 0, 0), (0.305, 0.305, 0)], spacegroup=136,
                          cellpar=[4.594, 4.594, 2.959, 90, 90, 90]),
        "perovskite": crystal(["Sr", "Ti", "O"], [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], spacegroup=221,
                              cellpar=[3.905] * 3 + [90] * 3),
        "spinel": crystal(["Mg", "Al", "O"], [(0, 0, 0), (0.625,) * 3, (ALUMINATE_U,) * 3], spacegroup=227, setting=1,
                          cellpar=[8.08] * 3 + [90] * 3),
    }


def slabs() -> dict[str, Atoms]:
    copper = bulk("Cu", a=3.61, cubic=True)
    oxide = bulk("MgO", "rocksalt", a=4.21, cubic=True)
    out = {
        "fcc 1 1 1": fcc111("Cu", (1, 1, 4), a=3.61, vacuum=8),
        "fcc 1 0 0": fcc100("Cu", (1, 1, 4), a=3.61, vacuum=8),
        "fcc 2 1 1": fcc211("Cu", (3, 1, 4), a=3.61, vacuum=8),
        "fcc 3 2 1": surface(copper, (3, 2, 1), 3, vacuum=8),
        "bcc 1 1 0": bcc110("Fe", (1, 1, 4), a=2.87, vacuum=8),
        "hcp 0 0 1": hcp0001("Mg", (1, 1, 4), a=3.21, c=5.21, vacuum=8),
        "rocksalt 1 0 0": surface(oxide, (1, 0, 0), 2, vacuum=8),
        "rocksalt 2 1 0": surface(oxide, (2, 1, 0), 2, vacuum=8),
    }
    for atoms in out.values():
        atoms.pbc = (True, True, False)
    return out


def slab_record(atoms: Atoms) -> dict:
    area = float(np.linalg.norm(np.cross(atoms.cell[0], atoms.cell[1])))
    heights = atoms.positions @ np.cross(atoms.cell[0], atoms.cell[1]) / area
    return {
        "atomsPerArea": len(atoms) / area,
        "thickness": float(np.ptp(heights)),
        "shells": shells(atoms),
    }


def supercells() -> list[dict]:
    rutile = crystals()["rutile"]
    out = []
    for matrix in ([[1, 1, 0], [-1, 1, 0], [0, 0, 1]], [[2, 1, 0], [0, 1, -1], [1, 0, 1]], [[0, 1, 0], [1, 0, 0], [0, 0, 2]]):
        made = make_supercell(rutile, matrix)
        out.append({"matrix": matrix, "atoms": len(made), "cell": made.cell.array.ravel().tolist(),
                    "shells": shells(made)})
    return out


if __name__ == "__main__":
    record = {
        "ase": ase.__version__,
        "cutoff": CUTOFF,
        "crystals": {name: {"volumePerAtom": atoms.get_volume() / len(atoms), "shells": shells(atoms)}
                     for name, atoms in crystals().items()},
        "slabs": {name: slab_record(atoms) for name, atoms in slabs().items()},
        "supercells": supercells(),
    }
    Path(sys.argv[1]).write_text(json.dumps(record) + "\n")
