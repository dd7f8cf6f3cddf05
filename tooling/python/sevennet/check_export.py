"""Compares an exported SevenNet with sevenn itself, and the export with itself on two threads.

usage: check_export.py [--model 7net-0] FILE.onnx

Every structure gets three answers: the export's (on ONNX Runtime), the original's in its own
float32, and, as truth, the original's in float64. Ends with 1 where the export is farther from the
truth than the bounds, where one and two threads give different bits, or where the graph scatters
with a reduction, which ONNX Runtime computes wrongly on several threads.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from reference import Answer, load_sevennet, predict, to_float64
from session import Potential
from structures import structures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import onnx

ENERGY = 4e-6
"""eV per atom: a few units of the last place of atomic energies of some eV in float32."""
FORCE = 2e-5
"""eV/Angstrom, per eV/Angstrom of the largest force where that is more than one."""
STRESS = 1e-6
"""eV/Angstrom^3"""


@dataclass
class Difference:
    """Largest differences of two answers."""

    energy: float
    """eV per atom, the largest of the mean and of any atom's."""
    force: float
    stress: float


def difference(a: Answer, b: Answer) -> Difference:
    atoms = len(a.energies)
    return Difference(
        energy=max(abs(a.energy - b.energy) / atoms, float(np.abs(a.energies - b.energies).max())),
        force=float(np.abs(a.forces - b.forces).max()),
        stress=0.0 if a.stress is None else float(np.abs(a.stress - b.stress).max()),
    )


def racy_nodes(graph: onnx.GraphProto) -> Iterator[str]:
    """Names of nodes that scatter with a reduction by index tuples, also in subgraphs."""
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "ScatterND" and attribute.name == "reduction" and attribute.s != b"none":
                yield node.name
            if attribute.HasField("g"):
                yield from racy_nodes(attribute.g)


def check(path: Path, name: str) -> list[str]:
    """Prints the table; what is wrong, as sentences."""
    torch.set_num_threads(1)
    potential, two = Potential(path), Potential(path, threads=2)
    problems = [f"{node} scatters with a reduction" for node in racy_nodes(potential.model.graph)]
    cases = structures()
    model, _ = load_sevennet(name)
    float32 = {key: predict(model, atoms) for key, atoms in cases.items()}
    to_float64(model)
    print(f"{'structure':28} {'atoms':>5} {'edges':>6} | export - float64 {'':9} | sevenn float32 - float64")
    print(
        f"{'':28} {'':5} {'':6} | {'eV/atom':>8} {'eV/A':>8} {'eV/A^3':>8} | {'eV/atom':>8} {'eV/A':>8} {'eV/A^3':>8}"
    )
    for key, atoms in cases.items():
        truth = predict(model, atoms, torch.float64)
        found = potential.predict(atoms)
        ours, theirs = difference(found, truth), difference(float32[key], truth)
        inputs = potential.inputs(atoms)
        print(f"{key:28} {len(atoms):5} {len(inputs['centers']):6} | {_row(ours)} | {_row(theirs)}")
        largest = max(1.0, float(np.abs(truth.forces).max()))
        for value, bound, what in (
            (ours.energy, ENERGY, "energy"),
            (ours.force, FORCE * largest, "forces"),
            (ours.stress, STRESS, "stress"),
        ):
            if not value <= bound:
                problems.append(f"{key}: {what} differs by {value:.1e}, more than {bound:.1e}")
        one = potential.run(inputs)
        if any(a.tobytes() != b.tobytes() for a, b in zip(one, two.run(inputs), strict=True)):
            problems.append(f"{key}: one and two threads differ")
    return problems


def _row(d: Difference) -> str:
    return f"{d.energy:8.1e} {d.force:8.1e} {d.stress:8.1e}"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="7net-0", help="what it was exported from (default: 7net-0)")
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    problems = check(options.file, options.model)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise SystemExit(1)
    print("within the bounds; one and two threads agree bit for bit; no ScatterND with a reduction")


if __name__ == "__main__":
    main(sys.argv[1:])
