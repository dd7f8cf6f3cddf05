"""Students of MLFF Distiller in Python.

Example:

    from mlffd_student import StudentCalculator

    atoms.calc = StudentCalculator("runs/my/student")  # ASE

    from mlffd_student import StudentModel

    results = StudentModel("runs/my/student").evaluate(numbers, positions, cell, pbc=True)

Energies are in eV, lengths in Angstrom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    FileFormatError,
    FileSystemError,
    InvalidArgumentError,
    InvalidAtomsError,
    StudentConfigError,
    StudentError,
    UnsupportedElementError,
)
from .model import StudentModel, StudentResults
from .verify import Verification, verify_student

if TYPE_CHECKING:
    from .calculator import StudentCalculator

__all__ = [
    "FileFormatError",
    "FileSystemError",
    "InvalidArgumentError",
    "InvalidAtomsError",
    "StudentCalculator",
    "StudentConfigError",
    "StudentError",
    "StudentModel",
    "StudentResults",
    "UnsupportedElementError",
    "Verification",
    "verify_student",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # ASE is only imported where its calculator is asked for.
    if name != "StudentCalculator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .calculator import StudentCalculator
    except ModuleNotFoundError as cause:
        if cause.name is None or cause.name.split(".")[0] != "ase":
            raise
        raise ModuleNotFoundError(
            "StudentCalculator needs ASE: pip install ase", name="ase"
        ) from cause
    return StudentCalculator
