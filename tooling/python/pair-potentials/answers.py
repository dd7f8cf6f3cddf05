"""Writes what an ASE calculator answers for some structures as a fixture of @mlffd/teachers."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def answer(name, atoms, calculator, **facts) -> dict:
    """One structure with energy (eV), forces (eV/Angstrom) and, in a full cell, stress."""
    atoms.calc = calculator
    case = {
        "name": name,
        **facts,
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": atoms.cell.array.ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
        "energy": float(atoms.get_potential_energy()),
        "energies": atoms.get_potential_energies().tolist(),
        "forces": atoms.get_forces().ravel().tolist(),
    }
    if atoms.cell.rank == 3:
        case["stress"] = atoms.get_stress().tolist()
    return case


def write(script: str, usage: str, cases: list[dict]) -> None:
    """Writes the cases to the file that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit(usage)
    name = f"tooling/python/pair-potentials/{Path(script).name}"
    Path(sys.argv[1]).write_text(json.dumps({"script": name, "cases": cases}, indent=1) + "\n")
