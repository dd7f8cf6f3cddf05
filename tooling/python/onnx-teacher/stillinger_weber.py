"""Stillinger-Weber silicon as an exported potential with angles, for the tests of @mlffd/teachers.

usage: stillinger_weber.py packages/teachers/test/fixtures/onnx/stillinger-weber.onnx

F. H. Stillinger and T. A. Weber, Phys. Rev. B 31, 5262 (1985). The energy of an angle is its
centre's. Sums over angles are ScatterElements.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from graph_builder import Graph
from potential_file import write_potential

SILICON = 14
EPSILON, SIGMA, REACH, LAMBDA, GAMMA = 2.1683, 2.0951, 1.8, 21.0, 1.2
A, B, P = 7.049556277, 0.6022245584, 4
COS_0 = -1 / 3
CUTOFF = REACH * SIGMA
# Nearer than this to the cutoff exp(sigma / gap) is 0 in float32, Angstrom.
LEAST_GAP = 0.01


def decay(graph: Graph, r: str, strength: float) -> tuple[str, str]:
    """exp(strength sigma / (r - a sigma)) and its derivative in r."""
    gap = graph("Min", graph("Sub", r, graph.constant(CUTOFF)), graph.constant(-LEAST_GAP))
    scale = graph.constant(strength * SIGMA)
    value = graph("Exp", graph("Div", scale, gap))
    slope = graph("Neg", graph("Div", graph("Mul", value, scale), graph("Mul", gap, gap)))
    return value, slope


def pairs(graph: Graph, r: str) -> tuple[str, str]:
    """u2 / 2 and its derivative."""
    value, slope = decay(graph, r, 1.0)
    x = graph("Div", graph.constant(SIGMA), r)
    x2 = graph("Mul", x, x)
    repulsion = graph("Mul", graph("Mul", x2, x2), graph.constant(0.5 * A * EPSILON * B))
    core = graph("Sub", repulsion, graph.constant(0.5 * A * EPSILON))
    bend = graph("Neg", graph("Div", graph("Mul", repulsion, graph.constant(P)), r))
    slope = graph("Add", graph("Mul", core, slope), graph("Mul", bend, value))
    return graph("Mul", core, value), slope


def add_rows(graph: Graph, target: str, rows: str, values: str, output: str | None = None) -> str:
    """Adds `values` [T, F] to the rows of `target` [E, F]."""
    index = graph("Expand", graph("Unsqueeze", rows, graph.constant([1], np.int64)), graph("Shape", values))
    return graph("ScatterElements", target, index, values, axis=0, reduction="add", output=output)


def build(target: Path) -> None:
    graph = Graph()
    r = graph("Sqrt", graph.squared_length("vectors"))
    unit = graph("Div", "vectors", r)
    pair, pair_slope = pairs(graph, r)
    g, g_slope = decay(graph, r, GAMMA)
    first, second = (
        {name: graph("Gather", values, edges, axis=0) for name, values in {"r": r, "u": unit, "g": g, "dg": g_slope}.items()}
        for edges in ("tripleFirst", "tripleSecond")
    )
    axis = graph.constant([1], np.int64)
    cosine = graph("ReduceSum", graph("Mul", first["u"], second["u"]), axis, keepdims=1)
    deviation = graph("Sub", cosine, graph.constant(COS_0))
    strength = graph("Mul", deviation, graph.constant(LAMBDA * EPSILON))
    square = graph("Mul", strength, deviation)
    both = graph("Mul", first["g"], second["g"])
    angle = graph("Mul", square, both)
    turn = graph("Mul", graph("Mul", strength, graph.constant(2)), both)

    def gradient(one: dict[str, str], other: dict[str, str]) -> str:
        # d cos / dv = (other - cos one) / |v| for unit vectors.
        radial = graph("Mul", graph("Mul", square, graph("Mul", one["dg"], other["g"])), one["u"])
        turned = graph("Sub", other["u"], graph("Mul", cosine, one["u"]))
        return graph("Add", radial, graph("Mul", graph("Div", turn, one["r"]), turned))

    gradients = graph("Mul", pair_slope, unit)
    gradients = add_rows(graph, gradients, "tripleFirst", gradient(first, second))
    add_rows(graph, gradients, "tripleSecond", gradient(second, first), output="edgeGradients")
    energies = graph("Mul", graph("Cast", graph("Unsqueeze", "numbers", axis), to=1), graph.constant(0))
    energies = add_rows(graph, energies, "centers", pair)
    energies = add_rows(graph, energies, graph("Gather", "centers", "tripleFirst"), angle)
    graph("Squeeze", energies, axis, output="energies")
    inputs = ["numbers", "vectors", "centers", "tripleFirst", "tripleSecond"]
    facts = {
        "name": "stillinger-weber",
        "citation": "F. H. Stillinger and T. A. Weber, Phys. Rev. B 31, 5262 (1985)",
        "elements": [SILICON],
        "cutoff": CUTOFF,
        "tripleCutoff": CUTOFF,
        "neighbors": {"kind": "all"},
        "energyUnit": "eV",
        "lengthUnit": "Angstrom",
        "forces": "gradient",
        "stress": "gradient",
        "dummyEdge": True,
        "minimumEdges": 1,
    }
    write_potential(target, graph.model(inputs, ["energies", "edgeGradients"]), facts)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    build(Path(sys.argv[1]))
