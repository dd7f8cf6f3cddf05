"""Energies, forces and stresses of schnetpack's PaiNN in float64, as a fixture for the student's tests.

    golden.py OUT.json     writes the fixture
    golden.py --check      builds one model and prints the versions
"""

import json
import sys

import ase
import numpy as np
import torch
from painn_model import build, inputs_of, set_parameters, spk, to_atoms

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def config(features, interactions, basis, count, **more):
    return {
        "features": features,
        "interactions": interactions,
        "radialBasis": {"type": basis, "count": count},
        "cutoff": 5.0,
        "cutoffFunction": "cosine",
        "sharedFilters": False,
        "maxAtomicNumber": 99,
        **more,
    }


CASES = [
    ("gaussian cosine", config(8, 2, "gaussian", 6), 1),
    ("bessel cosine", config(8, 2, "bessel", 8), 2),
    ("bessel polynomial", config(32, 3, "bessel", 20, cutoffFunction="polynomial"), 3),
    ("gaussian cosine wide", config(32, 3, "gaussian", 12, cutoff=4.5), 4),
    ("shared filters", config(12, 3, "bessel", 8, sharedFilters=True), 5),
    ("one block, odd width", config(9, 1, "bessel", 5, cutoff=6.0), 6),
]

ETHANOL = [
    [8, -1.1712, 0.2997, 0.0], [6, -0.0463, -0.5665, 0.0], [6, 1.2175, 0.2668, 0.0],
    [1, -0.0958, -1.2120, 0.8819], [1, -0.0952, -1.1938, -0.8946], [1, 2.1050, -0.3720, -0.0177],
    [1, 1.2426, 0.9307, -0.8704], [1, 1.2616, 0.9052, 0.8886], [1, -1.1291, 0.8364, 0.8099],
]  # fmt: skip


def structures():
    numbers, positions = [row[0] for row in ETHANOL], [row[1:] for row in ETHANOL]
    # Rock salt, 8 atoms, displaced by a fixed pattern so that forces are not zero.
    a = 5.64
    fractions = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    salt = [[a * x for x in f] for f in fractions]
    salt += [[a * (x + 0.5) % a for x in f] for f in fractions]
    salt = [[x + 0.11 * np.sin(3 * k + c) for c, x in enumerate(row)] for k, row in enumerate(salt)]
    return [
        {"name": "water", "numbers": [8, 1, 1],
         "positions": [[0.05, -0.02, 0.1], [0.1, 0.8, -0.5], [-0.03, -0.7, -0.4]]},
        {"name": "ethanol", "numbers": numbers, "positions": positions},
        {"name": "isolated atom", "numbers": [18], "positions": [[1.0, 2.0, 3.0]]},
        {"name": "rock salt", "numbers": [11] * 4 + [17] * 4, "positions": salt,
         "cell": [a, 0, 0, 0, a, 0, 0, 0, a], "pbc": [True] * 3},
        {"name": "triclinic cell below the cutoff", "numbers": [14, 8],
         "positions": [[0.1, 0.2, 0.3], [2.0, 1.9, 2.3]],
         "cell": [3.1, 0.2, -0.1, 0.9, 3.3, 0.3, -0.4, 0.7, 3.6], "pbc": [True] * 3},
        {"name": "slab", "numbers": [6, 6, 1],
         "positions": [[0, 0, 0], [1.23, 0.71, 0.05], [0.1, 0.1, 1.1]],
         "cell": [2.46, 0, 0, 1.23, 2.13, 0, 0, 0, 20.0], "pbc": [True, True, False]},
    ]  # fmt: skip


def evaluate(model, structure, cutoff):
    batch, edges = inputs_of([to_atoms(structure)], cutoff)
    out = model(batch)
    result = {
        "structure": structure["name"],
        "edges": edges,
        "energy": out["energy"].item(),
        "forces": out["forces"].detach().numpy().ravel().tolist(),
    }
    if "cell" in structure:
        s = out["stress"].detach().numpy()[0]
        result["stress"] = [s[0, 0], s[1, 1], s[2, 2], s[1, 2], s[0, 2], s[0, 1]]
    return result


def main():
    versions = {"schnetpack": spk.__version__, "torch": torch.__version__, "ase": ase.__version__}
    if sys.argv[1] == "--check":
        build(CASES[0][1], True)
        print(json.dumps(versions))
        return
    found = structures()
    cases = []
    for name, options, seed in CASES:
        results = []
        for structure in found:
            model = build(options, "cell" in structure)
            set_parameters(model, options, seed)
            results.append(evaluate(model, structure, options["cutoff"]))
        cases.append({"name": name, "config": options, "seed": seed, "results": results})
    note = "float64; weights by the formula in tooling/python/schnetpack/painn_model.py"
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"note": note, "versions": versions, "structures": found, "cases": cases}, file)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
