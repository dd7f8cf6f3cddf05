"""Velocity Verlet of ASE with the Python drop-in, for apps/cli/test/python.test.ts.

Run: PYTHONPATH=COPY_OF_THE_PACKAGE python tooling/python/student/dynamics.py REQUESTS ANSWERS

Also runs the Python example of a model card.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import mlffd_student
import numpy as np
from ase import Atoms, units
from ase.md.verlet import VelocityVerlet
from mlffd_student import StudentCalculator


def trajectory(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Frames of a run: positions (Angstrom), velocities (Angstrom/fs), energies (eV)."""
    atoms = Atoms(
        numbers=job["numbers"],
        positions=np.reshape(job["positions"], (-1, 3)),
        cell=np.reshape(job["cell"], (3, 3)),
        pbc=job["pbc"],
    )
    atoms.set_velocities(np.reshape(job["velocities"], (-1, 3)) / units.fs)
    atoms.calc = StudentCalculator(job["student"])
    dynamics = VelocityVerlet(atoms, timestep=job["timestep"] * units.fs)
    frames = []

    def record() -> None:
        frames.append(
            {
                "positions": atoms.positions.ravel().tolist(),
                "velocities": (atoms.get_velocities() * units.fs).ravel().tolist(),
                "potential": float(atoms.get_potential_energy()),
                "kinetic": float(atoms.get_kinetic_energy()),
            }
        )

    dynamics.attach(record, interval=job["stride"])
    dynamics.run(job["steps"])
    return frames


def printed(code: str, folder: str) -> str:
    """What code prints, run in a folder."""
    out = io.StringIO()
    os.chdir(folder)
    with contextlib.redirect_stdout(out):
        exec(compile(code, "card", "exec"), {})
    return out.getvalue()


def main(requests_path: str, answers_path: str) -> None:
    requests = json.loads(Path(requests_path).read_text(encoding="utf-8"))
    answers = {
        "package": str(Path(mlffd_student.__file__).parent),
        "trajectories": [trajectory(job) for job in requests["trajectories"]],
        "printed": printed(**requests["card"]),
    }
    Path(answers_path).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
