"""What the checks of engines share: structures from JSON, examples from docs/engines.md, answers.

    python tooling/python/engines/lammps_checks.py FOLDER
    python tooling/python/engines/openmm_checks.py FOLDER

FOLDER has `checks.json` (steps, timestep in fs, structures: numbers, positions, cell, pbc, masses
in u, velocities in Angstrom/fs), the folder `student`, what the examples read, and the examples.
The answers come to lie there as `lammps.json` and `openmm.json`: eV, Angstrom, eV/Angstrom^3.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

EV_PER_A3_IN_BAR = 1.602176634e6


class Structure:
    """One of the structures of `checks.json`."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.numbers = np.array(given["numbers"])
        self.positions = np.array(given["positions"]).reshape(-1, 3)
        self.cell = np.array(given["cell"]).reshape(3, 3)
        self.pbc = bool(all(given["pbc"]))
        self.masses = np.array(given["masses"])
        self.velocities = np.array(given["velocities"]).reshape(-1, 3)


def read_checks() -> dict[str, Any]:
    """`checks.json` of the current folder."""
    checks = json.loads(Path("checks.json").read_text(encoding="utf-8"))
    checks["structures"] = {name: Structure(given) for name, given in checks["structures"].items()}
    return checks


def run_example(name: str) -> dict[str, Any]:
    """Globals of an example after it has run."""
    return runpy.run_path(name)


def error_of(action: Callable[[], Any]) -> str:
    """Class, code and message of the error that an action has to raise."""
    try:
        action()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def write_answers(name: str, answers: dict[str, Any]) -> None:
    """A JSON file in the current folder; arrays become lists."""
    text = json.dumps(answers, default=lambda value: np.asarray(value).tolist())
    Path(name).write_text(text, encoding="utf-8")
