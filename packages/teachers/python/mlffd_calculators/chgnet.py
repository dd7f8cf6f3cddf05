"""CHGNet of the package chgnet as an ASE calculator.

    from mlffd_calculators.chgnet import chgnet

    atoms.calc = chgnet(model="r2scan")

It differs from `chgnet.model.dynamics.CHGNetCalculator` in three ways. The stress is divided by the
volume, not by the determinant of the cell, which is negative for left-handed cells. Open axes need no
lattice vector. Energies of atoms are always there; magnetic moments are not.
"""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from mlffd_worker.failures import StartFailure

from .weights import local_file, reading

MODELS = ["0.3.0", "0.2.0", "r2scan"]


def chgnet(model: str = "0.3.0", weights: str | None = None, use_device: str | None = None) -> Chgnet:
    """A model of the package by name, or a checkpoint that `CHGNet.from_file` reads."""
    from chgnet.model.dynamics import CHGNetCalculator
    from chgnet.model.model import CHGNet

    if model not in MODELS:
        raise StartFailure("arguments", f"chgnet has no model {model}", near=MODELS)
    if weights is None:
        network = CHGNet.load(model_name=model, use_device=use_device, verbose=False)
    else:
        weights = local_file(weights)
        with reading(weights, "CHGNet"):
            network = CHGNet.from_file(weights)
    original = CHGNetCalculator(
        model=network, use_device=use_device, on_isolated_atoms="ignore", return_site_energies=True
    )
    return Chgnet(original, [] if weights is None else [weights])


class Chgnet(Calculator):
    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]

    def __init__(self, original: Calculator, weight_files: list[str]) -> None:
        super().__init__()
        self._original = original
        self.mlffd_weights = weight_files

    def calculate(self, atoms: Atoms | None = None, properties=("energy",), system_changes=all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        whole = self.atoms.copy()
        # pymatgen inverts the cell; along an axis that is open no multiple of a vector is ever taken.
        whole.cell = whole.cell.complete()
        self._original.calculate(whole, task="efs")
        results = dict(self._original.results)
        hand = np.sign(np.linalg.det(whole.cell.array))
        self.results = {name: results[name] for name in ("energy", "free_energy", "energies", "forces")}
        self.results["stress"] = hand * results["stress"]
