"""A small writer of ONNX graphs: one method per operator, constants stored once, names by block.

Only operators with deterministic CPU kernels are offered. There is no scatter of any kind: sums over
the members of a group are a gather with a padded table followed by a reduction.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FLOAT = TensorProto.FLOAT
DOUBLE = TensorProto.DOUBLE
INT32 = TensorProto.INT32

OPSET = 17
IR_VERSION = 8


class GraphWriter:
    """Collects nodes; tensors are plain strings (their ONNX names)."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self._scope: list[str] = []
        self._count: dict[str, int] = {}

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Prefix of the node names inside, so that a profile shows blocks of the model."""
        self._scope.append(name)
        yield
        self._scope.pop()

    def input(self, name: str, shape: Sequence[int | str], dtype: int = FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name: str, tensor: str, shape: Sequence[int | str], dtype: int = FLOAT) -> None:
        self.nodes.append(helper.make_node("Identity", [tensor], [name], name=name))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def constant(self, value: np.ndarray) -> str:
        """Initializer; float64 is stored as float32. Equal values share one initializer."""
        array = np.ascontiguousarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        digest = hashlib.sha256(repr((array.dtype.str, array.shape)).encode() + array.tobytes())
        name = f"c_{digest.hexdigest()[:16]}"
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(array, name)
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: object) -> list[str]:
        block = "/".join(self._scope)
        index = self._count[block] = self._count.get(block, -1) + 1
        name = f"{block}/{index}.{kind}"
        names = [f"{name}:{k}" if outputs > 1 else name for k in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=name, **attributes))
        return names

    def add(self, a: str, b: str) -> str:
        return self.op("Add", a, b)[0]

    def sub(self, a: str, b: str) -> str:
        return self.op("Sub", a, b)[0]

    def mul(self, a: str, b: str) -> str:
        return self.op("Mul", a, b)[0]

    def div(self, a: str, b: str) -> str:
        return self.op("Div", a, b)[0]

    def sigmoid(self, x: str) -> str:
        return self.op("Sigmoid", x)[0]

    def sin(self, x: str) -> str:
        return self.op("Sin", x)[0]

    def cos(self, x: str) -> str:
        return self.op("Cos", x)[0]

    def matmul(self, a: str, b: str) -> str:
        return self.op("MatMul", a, b)[0]

    def gemm(self, a: str, b: str, c: str | None = None) -> str:
        """a @ b + c for matrices; c may broadcast."""
        return self.op("Gemm", a, b, *([] if c is None else [c]))[0]

    def gather(self, x: str, index: str, axis: int = 0) -> str:
        return self.op("Gather", x, index, axis=axis)[0]

    def concat(self, parts: Sequence[str], axis: int) -> str:
        return self.op("Concat", *parts, axis=axis)[0]

    def reshape(self, x: str, *shape: int) -> str:
        return self.op("Reshape", x, self.integers(*shape))[0]

    def reduce_sum(self, x: str, axis: int, *, keepdims: bool = False) -> str:
        return self.op("ReduceSum", x, self.integers(axis), keepdims=int(keepdims))[0]

    def model(self, name: str, doc: str) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes, name, self.inputs, self.outputs, list(self.initializers.values())
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="mlffd",
            doc_string=doc,
        )
        onnx.checker.check_model(model, full_check=True)
        return model
