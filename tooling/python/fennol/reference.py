"""Models of make_model.py and what fennol.ase.FENNIXCalculator answers with them.

usage: reference.py FOLDER [PRECISION [KIND ...]] writes FOLDER/KIND.fnx and FOLDER/answers.json, in float64 for all
kinds by default
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from make_model import MODELS, make_model  # sets the platform of JAX, so it comes first

import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from fennol.ase import FENNIXCalculator

DIGITS = 12


def structures() -> dict[str, Atoms]:
    """Structures by name, none with a symmetry that would hide an error."""
    noise = np.random.default_rng(1)

    def rattled(atoms: Atoms) -> Atoms:
        atoms.positions += 0.04 * noise.normal(size=atoms.positions.shape)
        return atoms

    second = [[2.1, 1.4, 0.3], [2.5, 2.2, 0.6], [2.7, 0.7, 0.1]]
    ice = Atoms("OH2OH2", molecule("H2O").get_positions().tolist() + second)
    ice.set_cell([[4.4, 0.2, -0.1], [1.3, 3.9, 0.3], [-0.4, 0.9, 3.6]])
    ice.pbc = True
    salt = rattled(bulk("NaCl", "rocksalt", a=5.6, cubic=True))
    triclinic = bulk("MgO", "rocksalt", a=4.2)
    strain = np.array([[1.02, 0.03, 0], [0, 0.97, 0.05], [0.04, 0, 1.01]])
    triclinic.set_cell(triclinic.cell.array @ strain, scale_atoms=True)
    far = molecule("CH3OH")
    far.positions += [40.0, -25.0, 60.0]
    hydronium = Atoms("OH3", [[0, 0, 0.1], [0.94, 0.1, -0.2], [-0.5, 0.8, -0.25], [-0.45, -0.85, -0.2]])
    hydronium.set_initial_charges([1, 0, 0, 0])
    box = Atoms("C", [[0.3, 5.1, -0.2]], cell=[4.1, 4.3, 4.6], pbc=True)
    return {
        "water": rattled(molecule("H2O")),
        "thiol": rattled(molecule("CH3SH")),
        "ethanol": rattled(molecule("CH3CH2OH")),
        "methanol far out": rattled(far),
        "ice, triclinic": rattled(ice),
        "one atom": Atoms("O", [[1.0, -2.0, 0.5]]),
        "one atom, periodic": box,
        "dimer": Atoms("NH", [[0, 0, 0], [0.3, 0.5, 0.9]]),
        "dimer beyond the cutoff": Atoms("CO", [[0, 0, 0], [7, 0, 0]]),
        "salt": salt,
        "oxide, triclinic": rattled(triclinic),
        "copper": bulk("Cu", a=3.6),
        "argon and xenon": Atoms("ArXe", [[0, 0, 0], [2.9, 0.4, 1.1]]),
        "hydronium": hydronium,
    }


ASKED = {
    "molecule": [
        "water", "thiol", "ethanol", "methanol far out", "ice, triclinic", "one atom", "one atom, periodic", "dimer",
        "dimer beyond the cutoff",
    ],
    "crystal": ["salt", "oxide, triclinic", "copper", "argon and xenon", "ice, triclinic"],
    "charged": ["water", "hydronium"],
    "angular": ["ethanol", "ice, triclinic", "one atom", "dimer"],
    "ionic": ["salt", "oxide, triclinic", "water"],
}


def answer(file: Path, atoms: Atoms, precision: str) -> dict:
    """Energy in eV, forces in eV/Angstrom, stress (where periodic) in eV/Angstrom^3."""
    properties = ["energy", "forces"] + ["stress"] * bool(atoms.pbc.all())
    calculator = FENNIXCalculator(str(file), gpu_preprocessing=False, use_float64=precision == "float64")
    calculator.calculate(atoms.copy(), properties)
    return {name: calculator.results[name] for name in properties}


def plain(value: object) -> object:
    return np.round(np.asarray(value, float), DIGITS).tolist()


def described(atoms: Atoms) -> dict:
    """As `createAtoms` takes it."""
    whole: dict = {"numbers": atoms.numbers.tolist(), "positions": plain(atoms.positions.ravel())}
    if atoms.pbc.any():
        whole |= {"cell": plain(atoms.cell.array.ravel()), "pbc": atoms.pbc.tolist()}
    charge = int(atoms.get_initial_charges().sum())
    return whole | ({"charge": charge} if charge else {})


def main(folder: Path, precision: str = "float64", *kinds: str) -> None:
    known = structures()
    for atoms in known.values():
        # As they are read back.
        atoms.positions = np.round(atoms.positions, DIGITS)
        atoms.cell.array[...] = np.round(atoms.cell.array, DIGITS)
    files = {kind: folder / f"{kind}.fnx" for kind in kinds or ASKED}
    # Before any double precision: that would make other random numbers.
    for kind, file in files.items():
        make_model(kind).save(file)
    answers = []
    for kind, file in files.items():
        for name in ASKED[kind]:
            results = answer(file, known[name], precision)
            answers.append({"model": kind, "structure": name, **{key: plain(value) for key, value in results.items()}})
    text = {"structures": {name: described(atoms) for name, atoms in known.items()}, "answers": answers}
    (folder / "answers.json").write_text(json.dumps(text, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
