"""ANI-2x of TorchANI as an ASE calculator.

    from mlffd_calculators.ani import ani2x

    atoms.calc = ani2x(weights="ani2x_state_dict.pt")

Energies are in float64 unless told otherwise: self energies are thousands of eV, and 500 atoms of them
in float32 are off by tens of meV.
"""

from __future__ import annotations

import os

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from mlffd_worker.failures import StartFailure, StructureFailure

from .weights import local_file, reading, require_connection

FILE = "ani2x_state_dict.pt"
URL = f"https://huggingface.co/roitberg-group/ani2x/resolve/main/{FILE}"
DTYPES = ["float64", "float32"]
MEMBERS = 8


def ani2x(
    weights: str | None = None,
    model_index: int | None = None,
    device: str | None = None,
    dtype: str = "float64",
    neighborlist: str = "all_pairs",
) -> Ani:
    """The mean of the ensemble, or one of its members, 0 to 7.

    Without `weights` the file is the one that TorchANI keeps, downloaded where it is not there yet.
    """
    import torch
    from torchani.arch import Assembler
    from torchani.utils import SYMBOLS_2X

    if dtype not in DTYPES:
        raise StartFailure("arguments", f"dtype is {dtype}, not float64 or float32", near=DTYPES)
    if model_index is not None and model_index not in range(MEMBERS):
        raise StartFailure("arguments", f"model_index is {model_index}, not 0 to {MEMBERS - 1}", near=[])
    path = _downloaded() if weights is None else local_file(weights)
    # As in torchani.models.ANI2x, which takes no file.
    assembler = Assembler(periodic_table_index=True)
    assembler.set_symbols(SYMBOLS_2X)
    assembler.set_global_cutoff_fn("cosine")
    assembler.set_aev_computer(radial="ani2x", angular="ani2x", strategy="pyaev")
    assembler.set_atomic_networks(ctor="ani2x")
    assembler.set_neighborlist(neighborlist)
    assembler.set_gsaes_as_self_energies("wb97x-631gd")
    model = assembler.assemble(MEMBERS)
    with reading(path, "ANI-2x"):
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    if model_index is not None:
        model = model[model_index]
    model.requires_grad_(False)
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device=device, dtype=getattr(torch, dtype))
    return Ani(model.ase(), path)


def _downloaded() -> str:
    """Path of the file in TorchANI's folder."""
    import torchani
    from torchani.paths import state_dicts_dir

    path = os.path.join(state_dicts_dir(), FILE)
    if not os.path.isfile(path):
        require_connection(URL)
        torchani.models.ANI2x()
    return path


class Ani(Calculator):
    implemented_properties = ["energy", "free_energy", "forces", "stress"]

    def __init__(self, original: Calculator, weight_file: str) -> None:
        super().__init__()
        self._original = original
        self.mlffd_weights = [weight_file]

    def calculate(self, atoms: Atoms | None = None, properties=("energy",), system_changes=all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        charge = self.atoms.info.get("charge", 0)
        if charge != 0:
            raise ValueError(f"ANI-2x knows neutral molecules only, and this one has the charge {charge}")
        if "stress" in properties and not self.atoms.pbc.any():
            message = "ANI-2x has no stress without a periodic axis"
            raise StructureFailure("missing-property", message, property="stress")
        # The original gives what is named, and no more.
        self._original.results = {}
        self._original.calculate(self.atoms, [*properties, "energy", "free_energy"], all_changes)
        self.results = dict(self._original.results)
