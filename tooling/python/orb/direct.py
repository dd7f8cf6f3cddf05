"""Structures, and what orb-models itself says of them, as JSON; for tests and figures of @mlffd/teachers.

usage: direct.py MODEL WEIGHTS [SEED]

With a seed, WEIGHTS are made first, at random. Nothing of @mlffd/teachers takes part: the model is loaded by
orb-models, and ORBCalculator answers.
"""

from __future__ import annotations

import inspect
import json
import sys
import warnings

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from random_weights import random_model


def slab() -> Atoms:
    """With vacuum, periodic along all axes: as Orb takes slabs."""
    atoms = fcc111("Pt", (2, 2, 3), vacuum=6.0)
    atoms.pbc = True
    return atoms


def triclinic() -> Atoms:
    atoms = bulk("NaCl", "rocksalt", a=5.64).repeat((2, 1, 1))
    atoms.set_cell(atoms.cell.array + [[0.3, -0.2, 0.1], [0.15, 0.25, -0.1], [-0.2, 0.1, 0.4]], scale_atoms=True)
    # Outside of the cell, and more than once around.
    atoms.positions[0] += 2 * atoms.cell.array[0] - atoms.cell.array[2]
    return atoms


STRUCTURES = {
    "ethanol": lambda: molecule("CH3CH2OH"),
    "copper crystal": lambda: bulk("Cu", cubic=True),
    "platinum slab": slab,
    "triclinic salt": triclinic,
    "one atom": lambda: Atoms("Ar", [(0.3, -0.2, 0.1)]),
    "dimer along an axis": lambda: Atoms("N2", [(0, 0, 0), (0, 0, 1.1)]),
    "collinear": lambda: Atoms("OCO", [(0, 0, -1.16), (0, 0, 0), (0, 0, 1.16)]),
    "collinear, askew": lambda: Atoms("OCO", [(-0.5, -0.8, -0.7), (0, 0, 0), (0.5, 0.8, 0.7)]),
    "crystal of one atom": lambda: bulk("Fe"),
}
RATTLED = ("ethanol", "copper crystal", "platinum slab", "triclinic salt")


def structures() -> dict[str, Atoms]:
    made = {name: make() for name, make in STRUCTURES.items()}
    for seed, name in enumerate(RATTLED):
        made[name].rattle(0.05, seed=seed)
    return made


def answer(calculator: object, atoms: Atoms) -> dict:
    atoms.calc = calculator
    answers = {
        "energy": float(atoms.get_potential_energy()),
        "forces": np.asarray(atoms.get_forces(), float).ravel().tolist(),
    }
    if atoms.pbc.all() and "stress" in calculator.implemented_properties:
        answers["stress"] = atoms.get_stress().tolist()
    return answers


def main() -> None:
    warnings.simplefilter("ignore")
    from orb_models.forcefield import pretrained
    from orb_models.forcefield.calculator import ORBCalculator

    model, weights, *seed = sys.argv[1:]
    if seed:
        torch.save(random_model(model, int(seed[0])).state_dict(), weights)
    loaders = pretrained.ORB_PRETRAINED_MODELS
    network = loaders[model](weights_path=weights, device="cpu", compile=False)
    calculator = ORBCalculator(network, device="cpu")
    cases = []
    for name, atoms in structures().items():
        asked = atoms.copy()
        if calculator.expects_charge_and_spin:
            asked.info.update(charge=0, spin=1)
        cases.append(
            {
                "name": name,
                "numbers": atoms.numbers.tolist(),
                "positions": atoms.positions.ravel().tolist(),
                "cell": atoms.cell.array.ravel().tolist(),
                "pbc": atoms.pbc.tolist(),
                **answer(calculator, asked),
            }
        )
    addresses = {name: inspect.signature(load).parameters["weights_path"].default for name, load in loaders.items()}
    json.dump({"urls": addresses, "cases": cases}, sys.stdout)


main()
