"""Reference answers of ASE's LennardJones for the tests of @mlffd/teachers (ase 3.29.0).

usage: lennard_jones.py packages/teachers/test/fixtures/lennard-jones.json
"""

from __future__ import annotations

from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.lj import LennardJones

from answers import answer, write

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


if __name__ == "__main__":
    write(__file__, __doc__, [answer(name, atoms, LennardJones(**parameters), parameters=parameters) for name, atoms, parameters in cases()])
