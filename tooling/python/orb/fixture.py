"""A small network of the Orb-v2 architecture, exported, and the answers of orb-models, for the tests of @mlffd/teachers.

usage: fixture.py packages/teachers/test/fixtures/onnxOrb

Writes `small.onnx`, 2 steps and 16 features with seeded random weights: it says nothing about Orb.
`small.json` has the answers of ORBCalculator in its own float32, and those of the same network in float64,
which show how much of a difference is the rounding of the former.
"""

from __future__ import annotations

import json
import sys
import warnings
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from check_export import Exported, Original, require_no_ties, structures
from export import export
from orb_models.forcefield.atomic_system import SystemConfig
from orb_models.forcefield.direct_regressor import DirectForcefieldRegressor
from orb_models.forcefield.featurization_utilities import gaussian_basis_function
from orb_models.forcefield.forcefield_heads import EnergyHead, ForceHead, GraphHead
from orb_models.forcefield.gns import MoleculeGNS

SEED = 5
WIDTH, HIDDEN, STEPS = 16, 32, 2
# Mean and variance of the normalisers; loaded networks have neither 0 nor 1.
FORCES, STRESS = (0.003, 20.0), (-0.01, 0.002)
LARGE = ("cluster, 100 atoms", "cluster, 500 atoms", "Cu, 32 atoms", "NaCl, 64 atoms")


def small_network() -> DirectForcefieldRegressor:
    """As orb_v2_architecture of orb-models, with fewer features and steps."""
    torch.manual_seed(SEED)
    head = {"latent_dim": WIDTH, "num_mlp_layers": 1, "mlp_hidden_dim": WIDTH, "activation": "ssp"}
    model = DirectForcefieldRegressor(
        heads={
            "energy": EnergyHead(**head, predict_atom_avg=True),
            "forces": ForceHead(**head, remove_mean=True, remove_torque_for_nonpbc_systems=True),
            "stress": GraphHead(**head, target="stress", node_aggregation="mean"),
        },
        model=MoleculeGNS(
            num_node_in_features=WIDTH,
            num_node_out_features=3,
            num_edge_in_features=23,
            latent_dim=WIDTH,
            interaction_params={"distance_cutoff": True, "attention_gate": "sigmoid"},
            num_message_passing_steps=STEPS,
            num_mlp_layers=2,
            mlp_hidden_dim=HIDDEN,
            rbf_transform=partial(gaussian_basis_function, num_bases=20, radius=10.0),
            use_embedding=True,
            node_feature_names=["feat"],
            edge_feature_names=["feat"],
            activation="ssp",
            mlp_norm="layer_norm",
        ),
        system_config=SystemConfig(radius=6.0, max_num_neighbors=20),
    )
    for name, (mean, variance) in {"forces": FORCES, "stress": STRESS}.items():
        statistics = model.heads[name].normalizer.bn
        statistics.running_mean.fill_(mean)
        statistics.running_var.fill_(variance)
    return model.eval().requires_grad_(False)


def plain(answer: dict[str, object]) -> dict[str, object]:
    return {key: np.asarray(value).tolist() for key, value in answer.items()}


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    network = small_network()
    target = folder / "small.onnx"
    export(target, "orb-small-random-weights", network)
    original, exported = Original(network), Exported(target)
    cases = []
    for name, atoms in structures().items():
        if name in LARGE:
            continue
        require_no_ties(name, atoms, exported)
        cases.append(
            {
                "name": name,
                "numbers": atoms.numbers.tolist(),
                "positions": atoms.positions.ravel().tolist(),
                "cell": atoms.cell.array.ravel().tolist(),
                "pbc": atoms.pbc.tolist(),
                "float32": plain(original.float32(atoms)),
                "float64": plain(original.float64(atoms)),
            }
        )
        worst = np.abs(np.subtract(cases[-1]["float32"]["forces"], cases[-1]["float64"]["forces"])).max()
        print(f"{name}: float32 forces differ by {worst:.1e} eV/A of {np.abs(cases[-1]['float64']['forces']).max():.2f}")
    content = {"script": "tooling/python/orb/fixture.py", "orb-models": version("orb-models"), "cases": cases}
    (folder / "small.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
