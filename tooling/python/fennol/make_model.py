"""Small FeNNol models with random parameters from a seed: architectures to test software with, no potentials.

usage: make_model.py KIND FILE [KIND FILE ...], with kinds
  molecule  PaiNN and ZBL, in Hartree, for H C N O S (one-hot encoding)
  crystal   CRATE and ZBL, in eV, for elements 1 to 86; its neighbour list is longer than one of its graphs
  charged   CRATE, in kcal/mol, whose energy depends on the total charge
  angular   ANI symmetry functions with a network for each of H C N O: a second graph, angles, an index of species
  ionic     charges from equilibration (QEQ_D4), Coulomb energy with Ewald sums, ZBL
  wide      PaiNN of 128 features and three layers, to take times with
"""

from __future__ import annotations

import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np
from fennol import FENNIX

SEED = 20_260_629
ORGANIC = "H,C,N,O,S"
RADIAL = {"basis": "bessel", "dim": 8}
ZBL = {"module_name": "REPULSION_ZBL"}


def _network(hidden: list[int], embedding: str = "embedding") -> dict:
    neurons = [*hidden, 1]
    return {"module_name": "NEURAL_NET", "neurons": neurons, "input_key": embedding, "squeeze": True}


def _filter(name: str, cutoff: float) -> dict:
    return {"module_name": "GRAPH_FILTER", "cutoff": cutoff, "parent_graph": "graph", "graph_key": name}


MODELS: dict[str, dict] = {
    "molecule": {
        "cutoff": 4.5,
        "energy_unit": "Ha",
        "energy_terms": ["energy", "repulsion"],
        "modules": {
            "embed": {
                "module_name": "PAINN",
                "dim": 24,
                "nchannels": 12,
                "nlayers": 2,
                "message_hidden": [24],
                "update_hidden": [24],
                "species_encoding": {"encoding": "one_hot", "species_order": ORGANIC},
                "radial_basis": RADIAL,
            },
            "energy": _network([24]),
            "repulsion": ZBL,
        },
    },
    "crystal": {
        "cutoff": 5.0,
        "energy_unit": "eV",
        "energy_terms": ["energy", "repulsion"],
        "preprocessing": {"short": _filter("short", 3.5)},
        "modules": {
            "embed": {
                "module_name": "CRATE",
                "dim": 24,
                "nlayers": 1,
                "graph_key": "short",
                "embedding_key": "embedding",
                "species_encoding": {"encoding": "electronic_structure"},
                "radial_basis": RADIAL,
            },
            "energy": _network([24]),
            "repulsion": ZBL,
        },
    },
    "charged": {
        "cutoff": 4.5,
        "energy_unit": "kcalpermol",
        "energy_terms": ["energy"],
        "modules": {
            "embed": {
                "module_name": "CRATE",
                "dim": 16,
                "nlayers": 1,
                "charge_embedding": True,
                "embedding_key": "embedding",
                "species_encoding": {"encoding": "one_hot", "species_order": ORGANIC},
                "radial_basis": RADIAL,
            },
            "energy": _network([16]),
        },
    },
    "angular": {
        "cutoff": 5.2,
        "energy_unit": "Ha",
        "energy_terms": ["energy"],
        "preprocessing": {
            "near": _filter("near", 3.5),
            "angles": {"module_name": "GRAPH_ANGULAR_EXTENSION", "graph_key": "near"},
            "species": {"module_name": "SPECIES_INDEXER"},
        },
        "modules": {
            "embed": {"module_name": "ANI_AEV", "species_order": "H,C,N,O", "graph_angle_key": "near"},
            "energy": {
                "module_name": "SPECIES_INDEX_NET",
                "output_dim": 1,
                "hidden_neurons": {"H": [8], "C": [8], "N": [8], "O": [8]},
                "input_key": "embedding",
                "squeeze": True,
            },
        },
    },
    "wide": {
        "cutoff": 5.0,
        "energy_unit": "Ha",
        "energy_terms": ["energy"],
        "modules": {
            "embed": {
                "module_name": "PAINN",
                "dim": 128,
                "nchannels": 128,
                "nlayers": 3,
                "species_encoding": {"encoding": "one_hot", "species_order": ORGANIC + ",He"},
                "radial_basis": {"basis": "bessel", "dim": 16},
            },
            "energy": _network([64]),
        },
    },
    "ionic": {
        "cutoff": 5.0,
        "energy_unit": "Ha",
        "energy_terms": ["coulomb", "repulsion"],
        "preprocessing": {"graph": {"k_space": True, "kmax": 6}},
        "modules": {
            "charges": {"module_name": "QEQ_D4", "energy_key": "coulomb", "non_interacting_guess": True},
            "repulsion": ZBL,
        },
    },
}


def make_model(kind: str) -> FENNIX:
    """The model of a kind; the same parameters each time."""
    species = np.array([8, 1, 1, 6], np.int32)
    positions = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0], [0.5, -2.0, 1.1]])
    example = {
        "species": species,
        "coordinates": positions.astype(np.float32),
        "natoms": np.array([len(species)], np.int32),
        "batch_index": np.zeros(len(species), np.int32),
        "total_charge": np.zeros(1, np.int32),
    }
    return FENNIX(**MODELS[kind], example_data=example, rng_key=jax.random.PRNGKey(SEED))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    for kind, file in zip(arguments[::2], arguments[1::2], strict=True):
        make_model(kind).save(file)
