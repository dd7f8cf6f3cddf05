"""Recomputes the test vectors of a student's folder.

Example:

    verification = verify_student("runs/my/student")
    verification.ok, verification.force_error
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from .config import VECTORS_FILE, WEIGHTS_FILE, read_checked
from .errors import FileFormatError
from .model import StudentModel

# Largest deviations that another machine's rounding explains: eV/atom, eV/Angstrom (or relative to
# the largest component), eV/Angstrom^3.
_ENERGY = 1e-5
_FORCES = 1e-4
_STRESS = 1e-5


@dataclass(frozen=True)
class Verification:
    """Largest deviations from the stored answers."""

    ok: bool
    vectors: int
    """How many structures were compared."""
    energy_error: float
    """eV/atom."""
    force_error: float
    """eV/Angstrom."""
    stress_error: float
    """eV/Angstrom^3."""


def verify_student(folder: str | os.PathLike[str], *, threads: int = 1) -> Verification:
    """Compares all files with their hashes and answers with `test-vectors.json`.

    Raises FileSystemError, FileFormatError and StudentConfigError as `StudentModel`.
    """
    model = StudentModel(folder, threads=threads)
    read_checked(model.folder, WEIGHTS_FILE, model.config.hashes)
    content = read_checked(model.folder, VECTORS_FILE, model.config.hashes)
    vectors = _decode(content, str(model.folder / VECTORS_FILE))
    energy = forces = relative = stress = 0.0
    for vector in vectors:
        found = model.evaluate(
            vector["numbers"],
            vector["positions"],
            vector["cell"],
            vector["pbc"],
            charge=vector.get("charge", 0.0),
            spin=vector.get("spin", 0),
        )
        expected = np.reshape(vector["forces"], (-1, 3))
        difference = float(np.abs(found.forces - expected).max())
        energy = max(energy, abs(found.energy - vector["energy"]) / len(expected))
        forces = max(forces, difference)
        relative = max(relative, difference / max(1.0, float(np.abs(expected).max())))
        if found.stress is not None and "stress" in vector:
            stress = max(stress, float(np.abs(found.stress - vector["stress"]).max()))
    ok = energy <= _ENERGY and relative <= _FORCES and stress <= _STRESS
    return Verification(ok, len(vectors), energy, forces, stress)


def _decode(content: bytes, where: str) -> list[dict[str, Any]]:
    found = "something else"
    try:
        vectors = json.loads(content)["vectors"]
        if isinstance(vectors, list):
            return vectors
    except (ValueError, KeyError, TypeError) as cause:
        found = str(cause)
    raise FileFormatError(
        "student/test-vectors",
        f"{where} holds no test vectors",
        expected='an object with an array "vectors"',
        found=found,
        where=where,
        hint="Save the student again.",
    )
