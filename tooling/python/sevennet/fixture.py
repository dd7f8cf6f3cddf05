"""Tiny SevenNets with random weights, exported, and what sevenn itself answers with them in float64.

usage: fixture.py packages/teachers/test/fixtures/onnxSevennet

Writes one .onnx file per model and answers.json. The models are predictions of nothing; they have
every kind of path, both cutoff functions, and scales and shifts of their own for each element.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import sevenn._const as const
import sevenn._keys as KEY
import torch
from ase import Atoms
from ase.build import molecule
from export import write
from reference import predict, ready, to_float64
from sevenn.model_build import build_E3_equivariant_model
from structures import as_json
from weights import read_weights

if TYPE_CHECKING:
    from sevenn.nn.sequential import AtomGraphSequential

ELEMENTS = (1, 6, 8, 14)
SHIFT = (-3.2, -8.1, -5.6, -4.4)
SCALE = (9.0, 14.0, 11.0, 17.0)
"""eV"""

MODELS = {
    "degree-2": {
        KEY.LMAX: 2,
        KEY.NUM_CONVOLUTION: 3,
        KEY.IRREPS_MANUAL: ["8x0e", "8x0e+4x1e+3x2e", "6x0e+5x1e+3x2e", "8x0e"],
        KEY.CUTOFF_FUNCTION: {KEY.CUTOFF_FUNCTION_NAME: "XPLOR", "cutoff_on": 3.0},
        KEY.CUTOFF: 4.0,
    },
    "degree-1": {
        KEY.LMAX: 1,
        KEY.NUM_CONVOLUTION: 2,
        KEY.NODE_FEATURE_MULTIPLICITY: 6,
        KEY.CUTOFF_FUNCTION: {KEY.CUTOFF_FUNCTION_NAME: "poly_cut", "poly_cut_p_value": 6},
        KEY.CUTOFF: 4.5,
    },
}


def configuration(options: dict) -> dict:
    return {
        **copy.deepcopy(const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG),
        KEY.IS_PARITY: False,
        KEY.SELF_CONNECTION_TYPE: "linear",
        KEY.RADIAL_BASIS: {KEY.RADIAL_BASIS_NAME: "bessel", "bessel_basis_num": 5},
        KEY.CONVOLUTION_WEIGHT_NN_HIDDEN_NEURONS: [8, 8],
        KEY.CONV_DENOMINATOR: 2.5,
        KEY.TYPE_MAP: {z: k for k, z in enumerate(ELEMENTS)},
        KEY.NUM_SPECIES: len(ELEMENTS),
        KEY.SHIFT: list(SHIFT),
        KEY.SCALE: list(SCALE),
        **options,
    }


def random_model(config: dict, seed: int) -> AtomGraphSequential:
    torch.manual_seed(seed)
    return ready(build_E3_equivariant_model(copy.deepcopy(config)))


def structures() -> dict[str, Atoms]:
    crystal = Atoms(
        "SiOCSiOH",
        scaled_positions=[(0.02, 0.05, 0.01), (0.52, 0.44, 0.1), (0.47, 0.02, 0.52), (0.05, 0.55, 0.48),
                          (0.24, 0.3, 0.76), (0.77, 0.72, 0.3)],
        cell=[[4.9, 0.3, -0.2], [1.1, 4.6, 0.4], [-0.8, 0.7, 4.4]],
        pbc=True,
    )  # fmt: skip
    ethanol = molecule("CH3CH2OH")
    ethanol.rattle(0.05, seed=2)
    slab = crystal.copy()
    slab.set_cell(slab.cell.array * [[1], [1], [4]])
    slab.pbc = (True, True, False)
    return {
        "triclinic crystal": crystal,
        "ethanol": ethanol,
        "one atom and its images": Atoms("Si", cell=[[2.4, 0, 0.1], [1.2, 2.3, 0], [0.2, 0.9, 2.5]], pbc=True),
        "slab": slab,
        "dimer": Atoms("CO", positions=[(0, 0, 0), (0.3, 0.5, 1.0)]),
        "isolated atom": Atoms("O", positions=[(1, 2, 3)]),
        "lone atom beside a molecule": Atoms("OHC", positions=[(1, 1, 1), (1.95, 1, 1.1), (11, 11, 11)]),
    }


def answer(model: AtomGraphSequential, atoms: Atoms) -> dict:
    found = predict(model, atoms, torch.float64)
    stress = {} if found.stress is None else {"stress": found.stress.tolist()}
    return {
        "energy": found.energy,
        "energies": found.energies.tolist(),
        "forces": found.forces.ravel().tolist(),
        **stress,
    }


def main(target: Path) -> None:
    torch.set_num_threads(1)
    target.mkdir(parents=True, exist_ok=True)
    cases = []
    own = structures()
    for seed, (name, options) in enumerate(MODELS.items(), 1):
        config = configuration(options)
        model = to_float64(random_model(config, seed))
        path = target / f"{name}.onnx"
        # Pieces of some atoms only, so that small structures take several of them.
        write(path, read_weights(model, config), name=f"tiny-{name}", label="random weights", rows_per_piece=40)
        print(f"{path}: {path.stat().st_size} bytes")
        for structure, atoms in zip(as_json(own), own.values(), strict=True):
            cases.append({"model": name, **structure, **answer(model, atoms)})
    text = json.dumps({"script": "tooling/python/sevennet/fixture.py", "sevenn": "0.13.0", "cases": cases}, indent=1)
    (target / "answers.json").write_text(text + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
