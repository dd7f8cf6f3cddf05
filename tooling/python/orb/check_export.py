"""Compares an exported Orb with the original, ORBCalculator of orb-models.

usage: check_export.py FILE.onnx --weights FILE [--model orb-v2] [--times]

Prints for each structure the largest differences in energy per atom, forces and stress, once with the
original in its own float32 and once with the original in float64, and those between one and two threads
of the export: no more than rounding, since ONNX Runtime's logarithm rounds differently at the ends of
a thread's share. Exits with 1 where a difference from float32, or between the threads, is over its
bound. --times adds the time of a call of both on one thread, milliseconds of processor time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import torch
from answers import answer, least_milliseconds, load_network
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.neighborlist import primitive_neighbor_list
from orb_models.forcefield.atomic_system import ase_atoms_to_atom_graphs
from orb_models.forcefield.calculator import ORBCalculator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orb_models.forcefield.direct_regressor import DirectForcefieldRegressor

ENERGY_BOUND = 1e-5
"""eV/atom."""
FORCE_BOUND = 1e-5
"""eV/Angstrom."""
STRESS_BOUND = 1e-5
"""eV/Angstrom^3."""
LEAST_GAP = 1e-5
"""Angstrom; the original sorts distances that it has in float32."""
PINV_TOLERANCE = 1e-12
SIZES = (3, 22, 100, 500)
REPEATS = {3: 60, 22: 20, 100: 8, 500: 3}


class Exported:
    """Runs a file as OnnxTeacher does: edges in float64, net force and torque taken out in float64."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        manifest = {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}
        self.manifest = manifest
        self.cutoff, self.count = manifest["cutoff"], manifest["neighbors"]["count"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def inputs(self, atoms: Atoms) -> dict[str, np.ndarray]:
        centers, neighbors, vectors = nearest_edges(atoms, self.cutoff, self.count)
        if len(centers) == 0:
            centers = neighbors = np.zeros(1, np.int64)
            vectors = np.array([[self.cutoff, 0, 0]])
            tables = [np.full((len(atoms), 1), 1, np.int64)] * 2
        else:
            tables = [table(ends, len(atoms)) for ends in (centers, neighbors)]
        return {
            "numbers": atoms.numbers.astype(np.int64),
            "vectors": vectors.astype(np.float32),
            "centers": centers,
            "neighbors": neighbors,
            "edgesOut": tables[0],
            "edgesIn": tables[1],
        }

    def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return self.session.run(["energy", "forces", "stress"], inputs)

    def answer(self, atoms: Atoms) -> dict[str, object]:
        energy, forces, stress = (x.astype(float) for x in self.run(self.inputs(atoms)))
        scale, direct = self.manifest["energyScale"], self.manifest["direct"]
        references = np.array(self.manifest["referenceEnergies"])[atoms.numbers].sum()
        if direct["removeNetForce"]:
            forces -= forces.mean(0)
        if direct["removeNetTorque"] == "open" and not atoms.pbc.any():
            forces += torque_correction(atoms.positions, forces)
        return {
            "energy": float(energy[0] * scale["factor"] + len(atoms) * scale["perAtom"] + references),
            "forces": (forces + direct["offset"]).ravel(),
            "stress": stress,
        }


def nearest_edges(atoms: Atoms, cutoff: float, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres, neighbours and vectors of the edges to the nearest `count` neighbours, by centre."""
    cell = atoms.cell.array if atoms.pbc.any() else np.eye(3)
    i, j, shifts, vectors, lengths = primitive_neighbor_list("ijSDd", atoms.pbc, cell, atoms.positions, cutoff)
    order = np.lexsort((*shifts.T, j, i))
    kept = [edges[np.sort(np.argsort(lengths[edges], kind="stable")[:count])] for edges in by_center(order, i)]
    rows = np.concatenate([np.zeros(0, np.int64), *kept])
    return i[rows].astype(np.int64), j[rows].astype(np.int64), vectors[rows].reshape(-1, 3)


def require_no_ties(name: str, atoms: Atoms, exported: Exported) -> None:
    """Between neighbours that are equally far the original and the export may choose differently."""
    wide = nearest_edges(atoms, exported.cutoff, exported.count + 1)
    lengths = np.linalg.norm(wide[2], axis=1)
    for edges in by_center(np.argsort(wide[0], kind="stable"), wide[0]):
        farthest = np.sort(lengths[edges])[exported.count - 1 :]
        if len(farthest) == 2 and farthest[1] - farthest[0] < LEAST_GAP:
            raise ValueError(f"{name}: the neighbours {exported.count} and {exported.count + 1} of an atom are equally far")


def by_center(order: np.ndarray, centers: np.ndarray) -> list[np.ndarray]:
    if len(order) == 0:
        return []
    return np.split(order, np.flatnonzero(np.diff(centers[order])) + 1)


def table(ends: np.ndarray, atoms: int) -> np.ndarray:
    """[atoms, K] edges of each atom, padded with the number of edges."""
    counts = np.bincount(ends, minlength=atoms)
    found = np.full((atoms, counts.max()), len(ends), np.int64)
    order = np.argsort(ends, kind="stable")
    found[ends[order], np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)] = order
    return found


def torque_correction(positions: np.ndarray, forces: np.ndarray) -> np.ndarray:
    """Least forces that take the net torque out; orb-models' own formula, its inverse a pseudo-inverse."""
    r = positions - positions.mean(0)
    matrix = r.T @ r - (r * r).sum() * np.eye(3)
    turn = np.linalg.pinv(matrix, rcond=PINV_TOLERANCE) @ -np.cross(r, forces).sum(0)
    return np.cross(r, turn)


class Original:
    """ORBCalculator, and the same network in float64 on the same structures."""

    def __init__(self, network: DirectForcefieldRegressor) -> None:
        self.network = network
        self.calculator = ORBCalculator(network, device="cpu")

    def float32(self, atoms: Atoms) -> dict[str, object]:
        return answer(self.calculator, atoms)

    def float64(self, atoms: Atoms) -> dict[str, object]:
        torch.set_default_dtype(torch.float64)
        try:
            graph = ase_atoms_to_atom_graphs(atoms, system_config=self.network.system_config, device="cpu")
            found = self.network.double().predict(graph)
        finally:
            torch.set_default_dtype(torch.float32)
            self.network.float()
        return {
            "energy": found["energy"].item(),
            "forces": found["forces"].numpy().ravel(),
            "stress": found["stress"].numpy().ravel(),
        }


def water_cluster(count: int) -> Atoms:
    """Turned molecules on a grid at the density of the liquid, open; helium for what is left of `count`."""
    rng = np.random.default_rng(count)
    edge = int(np.ceil(np.cbrt(count / 3)))
    cluster = Atoms()
    for k in range((count + 2) // 3):
        left = count - len(cluster)
        one = molecule("H2O") if left >= 3 else Atoms("He" * left, [(0, 0, 1.5 * m) for m in range(left)])
        one.rotate(360 * rng.random(), rng.normal(size=3))
        one.translate(3.1 * np.array([k % edge, k // edge % edge, k // edge**2]) - one.positions[0])
        cluster += one
    cluster.positions += 0.02 * rng.normal(size=cluster.positions.shape)
    return cluster


def rattled(atoms: Atoms, width: float, seed: int) -> Atoms:
    atoms.rattle(width, seed=seed)
    return atoms


def triclinic() -> Atoms:
    scaled = [(0.02, 0.05, 0.01), (0.48, 0.53, 0.06), (0.51, 0.03, 0.46), (0.04, 0.5, 0.55), (0.25, 0.27, 0.77),
              (0.74, 0.76, 0.3), (0.27, 0.74, 0.28), (0.76, 0.24, 0.8)]
    cell = [[5.6, 0.3, -0.2], [1.1, 5.2, 0.4], [-0.8, 0.7, 6.1]]
    return Atoms("LiFeTiO2MgO2", scaled_positions=scaled, cell=cell, pbc=True)


def slab() -> Atoms:
    """With vacuum, periodic along all axes: as Orb takes slabs."""
    atoms = fcc111("Pt", (2, 2, 3), vacuum=7.0)
    atoms.pbc = True
    return atoms


def structures() -> dict[str, Atoms]:
    """No two of the neighbours around the twentieth are equally far: such ties may be broken either way."""
    return {
        "one atom": Atoms("Ar", positions=[(1, 2, 3)]),
        "dimer": Atoms("NO", positions=[(0, 0, 0), (0.3, 0.5, 1.1)]),
        "CO2 along z": Atoms("OCO", positions=[(0, 0, -1.2), (0, 0, 0), (0, 0, 1.1)]),
        "two atoms beyond the cutoff": Atoms("NeAr", positions=[(0, 0, 0), (0, 0, 6.5)]),
        "water, 3 atoms": rattled(molecule("H2O"), 0.05, 1),
        "ethanol, 9 atoms": rattled(molecule("CH3CH2OH"), 0.05, 2),
        **{f"cluster, {count} atoms": water_cluster(count) for count in SIZES[1:]},
        "Si, 8 atoms": rattled(bulk("Si", cubic=True), 0.1, 3),
        "Cu, 32 atoms": rattled(bulk("Cu", cubic=True).repeat((2, 2, 2)), 0.1, 4),
        "NaCl, 64 atoms": rattled(bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat((2, 2, 2)), 0.1, 5),
        "five elements, triclinic": triclinic(),
        "slab of Pt": rattled(slab(), 0.08, 6),
        "two atoms, small cell": Atoms(
            "CsCl", scaled_positions=[(0, 0, 0), (0.52, 0.47, 0.55)], cell=[[3.9, 0.2, 0.1], [-0.3, 4.3, 0.4], [0.5, 0.2, 4.7]], pbc=True
        ),
    }


def differences(found: dict[str, object], expected: dict[str, object], atoms: int) -> np.ndarray:
    """Energy per atom, forces, stress."""
    scale = {"energy": atoms, "forces": 1, "stress": 1}
    return np.array([np.abs(np.subtract(found[k], expected[k])).max() / s for k, s in scale.items()])


def main(arguments: Sequence[str]) -> int:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the export")
    parser.add_argument("--weights", required=True, help="the weights that it was made from")
    parser.add_argument("--model", default="orb-v2")
    parser.add_argument("--times", action="store_true", help="measure both as well")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    original = Original(load_network(options.model, options.weights))
    exported, threaded = Exported(options.file), Exported(options.file, threads=2)
    worst = np.zeros((3, 3))
    print(f"{'':28}{'from float32':>30}{'from float64':>30}{'two threads':>30}")
    for name, atoms in structures().items():
        require_no_ties(name, atoms, exported)
        found = exported.answer(atoms)
        others = (original.float32(atoms), original.float64(atoms), threaded.answer(atoms))
        rows = np.array([differences(found, other, len(atoms)) for other in others])
        worst = np.maximum(worst, rows)
        print(line(name, rows))
    bounds = np.array([ENERGY_BOUND, FORCE_BOUND, STRESS_BOUND])
    print(line("largest", worst))
    print(line("bound", [bounds, [np.nan] * 3, bounds]), "  eV/atom, eV/A, eV/A^3")
    if options.times:
        print_times(exported, original.calculator)
    return 0 if (worst[[0, 2]] <= bounds).all() else 1


def line(name: str, rows: Sequence[Sequence[float]]) -> str:
    return f"{name:28}" + "".join(f"{x:10.1e}" if np.isfinite(x) else " " * 10 for row in rows for x in row)


def print_times(exported: Exported, calculator: ORBCalculator) -> None:
    """Of the network with the graph given, and of ORBCalculator, whose search for neighbours takes 0.3 to 2 ms."""
    for size in SIZES:
        atoms = water_cluster(size)
        inputs = exported.inputs(atoms)
        clock, repeats = time.thread_time, REPEATS[size]
        mine = least_milliseconds(partial(exported.run, inputs), repeats, clock)
        theirs = least_milliseconds(partial(calculator.calculate, atoms), repeats, clock)
        print(f"{size:4} atoms: export {mine:8.2f} ms, original {theirs:8.2f} ms, {theirs / mine:.2f} times")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
