"""The network of a student, `model.onnx`, on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from .errors import FileFormatError, InvalidArgumentError

_OUTPUTS = ["atom_energies", "edge_gradients"]
_INPUTS = (
    "numbers",
    "edge_vectors",
    "edge_neighbors",
    "edge_reverse",
    "total_charge",
    "unpaired_electrons",
)
# ONNX Runtime prints nothing below this level; errors arrive as exceptions.
_FATAL = 4


class Network:
    """A loaded model: per-atom outputs and their derivatives with respect to the edge vectors."""

    def __init__(self, model: bytes, where: str, threads: int) -> None:
        """`model`: content of the file `where`."""
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise InvalidArgumentError(
                "student/threads",
                f"threads is {threads!r}",
                expected="a number of threads, 1 or more",
                found=repr(threads),
                where="threads",
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = _FATAL
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        # The exceptions of ONNX Runtime have no class in common but this one.
        except Exception as cause:
            raise _unusable(where, str(cause)) from cause
        self._inputs = [value.name for value in self._session.get_inputs()]
        outputs = [value.name for value in self._session.get_outputs()]
        foreign = [name for name in self._inputs if name not in _INPUTS]
        if foreign or outputs != _OUTPUTS:
            raise _unusable(where, f"inputs {self._inputs}, outputs {outputs}")

    def run(
        self, feeds: Mapping[str, npt.NDArray[Any]]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Outputs per atom (N,) and derivatives (N, C, 3), 1/Angstrom; what no input asks for is
        ignored.
        """
        energies, gradients = self._session.run(
            _OUTPUTS, {name: feeds[name] for name in self._inputs}
        )
        return energies, gradients


def _unusable(where: str, found: str) -> FileFormatError:
    return FileFormatError(
        "student/model",
        f"{where} is no usable ONNX model",
        expected="the complete ONNX model of a student",
        found=found,
        where=where,
        hint="It was not copied completely or is damaged: copy it again, or save the student "
        "again.",
    )
