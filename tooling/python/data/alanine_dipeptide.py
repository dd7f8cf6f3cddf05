"""Coordinates of alanine dipeptide in packages/data/src/build/benchmarkMolecules.ts.

Run: python tooling/python/data/alanine_dipeptide.py start.xyz

`start.xyz` is a conformer of L-alanine dipeptide, `moleculesFromSmiles('CC(=O)N[C@@H](C)C(=O)NC',
{ seed: 0 })` of @mlffd/data/molecules (MMFF94). It is relaxed with GFN2-xTB to a largest force of 1e-3 eV/A,
and printed with four decimals, in the order of the conformer.
"""

import sys

from ase import Atoms
from ase.io import read
from ase.optimize import LBFGS
from tblite.ase import TBLite

LARGEST_FORCE = 1e-3  # eV/Angstrom


def relaxed(path: str) -> Atoms:
    """The molecule of a file at the next minimum of GFN2-xTB, its centre at the origin."""
    atoms = read(path)
    atoms.calc = TBLite(method="GFN2-xTB", verbosity=0)
    LBFGS(atoms, logfile=None).run(fmax=LARGEST_FORCE, steps=2000)
    atoms.positions -= atoms.positions.mean(axis=0)
    return atoms


def main() -> None:
    """Prints symbols and positions."""
    atoms = relaxed(sys.argv[1])
    for symbol, (x, y, z) in zip(atoms.symbols, atoms.positions, strict=True):
        print(f"['{symbol}', {x:.4f}, {y:.4f}, {z:.4f}],")


if __name__ == "__main__":
    main()
