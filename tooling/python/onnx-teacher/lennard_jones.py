"""Lennard-Jones of argon and krypton as exported potentials, for the tests of @mlffd/teachers.

usage: lennard_jones.py packages/teachers/test/fixtures/onnx

Writes two files with the same physics, that of `LennardJones({ truncation: 'switch' })`:
`lennard-jones.onnx` (energies of atoms, eV and Angstrom) and `lennard-jones-atomic.onnx` (total
energy, Hartree and Bohr, a factor of 2 and energies of atoms left to the manifest).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from graph_builder import Graph
from potential_file import write_potential

ARGON, KRYPTON = 18, 36
EPSILON = np.array([0.0103235, 0.0141])  # eV
SIGMA = np.array([3.405, 3.65])  # Angstrom
CUTOFF = 8.0  # Angstrom
ONSET = 6.0  # Angstrom
BOHR = 0.5291772105638411  # Angstrom, CODATA 2014 as in ASE
HARTREE = 27.211386024367243  # eV
# Of the file in atomic units, eV: arbitrary, so that a test sees where they go.
PER_ATOM = -0.25
REFERENCES = {ARGON: -1.5, KRYPTON: -2.75}


def pair_energy(graph: Graph, energy_unit: float, length_unit: float) -> tuple[str, str]:
    """u of every edge and du/d(r^2), [E, 1], in the units given in eV and Angstrom."""
    kinds = np.zeros(119, np.int64)
    kinds[KRYPTON] = 1
    epsilon = np.sqrt(np.outer(EPSILON, EPSILON)) / energy_unit
    sigma = (SIGMA[:, None] + SIGMA[None, :]) / 2 / length_unit
    rc2, ro2 = (CUTOFF / length_unit) ** 2, (ONSET / length_unit) ** 2
    kind = graph("Gather", graph.constant(kinds, np.int64), "numbers")
    first = graph("Mul", graph("Gather", kind, "centers"), graph.constant(2, np.int64))
    pair = graph("Add", first, graph("Gather", kind, "neighbors"))
    four_epsilon = graph("Gather", graph.constant(4 * epsilon.reshape(4, 1)), pair)
    sigma2 = graph("Gather", graph.constant(sigma.reshape(4, 1) ** 2), pair)
    r2 = graph.squared_length("vectors")
    x2 = graph("Div", sigma2, r2)
    x6 = graph("Mul", x2, graph("Mul", x2, x2))
    x12 = graph("Mul", x6, x6)
    pure = graph("Mul", four_epsilon, graph("Sub", x12, x6))
    bend = graph("Sub", graph("Mul", x6, graph.constant(3)), graph("Mul", x12, graph.constant(6)))
    slope = graph("Div", graph("Mul", four_epsilon, bend), r2)
    # f = (rc^2 - r^2)^2 (rc^2 + 2 r^2 - 3 ro^2) / (rc^2 - ro^2)^3 beyond the onset, 0 beyond rc.
    gap = graph("Max", graph("Sub", graph.constant(rc2), r2), graph.constant(0))
    width = graph.constant(1 / (rc2 - ro2) ** 3)
    ramp = graph("Add", graph("Mul", r2, graph.constant(2)), graph.constant(rc2 - 3 * ro2))
    inner = graph("Less", r2, graph.constant(ro2))
    f = graph("Mul", graph("Mul", graph("Mul", gap, gap), ramp), width)
    f = graph("Where", inner, graph.constant(1), f)
    df = graph("Mul", graph("Mul", gap, graph("Sub", graph.constant(ro2), r2)), graph("Mul", width, graph.constant(6)))
    df = graph("Where", inner, graph.constant(0), df)
    total_slope = graph("Add", graph("Mul", f, slope), graph("Mul", df, pure))
    return graph("Mul", f, pure), total_slope


def manifest(**facts) -> dict[str, object]:
    return {
        "name": "lennard-jones",
        "about": "Lennard-Jones, switched off from 6 to 8 Angstrom",
        "license": "MIT",
        "elements": [ARGON, KRYPTON],
        "cutoff": CUTOFF,
        "neighbors": {"kind": "all"},
        "energyUnit": "eV",
        "lengthUnit": "Angstrom",
        "forces": "gradient",
        "stress": "gradient",
        "dummyEdge": True,
        **facts,
    }


def of_atoms(target: Path) -> None:
    """Sums over edges by the table `edgesOut`."""
    graph = Graph()
    energy, slope = pair_energy(graph, 1.0, 1.0)
    half = graph("Mul", energy, graph.constant(0.5))
    graph("Squeeze", graph.sum_rows(half, "edgesOut", 1), graph.constant([1], np.int64), output="energies")
    # E = sum of u / 2 over directed edges: dE/dv = (u' in r^2) v.
    graph("Mul", slope, "vectors", output="edgeGradients")
    inputs = ["numbers", "vectors", "centers", "neighbors", "edgesOut"]
    model = graph.model(inputs, ["energies", "edgeGradients"])
    write_potential(target, model, manifest(source={"numpy": np.__version__}, minimumEdges=2))


def in_atomic_units(target: Path) -> None:
    graph = Graph()
    energy, slope = pair_energy(graph, HARTREE, BOHR)
    # A quarter of the sum, twice the energy of half of it: the factor makes up for it.
    graph("ReduceSum", graph("Mul", energy, graph.constant(0.25)), output="energy", keepdims=0)
    half = graph("Mul", slope, graph.constant(0.5))
    graph("Mul", half, "vectors", output="edgeGradients")
    model = graph.model(["numbers", "vectors", "centers", "neighbors"], ["energy", "edgeGradients"])
    references = [REFERENCES.get(z, 0.0) for z in range(119)]
    facts = manifest(
        name="lennard-jones-atomic",
        energyUnit="Hartree",
        lengthUnit="Bohr",
        referenceEnergies=references,
        energyScale={"perAtom": PER_ATOM, "factor": 2.0},
        dummyEdge=False,
        pbc="all-or-none",
    )
    write_potential(target, model, facts)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    of_atoms(folder / "lennard-jones.onnx")
    in_atomic_units(folder / "lennard-jones-atomic.onnx")
