"""A MACE that was never trained: for tests and times of whatever loads it, not for chemistry.

usage: random_mace.py FILE [small|medium]

`small` knows H, C, N, O, F, S, Cl. `medium` has the elements and the size of MACE-MP-0 medium, 4.7 million
parameters.
"""

from __future__ import annotations

import sys

# First of all: it sets the variable without which e3nn 0.4.4 cannot be imported.
from mace.calculators import MACECalculator  # noqa: F401

import numpy as np
import torch
from e3nn import o3
from mace import modules

SIZES = {
    "small": {
        "elements": [1, 6, 7, 8, 9, 16, 17],
        "hidden": "8x0e + 8x1o",
        "readout": "8x0e",
        "r_max": 4.5,
        "max_ell": 2,
        "correlation": 2,
        "dtype": torch.float64,
    },
    "medium": {
        "elements": [z for z in range(1, 95) if not 84 <= z <= 88],
        "hidden": "128x0e + 128x1o",
        "readout": "16x0e",
        "r_max": 6.0,
        "max_ell": 3,
        "correlation": 3,
        "dtype": torch.float32,
    },
}


def random_mace(size: str = "small", seed: int = 0) -> torch.nn.Module:
    settings = SIZES[size]
    elements = settings["elements"]
    torch.manual_seed(seed)
    default = torch.get_default_dtype()
    torch.set_default_dtype(settings["dtype"])
    try:
        return modules.ScaleShiftMACE(
            r_max=settings["r_max"],
            num_bessel=8,
            num_polynomial_cutoff=5,
            max_ell=settings["max_ell"],
            interaction_cls=modules.interaction_classes["RealAgnosticResidualInteractionBlock"],
            interaction_cls_first=modules.interaction_classes["RealAgnosticResidualInteractionBlock"],
            num_interactions=2,
            num_elements=len(elements),
            hidden_irreps=o3.Irreps(settings["hidden"]),
            MLP_irreps=o3.Irreps(settings["readout"]),
            gate=torch.nn.functional.silu,
            # Of isolated atoms, eV: any numbers that differ by element.
            atomic_energies=-np.sqrt(np.array(elements, dtype=float)),
            avg_num_neighbors=8.0,
            atomic_numbers=elements,
            correlation=settings["correlation"],
            atomic_inter_scale=1.0,
            atomic_inter_shift=0.0,
        )
    finally:
        torch.set_default_dtype(default)


def main(path: str, size: str = "small") -> None:
    torch.save(random_mace(size), path)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["small"], ["medium"]):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
