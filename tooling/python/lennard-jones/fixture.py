"""Reference answers of ASE's LennardJones for the tests of @mlffd/teachers (ase 3.29.0).

usage: fixture.py packages/teachers/test/fixtures/lennard-jones.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.lj import LennardJones

ARGON = {"epsilon": 0.0103235, "sigma": 3.405}


def cases() -> list[tuple[str, Atoms, dict]]:
    crystal = bulk("Ar", a=5.3, cubic=True)
    crystal.rattle(0.1, seed=1)
    skewed = bulk("Ar", a=5.1).repeat((2, 1, 1))
    skewed.set_cell(skewed.cell.array + [[0.3, -0.1, 0.2], [0, 0.4, 0.1], [-0.2, 0, 0.3]], scale_atoms=True)
    skewed.rattle(0.15, seed=2)
    slab = fcc111("Ar", (2, 2, 3), a=5.3, vacuum=9.0)
    slab.pbc = (True, True, False)
    slab.rattle(0.1, seed=3)
    trimer = Atoms("Ar3", positions=[(0, 0, 0), (3.7, 0.2, 0), (1.9, 3.4, 0.3)])
    return [
        ("crystal, shifted", crystal, {**ARGON, "rc": 8.0}),
        ("crystal, switched", crystal, {**ARGON, "rc": 8.0, "ro": 6.0, "smooth": True}),
        ("triclinic, default cutoff", skewed, {**ARGON}),
        ("triclinic, default onset", skewed, {**ARGON, "smooth": True}),
        ("slab", slab, {**ARGON, "rc": 7.0, "smooth": True}),
        ("trimer without a cell", trimer, {**ARGON, "rc": 9.0}),
        ("one atom", bulk("Ar", a=5.26), {**ARGON, "rc": 10.0}),
    ]


def main(target: Path) -> None:
    out = []
    for name, atoms, parameters in cases():
        atoms.calc = LennardJones(**parameters)
        case = {
            "name": name,
            "parameters": parameters,
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            "cell": atoms.cell.array.ravel().tolist(),
            "pbc": atoms.pbc.tolist(),
            "energy": float(atoms.get_potential_energy()),
            "energies": atoms.get_potential_energies().tolist(),
            "forces": atoms.get_forces().ravel().tolist(),
        }
        if atoms.cell.rank == 3:
            case["stress"] = atoms.get_stress().tolist()
        out.append(case)
    target.write_text(json.dumps({"script": "tooling/python/lennard-jones/fixture.py", "cases": out}, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
