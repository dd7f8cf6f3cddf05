"""FeNNol models as an ASE calculator that is asked for structures of any size in any order.

    from mlffd_calculators.fennol import fennol

    atoms.calc = fennol("model.fnx", precision="float64")

The answers are those of `fennol.ase.FENNIXCalculator`. What differs is how inputs are laid out: arrays are
filled up to a few sizes that follow from the structure alone, so that XLA compiles a model a few times and not
once for each structure, and an answer does not depend on what was asked before. Neighbours are searched in
float64.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from ase.units import Hartree
from mlffd_worker.failures import StartFailure, StructureFailure

from .weights import local_file

PICKLES = (".pkl", ".pickle")
PRECISIONS = ("float32", "float64")
MATMUL_PRECISIONS = ("default", "high", "highest")
CHARGES = ("structure", "ignore")

MINIMUM_ATOMS = 16
MINIMUM_PAIRS = 128
# Cell of the system that atoms of the filling belong to, Angstrom; as in FeNNol's own AtomPadding.
FILLING_CELL = 1000.0
# Charges of all systems of a batch are found by one iterative solver, so a second system changes its end.
SOLVED_TOGETHER = {"QEQ_D4"}
# Sizes that layers of the preprocessing keep.
ROUNDED_STATE = {
    "npairs": MINIMUM_PAIRS,
    "nangles": MINIMUM_PAIRS,
    "max_neigh": MINIMUM_ATOMS,
    "max_size": MINIMUM_ATOMS,
}

Arrays = dict[str, Any]


def fennol(
    weights: str,
    device: str = "cpu",
    precision: str = "float32",
    energy_terms: str | Sequence[str] | None = None,
    matmul_precision: str | None = None,
    charge: str = "structure",
    allow_pickle: bool = False,
) -> FennolCalculator:
    """A calculator of the model in a file.

    weights: path of a `.fnx` file; `.pkl` files only with allow_pickle, since reading one runs what is in it
    device: "cpu", "cuda" or another platform of JAX; only the first call in a process decides
    precision: of positions, and with it of all that is computed from them; one for all models of a process
    energy_terms: outputs of the model whose sum is the energy; None: those that the file names
    matmul_precision: "default", "high" or "highest", for devices that have a choice
    charge: "structure" passes the sum of the initial charges to the model, and refuses structures with a charge
        where the energy does not depend on it; "ignore" takes every structure as neutral
    """
    _require("precision", precision, PRECISIONS)
    _require("charge", charge, CHARGES)
    if matmul_precision is not None:
        _require("matmul_precision", matmul_precision, MATMUL_PRECISIONS)
    path = local_file(weights)
    if path.lower().endswith(PICKLES) and not allow_pickle:
        raise StartFailure("arguments", f"{path} is a pickle, which can run any code; allow_pickle=True reads it")
    _prepare(device, precision, matmul_precision)
    model = _load(path)
    terms = [energy_terms] if isinstance(energy_terms, str) else energy_terms
    if terms is not None:
        _check_terms(model, list(terms))
        model.set_energy_terms(list(terms))
    if not model.energy_terms:
        raise StartFailure("arguments", f"{path} names no energy terms, so its energy is zero; give energy_terms")
    calculator = FennolCalculator(model, precision, charge)
    calculator.mlffd_weights = [path]
    return calculator


class FennolCalculator(Calculator):
    """Answers with a `fennol.FENNIX`; use the function `fennol` to make one."""

    implemented_properties = ["energy", "free_energy", "forces", "stress"]

    def __init__(self, model: Any, precision: str = "float32", charge: str = "structure") -> None:
        super().__init__()
        from fennol.utils.atomic_units import au

        self.model = model
        self._unit = Hartree / au.get_multiplier(model.energy_unit)
        self._layout = Layout(model, precision)
        self._functions = _compiled(model)
        self._ignores_charge = charge == "ignore"
        self._sees_charge: bool | None = None

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        charge = self._charge_of(self.atoms)
        inputs = self._layout.inputs(self.atoms, charge)
        if charge != 0:
            self._require_charge(inputs)
        n = len(self.atoms)
        # Nearly free where there is a cell, so such structures need one program and not two.
        which = "stress" if "stress" in properties or self.atoms.pbc.all() else "forces"
        atomic, system, forces, virial = self._functions[which](self.model.variables, inputs)
        # A sum of many energies of atoms in float32 would lose digits that they still have.
        energy = np.asarray(atomic, np.float64)[:n].sum() if atomic is not None else 0.0
        if system is not None:
            energy += float(np.asarray(system).ravel()[0])
        self.results = {
            "energy": float(energy) * self._unit,
            "free_energy": float(energy) * self._unit,
            "forces": np.asarray(forces, np.float64)[:n] * self._unit,
        }
        if virial is not None and self.atoms.cell.rank == 3:
            tension = np.asarray(virial, np.float64)[0] * (self._unit / self.atoms.get_volume())
            self.results["stress"] = full_3x3_to_voigt_6_stress(tension)

    def _charge_of(self, atoms: Atoms) -> int:
        charge = 0.0 if self._ignores_charge else float(atoms.get_initial_charges().sum())
        if abs(charge - round(charge)) > 1e-6:
            raise StructureFailure("charge", f"the total charge is {charge}; FeNNol takes whole numbers")
        return round(charge)

    def _require_charge(self, inputs: Arrays) -> None:
        if self._sees_charge is None:
            self._sees_charge = self._depends_on_charge(inputs)
        if not self._sees_charge:
            raise StructureFailure(
                "charge",
                "the energy of this model does not depend on the total charge, so it has no answer for ions; "
                "charge='ignore' takes them as neutral",
            )

    def _depends_on_charge(self, inputs: Arrays) -> bool:
        import jax

        model = self.model

        def energy(charge: Any) -> Any:
            return model._total_energy_raw(model.variables, {**inputs, "total_charge": charge})[0]

        program = jax.make_jaxpr(energy)(inputs["total_charge"]).jaxpr
        reached = {id(variable) for variable in program.invars}
        for equation in program.eqns:
            if any(id(variable) in reached for variable in equation.invars):
                reached.update(id(variable) for variable in equation.outvars)
        return any(id(variable) in reached for variable in program.outvars)


class Layout:
    """Inputs of a model in arrays of few sizes.

    As in FeNNol's AtomPadding, filling atoms (species -1) make a second system without pairs. Models with
    sums over k points, or with charges from one solver for all systems, get their atoms as they are.
    """

    def __init__(self, model: Any, precision: str) -> None:
        from fennol.models.preprocessing import GraphGenerator

        layers = model.preprocessing.layers
        self._graphs = [layer for layer in layers if isinstance(layer, GraphGenerator)]
        self._others = [layer for layer in layers if not isinstance(layer, GraphGenerator)]
        self._dtype = np.dtype(precision)
        kinds = {str(params.get("FID", params.get("module_name", name))).upper() for name, params in _modules(model)}
        k_space = any(getattr(layer, "k_space", False) for layer in layers)
        self._fills = not k_space and not kinds & SOLVED_TOGETHER

    def inputs(self, atoms: Atoms, charge: int) -> Arrays:
        """What the compiled functions take."""
        periodic = bool(atoms.pbc.all())
        if not periodic and atoms.pbc.any():
            raise StructureFailure("periodicity", "FeNNol takes structures that are periodic in all directions or none")
        n = len(atoms)
        cell = atoms.cell.array if periodic else None
        positions = centred(atoms.positions, cell)
        inputs = {
            "species": atoms.numbers.astype(np.int32),
            "coordinates": positions.astype(self._dtype),
            "natoms": np.array([n], np.int32),
            "batch_index": np.zeros(n, np.int32),
            "total_charge": np.array([charge], np.int32),
        }
        if cell is not None:
            inputs["cells"] = cell.astype(self._dtype)[None]
            inputs["reciprocal_cells"] = np.linalg.inv(cell).astype(self._dtype)[None]
        if self._fills:
            inputs = _fill(inputs, rounded_up(n, MINIMUM_ATOMS))
        for layer in self._graphs:
            inputs[layer.graph_key] = self._graph(layer, positions, cell, inputs)
        for layer in self._others:
            inputs = _apply(layer, inputs)
        return inputs

    def _graph(self, layer: Any, positions: np.ndarray, cell: np.ndarray | None, inputs: Arrays) -> Arrays:
        """What GraphGenerator makes, in a size that follows from the number of pairs."""
        source, target, shifts, squares = neighbours(positions, cell, layer.cutoff)
        count = len(source)
        size = rounded_up(count, MINIMUM_PAIRS)
        outside = len(inputs["species"])
        graph: Arrays = {
            "edge_src": np.full(size, outside, np.int32),
            "edge_dst": np.full(size, outside, np.int32),
            "d12": np.full(size, layer.cutoff**2),
            "overflow": False,
            "pbc_shifts": None,
        }
        graph["edge_src"][:count] = source
        graph["edge_dst"][:count] = target
        graph["d12"][:count] = squares
        if cell is not None:
            graph["pbc_shifts"] = np.zeros((size, 3), np.int32)
            graph["pbc_shifts"][:count] = shifts
        if layer.k_space and cell is not None:
            from fennol.utils.kspace import get_reciprocal_space_parameters

            points = get_reciprocal_space_parameters(inputs["reciprocal_cells"], layer.cutoff, layer.kmax, layer.kthr)
            graph["k_points"], graph["b_ewald"] = points[0], points[3]
        return graph


def rounded_up(count: int, minimum: int) -> int:
    """The least of minimum * (1, 1.5, 2, 3, 4, 6, 8 ...) that is larger than the count."""
    size = minimum
    while size <= count:
        if count < size + size // 2:
            return size + size // 2
        size *= 2
    return size


def centred(positions: np.ndarray, cell: np.ndarray | None) -> np.ndarray:
    """The same structure near the origin, where float32 has most digits."""
    if cell is None:
        return positions - positions.mean(axis=0)
    return positions - np.floor(positions @ np.linalg.inv(cell)) @ cell


def neighbours(positions: np.ndarray, cell: np.ndarray | None, cutoff: float) -> tuple[np.ndarray, ...]:
    """All directed pairs within the cutoff by their first atom: both atoms, images of the second, distances squared.

    Positions of periodic structures must lie in the cell.
    """
    from scipy.spatial import cKDTree

    n = len(positions)
    if cell is None:
        images, atom, shift = positions, np.arange(n), np.zeros((n, 3), np.int32)
    else:
        inverse = np.linalg.inv(cell)
        # Distances between faces of the cell are inverses of these lengths.
        reach = cutoff * np.linalg.norm(inverse, axis=0)
        ranges = [np.arange(-count, count + 1) for count in np.ceil(reach).astype(int)]
        shifts = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
        fractions = (positions @ inverse)[None] + shifts[:, None]
        # The margin is for what rounding does to atoms at a face.
        near = ((fractions > -reach - 1e-6) & (fractions < 1 + reach + 1e-6)).all(axis=-1)
        which, atom = np.nonzero(near)
        shift = shifts[which].astype(np.int32)
        images = positions[atom] + shift @ cell
    found = cKDTree(positions).sparse_distance_matrix(cKDTree(images), cutoff, output_type="ndarray")
    source, image = found["i"], found["j"]
    other = (source != atom[image]) | shift[image].any(axis=1)
    source, image, distance = source[other], image[other], found["v"][other]
    order = np.lexsort((image, source))
    source, image, distance = source[order], image[order], distance[order]
    return source, atom[image], shift[image], distance**2


def _fill(inputs: Arrays, size: int) -> Arrays:
    """AtomPadding of FeNNol, which takes the cell of a single atom for an array of atoms."""
    n = len(inputs["species"])
    extra = size - n
    filled = {
        "species": np.append(inputs["species"], np.full(extra, -1, np.int32)),
        "coordinates": np.append(inputs["coordinates"], np.zeros((extra, 3), inputs["coordinates"].dtype), axis=0),
        "natoms": np.append(inputs["natoms"], np.int32(0)),
        "batch_index": np.append(inputs["batch_index"], np.ones(extra, np.int32)),
        "total_charge": np.append(inputs["total_charge"], np.int32(0)),
        "true_atoms": np.arange(size) < n,
        "true_sys": np.array([True, False]),
    }
    if "cells" in inputs:
        cell = FILLING_CELL * np.eye(3, dtype=inputs["cells"].dtype)[None]
        filled["cells"] = np.append(inputs["cells"], cell, axis=0)
        filled["reciprocal_cells"] = np.append(inputs["reciprocal_cells"], cell / FILLING_CELL**2, axis=0)
    return filled


def _apply(layer: Any, inputs: Arrays) -> Arrays:
    """A layer of the preprocessing from its first state, with its sizes rounded up."""
    from flax.core.frozen_dict import FrozenDict

    first = dict(layer.init())
    if "nblist_mult_size" in first:
        first["nblist_mult_size"] = 1.0
    exact, _ = layer(FrozenDict(first), inputs)
    state = dict(exact)
    for name, minimum in ROUNDED_STATE.items():
        if name in state:
            state[name] = rounded_up(int(state[name]), minimum)
    if "sizes" in state:
        state["sizes"] = FrozenDict({key: rounded_up(int(size), MINIMUM_ATOMS) for key, size in state["sizes"].items()})
    return layer(FrozenDict(state), inputs)[1]


def _compiled(model: Any) -> dict[str, Callable[..., tuple]]:
    """Functions that return what is used, and not all that a model makes on its way."""
    import jax

    def parts(out: Arrays) -> tuple:
        return out.get("atomic_energies"), out.get("system_energies")

    @jax.jit
    def forces(variables: Arrays, inputs: Arrays) -> tuple:
        _, gradient, out = model._energy_and_forces(variables, inputs)
        return *parts(out), gradient, None

    @jax.jit
    def stress(variables: Arrays, inputs: Arrays) -> tuple:
        _, gradient, virial, out = model._energy_and_forces_and_virial(variables, inputs)
        return *parts(out), gradient, virial

    return {"forces": forces, "stress": stress}


def _prepare(device: str, precision: str, matmul_precision: str | None) -> None:
    """Settings that JAX takes before it makes anything."""
    os.environ["JAX_PLATFORMS"] = device
    # XLA has threads of its own, which the usual variables do not limit.
    os.environ.setdefault("PJRT_NPROC", os.environ.get("OMP_NUM_THREADS", "1"))
    if device == "cpu":
        _keep_memory()
    import jax

    jax.config.update("jax_enable_x64", precision == "float64")
    if matmul_precision is not None:
        jax.config.update("jax_default_matmul_precision", matmul_precision)
    try:
        jax.devices()
    except RuntimeError as error:
        raise StartFailure("arguments", f"JAX has no device {device} here: {error}") from error


def _keep_memory() -> None:
    """Large arrays come from the heap, and stay there for the next call.

    glibc maps those above 32 MB anew each time; the system then fills them with zeros page by page, which takes as
    long as the model itself from some twenty atoms on.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return
    trim_threshold, mmap_max, arena_max = -1, -4, -8
    mallopt(mmap_max, 0)
    mallopt(trim_threshold, -1)
    # Arenas of other threads are mapped, in pieces of 64 MB.
    mallopt(arena_max, 1)


@contextlib.contextmanager
def _without_working_folder() -> Iterator[None]:
    """numba takes a folder `coverage`, which many JavaScript projects have, for the package, and fails."""
    whole = sys.path
    sys.path = [path for path in whole if path not in ("", os.getcwd())]
    try:
        yield
    finally:
        sys.path = whole


def _load(path: str) -> Any:
    with _without_working_folder():
        from fennol import FENNIX

    try:
        return FENNIX.load(path)
    except (MemoryError, ImportError):
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StartFailure("bad-weights", f"{path} holds no FeNNol model: {first}", file=path) from error


def _check_terms(model: Any, terms: list[str]) -> None:
    import jax

    example = model.generate_dummy_system(jax.random.PRNGKey(0))
    outputs = jax.eval_shape(model._apply, model.variables, model.preprocess(**example))
    atoms = outputs["species"].shape
    for term in terms:
        known = [name for name, value in outputs.items() if getattr(value, "shape", ())[:1] == atoms]
        if term not in outputs:
            raise StartFailure("arguments", f"the model has no output {term}; it has {', '.join(known)}", near=known)


def _modules(model: Any) -> list[tuple[str, dict]]:
    return list(model._input_args["modules"].items())


def _require(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise StartFailure("arguments", f"{name} is {value!r}, not one of {', '.join(known)}", near=list(known))
