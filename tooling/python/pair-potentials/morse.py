"""Reference answers of ASE's MorsePotential for the tests of @mlffd/teachers (ase 3.29.0).

usage: morse.py packages/teachers/test/fixtures/morse.json
"""

from __future__ import annotations

from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.morse import MorsePotential

from answers import answer, write


def cases() -> list[tuple[str, Atoms, dict]]:
    crystal = bulk("Cu", a=3.6, cubic=True)
    crystal.rattle(0.1, seed=1)
    skewed = bulk("Cu", a=3.5).repeat((2, 1, 1))
    skewed.set_cell(skewed.cell.array + [[0.3, -0.1, 0.2], [0, 0.4, 0.1], [-0.2, 0, 0.3]], scale_atoms=True)
    skewed.rattle(0.15, seed=2)
    slab = fcc111("Cu", (2, 2, 3), a=3.6, vacuum=9.0)
    slab.pbc = (True, True, False)
    slab.rattle(0.1, seed=3)
    trimer = Atoms("Cu3", positions=[(0, 0, 0), (2.7, 0.2, 0), (1.3, 2.4, 0.3)])
    copper = {"epsilon": 0.35, "r0": 2.55}
    return [
        ("crystal", crystal, copper),
        ("crystal, short and stiff", crystal, {**copper, "rho0": 7.5, "rcut1": 1.1, "rcut2": 1.6}),
        ("triclinic", skewed, copper),
        ("slab", slab, {**copper, "rcut1": 1.2, "rcut2": 2.0}),
        ("trimer without a cell", trimer, copper),
        ("one atom", bulk("Cu", a=3.6), copper),
    ]


if __name__ == "__main__":
    write(__file__, __doc__, [answer(name, atoms, MorsePotential(**parameters), parameters=parameters) for name, atoms, parameters in cases()])
