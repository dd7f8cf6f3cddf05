"""Minimisations of ASE, step by step, for the tests of @mlffd/md (ase 3.29.0).

usage: minimize.py packages/md/test/fixtures/minimize.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones
from ase.cluster import Icosahedron
from ase.filters import UnitCellFilter
from ase.optimize import FIRE, LBFGS

ARGON = {"epsilon": 0.0104, "sigma": 3.4}
# Far enough for every pair of the cluster: the shift of its energy is 1e-16 eV.
OPEN_CUTOFF = 1000.0
CUTOFF = 7.5
PRESSURE = 0.002


def cluster() -> Atoms:
    atoms = Icosahedron("Ar", noshells=2, latticeconstant=5.4)
    atoms.cell = None
    atoms.rattle(0.25, seed=3)
    atoms.calc = LennardJones(rc=OPEN_CUTOFF, **ARGON)
    return atoms


def crystal() -> Atoms:
    atoms = bulk("Ar", a=5.5, cubic=True)
    atoms.set_cell(atoms.cell.array + [[0.1, -0.05, 0.02], [0, -0.1, 0.1], [0.03, 0, 0.05]], scale_atoms=True)
    atoms.rattle(0.1, seed=1)
    atoms.calc = LennardJones(rc=CUTOFF, **ARGON)
    return atoms


def run(name: str, atoms: Atoms, method: type, steps: int, pressure: float | None = None) -> dict:
    case = {
        "name": name,
        "method": method.__name__.lower(),
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": atoms.cell.array.ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
    }
    target = atoms if pressure is None else UnitCellFilter(atoms, scalar_pressure=pressure)
    energies = []
    # Called after every step, and once at the start.
    optimizer = method(target, logfile=None)
    optimizer.attach(lambda: energies.append(float(atoms.get_potential_energy())))
    optimizer.run(fmax=1e-12, steps=steps)
    case |= {
        "energies": energies,
        "final": atoms.positions.ravel().tolist(),
        "final_cell": atoms.cell.array.ravel().tolist(),
    }
    if pressure is not None:
        case |= {"pressure": pressure, "stress": atoms.get_stress().tolist()}
    return case


def main(target: Path) -> None:
    out = {
        "script": "tooling/python/sampling/minimize.py",
        "parameters": ARGON,
        "cutoff": CUTOFF,
        "cases": [
            run("cluster, fire", cluster(), FIRE, 80),
            run("cluster, lbfgs", cluster(), LBFGS, 60),
            run("crystal, fire", crystal(), FIRE, 40, PRESSURE),
            run("crystal, lbfgs", crystal(), LBFGS, 40, PRESSURE),
        ],
    }
    target.write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
