"""The original SevenNet and its answers, in its own float32 and, as truth, in float64."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
import torch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sevenn._keys as KEY
    from ase import Atoms
    from sevenn.atom_graph_data import AtomGraphData
    from sevenn.nn.sequential import AtomGraphSequential
    from sevenn.train.dataload import unlabeled_atoms_to_graph
    from sevenn.util import load_checkpoint

VOIGT = [0, 1, 2, 4, 5, 3]
"""Where xx yy zz yz xz xy are in SevenNet's xx yy zz xy yz zx."""


@dataclass
class Answer:
    """eV, eV/Angstrom, eV/Angstrom^3 (Voigt xx yy zz yz xz xy, tension positive)."""

    energy: float
    energies: np.ndarray
    forces: np.ndarray
    stress: np.ndarray | None


def load_sevennet(name: str) -> tuple[AtomGraphSequential, dict]:
    """Model and configuration of a checkpoint (a name of sevenn's, or a path), by sevenn's own loader."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checkpoint = load_checkpoint(name)
        model = checkpoint.build_model()
    return ready(model), checkpoint.config


def ready(model: AtomGraphSequential) -> AtomGraphSequential:
    model.set_is_batch_data(False)
    return model.eval()


def to_float64(model: AtomGraphSequential) -> AtomGraphSequential:
    """The same weights in float64 (in place); its one-hot vectors are float32 and become float64."""
    model.double()
    model.onehot_to_feature_x.register_forward_pre_hook(_features_to_float64)
    return model


def _features_to_float64(_: torch.nn.Module, inputs: tuple) -> tuple:
    data = inputs[0]
    data[KEY.NODE_FEATURE] = data[KEY.NODE_FEATURE].double()
    return (data,)


def edges_of(atoms: Atoms, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres, neighbours and vectors (float64, from centre to neighbour) as sevenn lists them."""
    graph = unlabeled_atoms_to_graph(atoms, cutoff, with_shift=False)
    centers, neighbors = np.asarray(graph[KEY.EDGE_IDX], dtype=np.int64).reshape(2, -1)
    return centers, neighbors, np.asarray(graph[KEY.EDGE_VEC], dtype=np.float64).reshape(-1, 3)


def predict(model: AtomGraphSequential, atoms: Atoms, dtype: torch.dtype = torch.float32) -> Answer:
    """What SevenNetCalculator answers; for a model in float64, with the structure in float64 too."""
    graph = unlabeled_atoms_to_graph(atoms, model.cutoff, with_shift=False)
    vectors, positions = graph[KEY.EDGE_VEC], graph[KEY.POS]
    data = AtomGraphData.from_numpy_dict(graph)
    data[KEY.EDGE_VEC] = torch.tensor(vectors, dtype=dtype).reshape(-1, 3)
    data[KEY.POS] = torch.tensor(positions, dtype=dtype)
    data[KEY.CELL_VOLUME] = data[KEY.CELL_VOLUME].to(dtype)
    data[KEY.EDGE_IDX] = data[KEY.EDGE_IDX].long().reshape(2, -1)
    out = model(data)
    energies = out[KEY.ATOMIC_ENERGY].detach().double().numpy().ravel()
    forces = out[KEY.PRED_FORCE].detach().double().numpy()[: len(atoms)]
    stress = -out[KEY.PRED_STRESS].detach().double().numpy().ravel()[VOIGT]
    return Answer(
        energy=float(out[KEY.PRED_TOTAL_ENERGY].detach().double()),
        energies=energies,
        forces=forces,
        stress=stress if atoms.cell.rank == 3 and atoms.pbc.all() else None,
    )
