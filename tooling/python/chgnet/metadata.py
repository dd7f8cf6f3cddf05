"""The file on disk: the model, and what a caller must know, in the model's own metadata."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import onnx


def write_model(target: Path, model: onnx.ModelProto, facts: dict[str, object]) -> None:
    """Stores every fact as JSON under its name, with the SHA-256 of the graph for the reader to check."""
    digest = hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()
    for name, value in {**facts, "graphSha256": digest}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = name, json.dumps(value)
    target.write_bytes(model.SerializeToString(deterministic=True))
