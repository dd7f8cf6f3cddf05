"""Net force and torque removal by orb-models 0.5.5 itself, in float64, for the tests of @mlffd/teachers.

usage: net_forces.py packages/teachers/test/fixtures/onnx/net-forces.json

orb-models solves for the correction, and takes the pseudo-inverse where that fails, which it does
on a line along an axis. On other lines rounding makes the matrix regular and its answer arbitrary:
there the reference is `numpy.linalg.pinv` with a tolerance.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from orb_models.forcefield.forcefield_utils import maybe_remove_net_force_and_torque

from direct_forces import remove_torque


def by_orb(positions: np.ndarray, forces: np.ndarray) -> np.ndarray:
    batch = SimpleNamespace(
        n_node=torch.tensor([len(positions)]),
        positions=torch.tensor(positions),
        system_features={"cell": torch.zeros(1, 3, 3, dtype=torch.float64)},
    )
    return maybe_remove_net_force_and_torque(batch, torch.tensor(forces), True, True).numpy()


def by_pinv(positions: np.ndarray, forces: np.ndarray) -> np.ndarray:
    return remove_torque(positions, forces - forces.mean(axis=0))


def cases() -> list[dict]:
    rng = np.random.default_rng(2)
    oblique = np.array([0.48, -0.6, 0.64])
    structures = [
        ("water", rng.normal(size=(3, 3)), by_orb),
        ("cluster far from the origin", 3 * rng.normal(size=(40, 3)) + 1000, by_orb),
        ("flat ring", rng.normal(size=(6, 3)) * [1, 1, 0], by_orb),
        ("line along x", np.outer([-1.2, 0.1, 1.1], [1, 0, 0]), by_orb),
        ("dimer along z", np.outer([0, 1.1], [0, 0, 1]), by_orb),
        ("one atom at the origin", np.zeros((1, 3)), by_orb),
        ("oblique dimer", np.outer([0, 1.1], oblique) + 5, by_pinv),
        ("oblique line of 12", np.outer(np.arange(12) * 1.3, oblique) - 50, by_pinv),
    ]
    return [
        {
            "name": name,
            "by": remove.__name__,
            "positions": positions.ravel().tolist(),
            "forces": forces.ravel().tolist(),
            "corrected": remove(positions, forces).ravel().tolist(),
        }
        for name, positions, remove in structures
        for forces in [rng.normal(size=positions.shape)]
    ]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    text = json.dumps({"script": "tooling/python/onnx-teacher/net_forces.py", "cases": cases()}, indent=1)
    Path(sys.argv[1]).write_text(text + "\n")
