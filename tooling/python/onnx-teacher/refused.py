"""Files that OnnxTeacher must refuse, for the tests of @mlffd/teachers.

usage: refused.py packages/teachers/test/fixtures/onnx

`racy*` add with ScatterND, which is wrong on several threads: in the graph itself, in a branch of an
`If`, and in a function; `not-racy` overwrites. `wrong-output` has an energy for each edge, `fails`
looks hydrogen up only. Manifests and checksums are right.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from onnx import FunctionProto, TensorProto, helper

from graph_builder import Graph
from lennard_jones import manifest
from potential_file import write_potential

DOMAIN = "test"


def finish(graph: Graph, target: Path, functions: tuple[FunctionProto, ...] = ()) -> None:
    graph("Identity", "vectors", output="edgeGradients")
    model = graph.model(["numbers", "vectors", "centers"], ["energies", "edgeGradients"], functions)
    write_potential(target, model, manifest(name=target.stem))


def inputs(graph: Graph) -> tuple[str, str, str]:
    """Zeros [N], the atom of each edge [E, 1], a value of each edge [E]."""
    axis = graph.constant([1], np.int64)
    zeros = graph("Mul", graph("Cast", "numbers", to=TensorProto.FLOAT), graph.constant(0))
    return zeros, graph("Unsqueeze", "centers", axis), graph("ReduceSum", "vectors", axis, keepdims=0)


def plain(target: Path, reduction: str) -> None:
    graph = Graph()
    graph("ScatterND", *inputs(graph), output="energies", reduction=reduction)
    finish(graph, target)


def in_branch(target: Path) -> None:
    graph = Graph()
    zeros, rows, values = inputs(graph)
    branches = [
        helper.make_graph(
            [helper.make_node("ScatterND", [zeros, rows, values], [name], reduction="add")],
            name,
            [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"])],
        )
        for name in ("yes", "no")
    ]
    graph("If", graph.constant(True, np.bool_), output="energies", then_branch=branches[0], else_branch=branches[1])
    finish(graph, target)


def in_function(target: Path) -> None:
    graph = Graph()
    body = [helper.make_node("ScatterND", ["zeros", "rows", "values"], ["sums"], reduction="add")]
    opsets = [helper.make_opsetid("", 20)]
    function = helper.make_function(DOMAIN, "AddRows", ["zeros", "rows", "values"], ["sums"], body, opsets)
    graph("AddRows", *inputs(graph), output="energies", domain=DOMAIN)
    finish(graph, target, (function,))


def wrong_output(target: Path) -> None:
    graph = Graph()
    graph("Identity", inputs(graph)[2], output="energies")
    finish(graph, target)


def fails(target: Path) -> None:
    graph = Graph()
    graph("Gather", graph.constant([0, -13.6]), "numbers", output="energies")
    finish(graph, target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    plain(folder / "racy.onnx", "add")
    plain(folder / "not-racy.onnx", "none")
    in_branch(folder / "racy-branch.onnx")
    in_function(folder / "racy-function.onnx")
    wrong_output(folder / "wrong-output.onnx")
    fails(folder / "fails.onnx")
