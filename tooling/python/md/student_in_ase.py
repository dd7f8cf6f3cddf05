"""Constant energy in ASE with a student (Python drop-in, or a socket), or with a teacher of ASE.

Run: python tooling/python/md/student_in_ase.py < REQUEST > ANSWER, both JSON.

Request: `structure` (numbers, positions, cell, pbc, velocities in Angstrom/fs, masses in amu), `timestep`
(fs), `steps`, and one way to forces:
  {"way": "package", "path": FOLDER_OF_THE_PACKAGE, "student": FOLDER}
  {"way": "socket", "name": NAME, "command": [PROGRAM, ...]}: a driver at /tmp/ipi_NAME
  {"way": "tblite", "method": "GFN2-xTB"}
Answer: `positions` and `forces` of every step, and `milliseconds` of a step (median).
"""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator
from ase.md.verlet import VelocityVerlet


def calculator(request: dict[str, Any], stack: ExitStack) -> Calculator:
    """The calculator that the request asks for; what it starts ends with `stack`."""
    way = request["way"]
    if way == "package":
        sys.path.insert(0, request["path"])
        from mlffd_student import StudentCalculator

        return StudentCalculator(request["student"])
    if way == "socket":
        from ase.calculators.socketio import SocketIOCalculator

        served = stack.enter_context(SocketIOCalculator(unixsocket=request["name"]))
        driver = subprocess.Popen(request["command"], stdout=subprocess.DEVNULL, stderr=sys.stderr)
        stack.callback(driver.wait)
        # Before the wait: the driver ends when the socket is closed.
        stack.callback(served.close)
        return served
    if way == "tblite":
        from tblite.ase import TBLite

        return TBLite(method=request["method"], verbosity=0)
    raise ValueError(f"no such way to forces: {way}")


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Runs velocity Verlet and records every step."""
    given = request["structure"]
    atoms = Atoms(
        numbers=given["numbers"],
        positions=np.reshape(given["positions"], (-1, 3)),
        cell=np.reshape(given["cell"], (3, 3)),
        pbc=given["pbc"],
        masses=given["masses"],
    )
    atoms.set_velocities(np.reshape(given["velocities"], (-1, 3)) / units.fs)
    positions: list[list[float]] = []
    forces: list[list[float]] = []
    times: list[float] = []
    with ExitStack() as stack:
        atoms.calc = calculator(request, stack)
        dynamics = VelocityVerlet(atoms, timestep=request["timestep"] * units.fs)
        f = atoms.get_forces()
        for step in range(request["steps"] + 1):
            if step > 0:
                start = time.perf_counter()
                f = dynamics.step(f)
                times.append(1e3 * (time.perf_counter() - start))
            positions.append(atoms.positions.ravel().tolist())
            forces.append(f.ravel().tolist())
    return {
        "positions": positions,
        "forces": forces,
        "milliseconds": float(np.median(times)),
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
