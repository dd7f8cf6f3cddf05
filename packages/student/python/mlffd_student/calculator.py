"""A student as a calculator of ASE.

Example:

    atoms.calc = StudentCalculator("runs/my/student")
    atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ase import Atoms
from ase.calculators.calculator import (
    Calculator,
    PropertyNotImplementedError,
    all_changes,
)

from .model import StudentModel


class StudentCalculator(Calculator):
    """Energy and energies (eV), forces (eV/Angstrom), stress (eV/Angstrom^3, Voigt) of a student.

    Stress needs a structure that is periodic along all three axes. `free_energy` is the energy.

    A student that was trained with charges or spins takes, in this order: `charge` (e) and `spin`
    (number of unpaired electrons) given here; `atoms.info["charge"]` and `atoms.info["spin"]`; the
    sum of the initial charges, and the size of the sum of the initial magnetic moments.
    """

    implemented_properties = [  # noqa: RUF012 (an attribute of instances to ASE)
        "energy",
        "free_energy",
        "energies",
        "forces",
        "stress",
    ]

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        threads: int = 1,
        skin: float = 0.5,
        charge: float | None = None,
        spin: int | None = None,
        **kwargs: Any,
    ) -> None:
        """`skin` in Angstrom, see `StudentModel`, whose errors these are as well."""
        self.model = StudentModel(folder, threads=threads, skin=skin)
        self._charge = charge
        self._spin = spin
        super().__init__(**kwargs)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] | None = None,
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Computes everything: nothing is saved by leaving a property out."""
        super().calculate(atoms, properties, system_changes)
        self.results = {}
        structure: Atoms = self.atoms
        if properties is not None and "stress" in properties and not structure.pbc.all():
            raise PropertyNotImplementedError(
                "stress needs a structure that is periodic along all three axes, not "
                f"pbc = {structure.pbc.tolist()}"
            )
        charge, spin = self._electrons(structure)
        found = self.model.evaluate(
            structure.numbers,
            structure.positions,
            structure.cell.array,
            structure.pbc,
            charge=charge,
            spin=spin,
        )
        self.results = {
            "energy": found.energy,
            "free_energy": found.energy,
            "energies": found.energies,
            "forces": found.forces,
        }
        if found.stress is not None:
            self.results["stress"] = found.stress

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last call; of `atoms.info` only what the student looks at."""
        changes: list[str] = super().check_state(atoms, tol=tol)
        if not changes and self._electrons(atoms) != self._electrons(self.atoms):
            changes.append("info")
        return changes

    def _electrons(self, atoms: Atoms) -> tuple[float, int]:
        """Charge (e) and number of unpaired electrons, zero where the student knows none."""
        charge = self._charge if self.model.config.charge else 0.0
        if charge is None:
            charge = atoms.info.get("charge")
        if charge is None:
            charge = float(atoms.get_initial_charges().sum())
        spin = self._spin if self.model.config.spin else 0
        if spin is None:
            spin = atoms.info.get("spin")
        if spin is None:
            spin = round(abs(float(atoms.get_initial_magnetic_moments().sum())))
        return charge, spin
