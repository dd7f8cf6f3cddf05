"""The original CHGNet and its answers."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from chgnet.model.model import CHGNet
from pymatgen.io.ase import AseAtomsAdaptor


def load_chgnet() -> CHGNet:
    with contextlib.redirect_stdout(io.StringIO()):
        return CHGNet.load(use_device="cpu", verbose=False).eval()


def crystal_graph(chgnet: CHGNet, atoms):  # noqa: ANN001, ANN201 (ase and chgnet types)
    return chgnet.graph_converter(AseAtomsAdaptor.get_structure(atoms))


def predict(chgnet: CHGNet, atoms) -> dict[str, np.ndarray]:  # noqa: ANN001
    """Total energy eV, site energies eV, forces eV/A, stress eV/A^3 (3x3, tension positive)."""
    out = chgnet.predict_graph(crystal_graph(chgnet, atoms), task="efs", return_site_energies=True)
    return {
        "energy": float(out["e"]) * len(atoms),
        "energies": out["site_energies"].astype(np.float64),
        "forces": out["f"].astype(np.float64),
        "stress": out["s"].astype(np.float64) / 160.21766208,
    }
