"""Runs an exported potential as OnnxTeacher does: edges in, forces and stress assembled in float64."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
from reference import Answer, edges_of

if TYPE_CHECKING:
    from pathlib import Path

    from ase import Atoms

UNROUNDED = "vectors in float64"
"""Kept beside the inputs for the virial."""


class Potential:
    """An exported file, its manifest and a session."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        model = onnx.load(path)
        self.manifest = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
        self.model = model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def inputs(self, atoms: Atoms) -> dict[str, np.ndarray]:
        centers, neighbors, vectors = edges_of(atoms, self.manifest["cutoff"])
        order = np.lexsort((neighbors, centers))
        centers, neighbors, vectors = centers[order], neighbors[order], vectors[order]
        return {
            "numbers": atoms.numbers.astype(np.int64),
            "vectors": vectors.astype(np.float32),
            "centers": centers,
            "neighbors": neighbors,
            "edgesOut": _table(centers, len(atoms)),
            "edgesIn": _table(neighbors, len(atoms)),
            UNROUNDED: vectors,
        }

    def run(self, inputs: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        feed = {name: value for name, value in inputs.items() if name != UNROUNDED}
        energies, gradients = self.session.run(["energies", "edgeGradients"], feed)
        return energies, gradients

    def predict(self, atoms: Atoms) -> Answer:
        inputs = self.inputs(atoms)
        energies, gradients = (x.astype(np.float64) for x in self.run(inputs))
        energies += np.array(self.manifest["referenceEnergies"])[atoms.numbers]
        forces = np.zeros((len(atoms), 3))
        np.add.at(forces, inputs["centers"], gradients)
        np.subtract.at(forces, inputs["neighbors"], gradients)
        stress = None
        if atoms.cell.rank == 3 and atoms.pbc.all():
            virial = inputs[UNROUNDED].T @ gradients / atoms.get_volume()
            s = (virial + virial.T) / 2
            stress = np.array([s[0, 0], s[1, 1], s[2, 2], s[1, 2], s[0, 2], s[0, 1]])
        return Answer(float(energies.sum()), energies, forces, stress)


def _table(atom_of_edge: np.ndarray, atoms: int) -> np.ndarray:
    """[atoms, K] edges of each atom in order, padded with the number of edges."""
    counts = np.bincount(atom_of_edge, minlength=atoms)
    table = np.full((atoms, max(1, counts.max(initial=0))), len(atom_of_edge), dtype=np.int64)
    order = np.argsort(atom_of_edge, kind="stable")
    start = np.cumsum(counts) - counts
    table[atom_of_edge[order], np.arange(len(order)) - np.repeat(start, counts)] = order
    return table
