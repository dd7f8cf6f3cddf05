"""Builds small ONNX graphs operator by operator; what potentials here have in common."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 10
INPUTS = {
    "numbers": (TensorProto.INT64, ["N"]),
    "vectors": (TensorProto.FLOAT, ["E", 3]),
    "centers": (TensorProto.INT64, ["E"]),
    "neighbors": (TensorProto.INT64, ["E"]),
    "edgesOut": (TensorProto.INT64, ["N", "K"]),
    "edgesIn": (TensorProto.INT64, ["N", "L"]),
    "tripleFirst": (TensorProto.INT64, ["T"]),
    "tripleSecond": (TensorProto.INT64, ["T"]),
}
OUTPUTS = {"energies": ["N"], "energy": [], "edgeGradients": ["E", 3], "forces": ["N", 3], "stress": [6]}


class Graph:
    """Nodes and constants by name; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: str, output: str | None = None, **attributes) -> str:
        name = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value, dtype=np.float32) -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def sum_rows(self, values: str, table: str, width: int) -> str:
        """Sum of the rows of `values` [E, width] that a padded table [N, K] names: [N, width]."""
        zero_row = self.constant(np.zeros((1, width)))
        rows = self("Gather", self("Concat", values, zero_row, axis=0), table, axis=0)
        return self("ReduceSum", rows, self.constant([1], np.int64), keepdims=0)

    def squared_length(self, vectors: str) -> str:
        """[E, 1]."""
        return self("ReduceSum", self("Mul", vectors, vectors), self.constant([1], np.int64), keepdims=1)

    def model(self, inputs: list[str], outputs: list[str], functions=()) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "potential",
            [helper.make_tensor_value_info(name, *INPUTS[name]) for name in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, OUTPUTS[name]) for name in outputs],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(f.domain, 1) for f in functions)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, functions=list(functions))
        onnx.checker.check_model(model)
        return model
