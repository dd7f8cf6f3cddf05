"""Structures that the export is compared on: molecules, crystals, lone atoms, some hundred atoms.

usage: structures.py    (prints them as JSON, and those whose evaluation is timed)
"""

from __future__ import annotations

import json

import numpy as np
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.spacegroup import crystal


def rattled(atoms: Atoms, width: float, seed: int) -> Atoms:
    atoms.rattle(width, seed=seed)
    return atoms


def waters(atoms: int, seed: int = 1) -> Atoms:
    """Turned water molecules on a grid at about the density of the liquid, periodic; oxygen for the rest."""
    rng = np.random.default_rng(seed)
    pieces = [molecule("H2O")] * (atoms // 3) + [Atoms("O")] * (atoms % 3)
    edge = int(np.ceil(len(pieces) ** (1 / 3)))
    box = Atoms(cell=[3.1 * edge] * 3, pbc=True)
    for k, piece in enumerate(pieces):
        one = piece.copy()
        one.rotate(360 * rng.random(), rng.normal(size=3))
        one.translate(3.1 * np.array([k % edge, k // edge % edge, k // edge**2]) - one.positions[0])
        box += one
    return rattled(box, 0.02, seed)


def five_elements() -> Atoms:
    cell = [[5.6, 0.3, -0.2], [1.1, 5.2, 0.4], [-0.8, 0.7, 6.1]]
    scaled = [
        (0.02, 0.05, 0.01),
        (0.48, 0.53, 0.06),
        (0.51, 0.03, 0.46),
        (0.04, 0.5, 0.55),
        (0.25, 0.27, 0.77),
        (0.74, 0.76, 0.3),
        (0.27, 0.74, 0.28),
        (0.76, 0.24, 0.8),
    ]
    return Atoms("LiFeTiO2MgO2", scaled_positions=scaled, cell=cell, pbc=True)


def structures() -> dict[str, Atoms]:
    silicon = bulk("Si", cubic=True)
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    copper = bulk("Cu", cubic=True).repeat((2, 2, 2))
    slab = bulk("MgO", "rocksalt", a=4.21, cubic=True).repeat((2, 2, 1))
    slab.pbc = (True, True, False)
    oxide = bulk("MgO", "rocksalt", a=4.21, cubic=True).repeat((4, 4, 4))
    left_handed = bulk("GaAs", "zincblende", a=5.65)
    left_handed.set_cell(left_handed.cell.array[[1, 0, 2]])
    fcc = fcc111("Al", (2, 2, 3), vacuum=8.0)
    rutile = crystal("TiO", [(0, 0, 0), (0.3053, 0.3053, 0)], spacegroup=136, cellpar=[4.59, 4.59, 2.96, 90, 90, 90])
    perovskite = crystal(
        "SrTiO", [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], spacegroup=221, cellpar=[3.91, 3.91, 3.91, 90, 90, 90]
    )
    return {
        "water": molecule("H2O"),
        "methane": rattled(molecule("CH4"), 0.05, 1),
        "ethanol": rattled(molecule("CH3CH2OH"), 0.05, 2),
        "Si": rattled(silicon, 0.1, 3),
        "NaCl": rattled(salt, 0.1, 4),
        "Cu": rattled(copper, 0.1, 5),
        "five elements, triclinic": five_elements(),
        "one-atom cell": bulk("Fe", a=2.83),
        "slab": rattled(slab, 0.05, 6),
        "left-handed GaAs": rattled(left_handed, 0.1, 8),
        "Al surface": rattled(fcc, 0.08, 9),
        "TiO2": rattled(rutile, 0.06, 10),
        "SrTiO3": rattled(perovskite.repeat((2, 2, 1)), 0.06, 11),
        "LiF": rattled(bulk("LiF", "rocksalt", a=4.03).repeat((2, 2, 2)), 0.06, 12),
        "W": rattled(bulk("W", cubic=True).repeat((2, 2, 2)), 0.1, 13),
        "dimer": Atoms("NO", positions=[(0, 0, 0), (0.3, 0.5, 1.1)]),
        "isolated atom": Atoms("Ar", positions=[(1, 2, 3)]),
        "lone atom beside a molecule": Atoms("HFNe", positions=[(1, 1, 1), (1.95, 1, 1.1), (11, 11, 11)]),
        "water, 100 atoms": waters(100),
        "MgO, 512 atoms": rattled(oxide, 0.08, 7),
    }


def timed() -> dict[str, Atoms]:
    return {"water": molecule("H2O"), **{f"{size} atoms of water": waters(size) for size in (22, 100, 500)}}


def as_json(cases: dict[str, Atoms]) -> list[dict]:
    return [
        {
            "name": name,
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            "cell": atoms.cell.array.ravel().tolist(),
            "pbc": atoms.pbc.tolist(),
        }
        for name, atoms in cases.items()
    ]


if __name__ == "__main__":
    print(json.dumps({"cases": as_json(structures()), "timed": as_json(timed())}))
