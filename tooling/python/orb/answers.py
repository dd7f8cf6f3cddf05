"""What orb-models itself answers: energy, forces and stress of structures, and how long it takes.

usage: answers.py MODEL WEIGHTS < STRUCTURES.json

Structures are a list of {numbers, positions, cell, pbc, repeats}; the answers are a list of {energy, forces,
stress, milliseconds} in the same order, on the standard output. `milliseconds` is the least of `repeats`
calls of ORBCalculator on one thread, each with other positions; null for no repeats.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from ase import Atoms
from orb_models.forcefield import pretrained
from orb_models.forcefield.calculator import ORBCalculator

if TYPE_CHECKING:
    from collections.abc import Callable

    from orb_models.forcefield.direct_regressor import DirectForcefieldRegressor

PRECISION = "float32-highest"
MOVE = 1e-3
"""Between the calls of a measurement, Angstrom."""


def load_network(model: str, weights: str) -> DirectForcefieldRegressor:
    """By the loader of orb-models; `weights` is a file, or an address for its cache."""
    loader = pretrained.ORB_PRETRAINED_MODELS[model]
    return loader(weights_path=weights, device="cpu", precision=PRECISION, compile=False)


def answer(calculator: ORBCalculator, atoms: Atoms) -> dict[str, object]:
    """eV, eV/Angstrom, eV/Angstrom^3 (Voigt)."""
    calculator.calculate(atoms)
    found = calculator.results
    return {
        "energy": float(np.asarray(found["energy"]).item()),
        "forces": np.asarray(found["forces"], dtype=float).ravel().tolist(),
        "stress": np.asarray(found["stress"], dtype=float).tolist(),
    }


def least_milliseconds(call: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = clock()
        call()
        times.append(clock() - start)
    return 1e3 * min(times)


def timed(calculator: ORBCalculator, atoms: Atoms, repeats: int) -> float | None:
    if repeats == 0:
        return None
    moved = atoms.copy()

    def call() -> None:
        moved.positions[0] += MOVE
        calculator.calculate(moved)

    return least_milliseconds(call, repeats, time.perf_counter)


def main(model: str, weights: str) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    calculator = ORBCalculator(load_network(model, weights), device="cpu")
    answers = []
    for item in json.load(sys.stdin):
        atoms = Atoms(
            item["numbers"],
            positions=np.reshape(item["positions"], (-1, 3)),
            cell=np.reshape(item["cell"], (3, 3)),
            pbc=item["pbc"],
        )
        answers.append({**answer(calculator, atoms), "milliseconds": timed(calculator, atoms, item["repeats"])})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
