"""Foundation models of MACE as ASE calculators.

    from mlffd_calculators.mace import mace_mp, mace_off

    atoms.calc = mace_mp(model="medium")
    atoms.calc = mace_off(weights="MACE-OFF23_medium.model")

The stress is that of the cell as it is. `MACECalculator` stretches the cell along open axes to find
neighbours, and divides by the volume of that one: for a slab it is too small by the ratio of both.

A model file is a pickle, and runs code of whoever made it.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols
from mlffd_worker.failures import StartFailure

from .weights import local_file, reading, require_connection

DTYPES = ["float32", "float64"]


def mace_mp(
    model: str = "medium-mpa-0",
    weights: str | None = None,
    device: str | None = None,
    default_dtype: str = "float32",
    head: str | None = None,
) -> Mace:
    """For materials: a model by its name among `mace_mp_urls`, or any file that MACE saved."""
    from mace.calculators import foundations_models as foundations

    def fetch(name: str) -> str:
        return foundations.download_mace_mp_checkpoint(name)

    path = _file(model, weights, foundations.mace_mp_urls, fetch)
    return _calculator(path, device, default_dtype, head, neutral=False)


def mace_off(
    model: str = "medium",
    weights: str | None = None,
    device: str | None = None,
    default_dtype: str = "float64",
    head: str | None = None,
) -> Mace:
    """For neutral organic molecules: small, medium or large, or any file that MACE saved."""
    from mace.calculators import foundations_models as foundations

    def fetch(name: str) -> str:
        foundations.mace_off(model=name, device="cpu", return_raw_model=True)
        return _cached(foundations.mace_off_urls[name])[0]

    path = _file(model, weights, foundations.mace_off_urls, fetch)
    return _calculator(path, device, default_dtype, head, neutral=True)


def _file(model: str, weights: str | None, urls: dict[str, str], fetch: Callable[[str], str]) -> str:
    if weights is not None:
        return local_file(weights)
    if model not in urls:
        near = difflib.get_close_matches(model, urls, 3, 0.3) or list(urls)[:3]
        raise StartFailure("arguments", f"there is no model {model}, but {', '.join(urls)}", near=near)
    if not any(os.path.isfile(path) for path in _cached(urls[model])):
        require_connection(urls[model])
    return fetch(model)


def _cached(url: str) -> list[str]:
    """Where MACE keeps what it downloads, by both of its rules."""
    from mace.tools.utils import get_cache_dir

    name = os.path.basename(url).partition("?")[0]
    plain = "".join(letter for letter in name if letter.isalnum() or letter == "_")
    return [os.path.join(get_cache_dir(), name), os.path.join(get_cache_dir(), plain)]


def _calculator(path: str, device: str | None, default_dtype: str, head: str | None, neutral: bool) -> Mace:
    # First of all: it sets the variable without which e3nn cannot be imported.
    from mace.calculators import MACECalculator

    import torch

    if default_dtype not in DTYPES:
        raise StartFailure("arguments", f"default_dtype is {default_dtype}, not float32 or float64", near=DTYPES)
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    with reading(path, "MACE"):
        model = torch.load(path, map_location=device, weights_only=False)
        heads = list(getattr(model, "heads", ["Default"]))
        # Anything may be pickled; this is a potential.
        float(model.r_max)
    # The original would take the last one.
    if head is not None and head not in heads:
        raise StartFailure("arguments", f"the model has no head {head}, but {', '.join(heads)}", near=heads)
    options = {} if head is None else {"head": head}
    original = MACECalculator(models=[model], device=device, default_dtype=default_dtype, **options)
    return Mace(original, path, neutral)


class Mace(Calculator):
    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]

    def __init__(self, original: Calculator, weight_file: str, neutral: bool) -> None:
        super().__init__()
        self._original = original
        self._elements = [int(z) for z in original.z_table.zs]
        self._neutral = neutral
        self.mlffd_weights = [weight_file]

    def calculate(self, atoms: Atoms | None = None, properties=("energy",), system_changes=all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self._check(self.atoms)
        whole = closed(self.atoms, self._original.r_max)
        self._original.calculate(whole)
        results = self._original.results
        self.results = {name: results[name] for name in ("energy", "free_energy", "energies", "forces")}
        volume = abs(np.linalg.det(self.atoms.cell.array))
        if volume > 0:
            self.results["stress"] = results["stress"] * (whole.cell.volume / volume)

    def _check(self, atoms: Atoms) -> None:
        unknown = sorted({int(z) for z in atoms.numbers} - set(self._elements))
        if unknown:
            found = ", ".join(chemical_symbols[z] for z in unknown)
            known = " ".join(chemical_symbols[z] for z in self._elements)
            raise ValueError(f"these weights know {known}, and no {found}")
        charge = atoms.info.get("charge", 0)
        if self._neutral and charge != 0:
            raise ValueError(f"MACE-OFF knows neutral molecules only, and this one has the charge {charge}")


def closed(atoms: Atoms, cutoff: float) -> Atoms:
    """The same structure, periodic along all axes, with empty space of two cutoffs along those that were open."""
    copy = atoms.copy()
    if atoms.pbc.all():
        return copy
    periodic = atoms.cell.array[atoms.pbc]
    across = np.linalg.svd(periodic)[2][len(periodic) :]
    lengths = np.ptp(atoms.positions @ across.T, axis=0) + 2 * cutoff
    cell = atoms.cell.array.copy()
    cell[~atoms.pbc] = across * lengths[:, None]
    copy.set_cell(cell)
    copy.pbc = True
    return copy
