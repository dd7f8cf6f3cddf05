"""Orb potentials by orb-models (Orbital Materials).

    from mlffd_calculators.orb import orb

    calculator = orb(model="orb-v2", weights="orb-v2-20241011.ckpt")

Answers are those of `orb_models.forcefield.calculator.ORBCalculator`, but:

- a structure that is periodic along some axes only is refused with words what to do;
- a charge is refused by models that would ignore it, and asked for by those that need it;
- the cell of an open structure is no part of it (ORBCalculator keeps the net torque where there is one);
- there is no stress without a periodic cell (ORBCalculator gives numbers that mean nothing).
"""

from __future__ import annotations

import inspect
import warnings

from mlffd_worker.failures import StartFailure, StructureFailure

from .weights import local_file, reading, require_connection

# Parts of potentials (dispersion only), and models that orb-models no longer loads.
NO_POTENTIALS = ("separate-", "orb-v1", "orb-d3-v1", "orb-d3-sm-v1", "orb-d3-xs-v1")


def orb(
    model: str = "orb-v2",
    weights: str | None = None,
    device: str | None = None,
    precision: str = "float32-high",
    compile: bool = False,
    max_num_neighbors: int | None = None,
    edge_method: str | None = None,
    half_supercell: bool | None = None,
    charge: int | None = None,
    spin: int | None = None,
) -> object:
    """An ASE calculator.

    model: a name of `orb_models.forcefield.pretrained.ORB_PRETRAINED_MODELS`.
    weights: file with the weights of that model, or of one fine-tuned from it; None: the download of orb-models.
    device: `cpu`, `cuda`, `cuda:1`; None: the first GPU where there is one.
    precision: `float32-high`, `float32-highest` or `float64`.
    compile: by torch.compile; the start and the first structures then take a minute.
    max_num_neighbors, edge_method, half_supercell: as for ORBCalculator; None: the model's own.
    charge (e), spin (unpaired electrons): of structures that do not tell; for models that take them.
    """
    with warnings.catch_warnings():
        # They tell of settings that are chosen here.
        warnings.simplefilter("ignore")
        from orb_models.forcefield import pretrained

        loaders = {
            name: load
            for name, load in pretrained.ORB_PRETRAINED_MODELS.items()
            if not name.startswith(NO_POTENTIALS)
        }
        if model not in loaders:
            raise StartFailure("arguments", f"orb-models has no model {model}", near=list(loaders))
        _require_device(device)
        load = loaders[model]
        path = local_file(weights) if weights is not None else _downloaded(load)
        with reading(path, model):
            network = load(weights_path=path, device=device, precision=precision, compile=compile)
    calculator = _calculator_class()(
        network,
        device=device,
        max_num_neighbors=max_num_neighbors,
        edge_method=edge_method,
        half_supercell=half_supercell,
    )
    if not calculator.expects_charge_and_spin and (charge is not None or spin is not None):
        raise StartFailure("arguments", f"{model} takes no charge and no spin")
    calculator.mlffd_defaults = {"charge": charge, "spin": None if spin is None else spin + 1}
    calculator.mlffd_weights = [path]
    if compile:
        _compile_now(calculator)
    return calculator


def _downloaded(load: object) -> str:
    """The file that a loader of orb-models takes by itself, from its cache where it is there."""
    from cached_path import cached_path, get_cache_dir
    from cached_path.util import find_latest_cached

    url = inspect.signature(load).parameters["weights_path"].default
    # Addresses carry the date of the weights, so that a copy never is out of date.
    cached = find_latest_cached(url, get_cache_dir())
    if cached is not None:
        return str(cached)
    require_connection(url)
    return str(cached_path(url))


def _compile_now(calculator: object) -> None:
    """What torch.compile lacks shows here, not with every structure."""
    from ase import Atoms

    hydrogen = Atoms("H2", [(0.0, 0.0, 0.0), (0.0, 0.0, 0.75)])
    hydrogen.info.update(charge=0, spin=1)
    try:
        calculator.calculate(hydrogen, ["energy"])
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StartFailure("arguments", f"torch.compile does not work here: {first}") from error
    calculator.reset()


def _require_device(device: str | None) -> None:
    import torch

    if device is None:
        return
    try:
        torch.empty(1, device=device)
    except (AssertionError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise StartFailure("arguments", f"PyTorch has no device {device} here: {first}") from error


def _calculator_class() -> type:
    from orb_models.forcefield.calculator import ORBCalculator

    class Orb(ORBCalculator):
        mlffd_defaults: dict = {}

        def calculate(self, atoms=None, properties=None, system_changes=None):
            super().calculate(self._prepared(atoms), properties, system_changes)
            # Structures are compared with what was asked about, not with what was made of it.
            self.atoms = atoms.copy()
            if not atoms.pbc.any():
                self.results.pop("stress", None)

        def _prepared(self, atoms):
            axes = [name for name, periodic in zip("abc", atoms.pbc) if not periodic]
            if 0 < len(axes) < 3:
                raise StructureFailure(
                    "unsupported",
                    f"Orb takes structures that are periodic along all axes or none; {' and '.join(axes)} is open",
                    hint="Make all axes periodic, with 12 Angstrom of vacuum or more along the open ones.",
                )
            prepared = atoms.copy()
            if len(axes) == 3:
                prepared.cell = None
            if self.expects_charge_and_spin:
                self._tell_charge(prepared.info)
            else:
                self._refuse_charge(prepared.info)
            return prepared

        def _tell_charge(self, info):
            for name, default in self.mlffd_defaults.items():
                if name not in info and default is None:
                    raise StructureFailure(
                        "unsupported",
                        f"this model needs the {name} of every structure, and this one tells none",
                        hint=f"Set `{name}` of the structure, or the option `{name}` for all that tell none.",
                    )
                info.setdefault(name, default)

        def _refuse_charge(self, info):
            # ORBCalculator wants both or none, and then uses neither.
            info.pop("spin", None)
            charge = info.pop("charge", 0)
            if charge != 0:
                raise StructureFailure(
                    "unsupported",
                    f"this model knows neutral structures only, and this one has the charge {charge}",
                    hint="Take orb-v3-conservative-omol or orb-v3-direct-omol for ions.",
                )

    return Orb
