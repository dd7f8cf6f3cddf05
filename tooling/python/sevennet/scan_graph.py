"""GraphWriter with integers and with pieces of work: Scan over chunks of atoms.

What a convolution makes per edge is far larger than what it takes or gives per atom. A Scan makes it
for a few atoms at a time, so that it stays in the cache, whatever the size of the structure.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, helper

sys.path.append(str(Path(__file__).resolve().parents[1] / "chgnet"))

from onnx_graph import FLOAT, GraphWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

INT64 = TensorProto.INT64


class Graph(GraphWriter):
    """Integers are int64 tensors of shape [1], so that they can be concatenated into shapes."""

    def silu(self, x: str) -> tuple[str, tuple[str, str]]:
        s = self.sigmoid(x)
        y = self.mul(x, s)
        return y, (s, y)

    def silu_slope(self, saved: tuple[str, str]) -> str:
        """silu' = s + y (1 - s), with s = sigmoid(x), y = x s."""
        s, y = saved
        return self.add(s, self.sub(y, self.mul(y, s)))

    def shape(self, x: str, *axes: int) -> str:
        """[len(axes)] sizes."""
        return self.gather(self.op("Shape", x)[0], self.integers(*axes))

    def concat_shape(self, *sizes: int | str) -> str:
        return self.concat([self.integers(size) if isinstance(size, int) else size for size in sizes], 0)

    def reshape_to(self, x: str, *sizes: int | str) -> str:
        """Reshape with sizes known only when the model runs."""
        if all(isinstance(size, int) for size in sizes):
            return self.reshape(x, *sizes)
        return self.op("Reshape", x, self.concat_shape(*sizes))[0]

    def transpose(self, x: str, *axes: int) -> str:
        return self.op("Transpose", x, perm=axes)[0]

    def split(self, x: str, sizes: Sequence[int], axis: int) -> list[str]:
        if len(sizes) == 1:
            return [x]
        return self.op("Split", x, self.integers(*sizes), outputs=len(sizes), axis=axis)

    def total(self, parts: Sequence[str]) -> str:
        """Sum in the order given."""
        out = parts[0]
        for part in parts[1:]:
            out = self.add(out, part)
        return out

    def body(self) -> Graph:
        """A graph inside this one: it sees the tensors of this one and shares its constants and names."""
        inner = Graph()
        inner.initializers = self.initializers
        inner._scope = self._scope
        inner._count = self._count
        return inner

    def scan(self, body: Graph, inputs: Sequence[str], ranks: Sequence[int]) -> list[str]:
        """Runs `body` for every slice of its inputs' first axis; outputs are stacked likewise.

        @param ranks: of the body's outputs, which must have been declared with `result`
        """
        graph = helper.make_graph(body.nodes, "/".join(self._scope), body.inputs, body.outputs)
        for output, rank in zip(graph.output, ranks, strict=True):
            output.type.tensor_type.shape.CopyFrom(
                helper.make_tensor_value_info("", FLOAT, [None] * rank).type.tensor_type.shape
            )
        return self.op("Scan", *inputs, outputs=len(ranks), body=graph, num_scan_inputs=len(inputs))

    def argument(self, name: str, rank: int, dtype: int = FLOAT) -> str:
        """Input of a body."""
        return self.input("/".join([*self._scope, name]), [None] * rank, dtype)

    def result(self, tensor: str) -> None:
        """Output of a body."""
        self.outputs.append(helper.make_tensor_value_info(tensor, FLOAT, None))

    def float_constant(self, values: np.ndarray) -> str:
        """Constant where numbers below the rounding of the largest are zeros exactly."""
        array = np.array(values, dtype=np.float64)
        array[np.abs(array) < 1e-9 * np.abs(array).max(initial=0)] = 0
        return self.constant(array)
