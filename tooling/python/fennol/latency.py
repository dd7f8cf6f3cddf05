"""Least time that fennol.ase.FENNIXCalculator takes for energy and forces, after the first call.

usage: latency.py MODEL STRUCTURES [CALLS] with a JSON file of structures as `createAtoms` takes them; prints a list of ms
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["PJRT_NPROC"] = "1"

import numpy as np
from ase import Atoms
from fennol.ase import FENNIXCalculator


def least_time(model: str, structure: dict, calls: int) -> float:
    """ms; positions change each time."""
    atoms = Atoms(
        numbers=structure["numbers"],
        positions=np.reshape(structure["positions"], (-1, 3)),
        cell=np.reshape(structure["cell"], (3, 3)),
        pbc=structure["pbc"],
    )
    calculator = FENNIXCalculator(model, gpu_preprocessing=False)
    least = np.inf
    started = time.perf_counter()
    for k in range(calls):
        atoms.positions[k % len(atoms)] += 1e-3
        start = time.perf_counter()
        calculator.calculate(atoms, ["energy", "forces"])
        least = min(least, time.perf_counter() - start)
        if k >= 4 and time.perf_counter() - started > 10:
            break
    return 1e3 * least


if __name__ == "__main__":
    model, structures, *rest = sys.argv[1:]
    many = json.loads(Path(structures).read_text())
    print(json.dumps([least_time(model, one, int(rest[0]) if rest else 200) for one in many]))
