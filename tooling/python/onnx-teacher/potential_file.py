"""Writes a potential as one ONNX file: the graph, a manifest, and checksums of both.

usage: potential_file.py MODEL.onnx    (seals a file whose metadata is the manifest already)

The manifest is the model's `metadata_props`, each value as JSON. Two checksums stand beside it:
`graphSha256` of the graph alone, and `fileSha256` of the whole file, taken while the 64 digits of
`fileSha256` itself are zeros. `OnnxTeacher` refuses a file where one of them differs.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import onnx

FORMAT = "mlffd-potential"
VERSION = 1
CHECKSUMS = ("graphSha256", "fileSha256")
BLANK = json.dumps("0" * 64)


def write_potential(target: Path, model: onnx.ModelProto, manifest: dict[str, object]) -> None:
    """Writes the file; metadata that exporters left in the model is dropped."""
    facts = {"format": FORMAT, "version": VERSION, **manifest}
    del model.metadata_props[:]
    for name, value in facts.items():
        _add(model, name, json.dumps(value, allow_nan=False))
    digest = hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()
    _add(model, "graphSha256", json.dumps(digest))
    _add(model, "fileSha256", BLANK)
    blank = model.SerializeToString(deterministic=True)
    if blank.count(BLANK.encode()) != 1:
        raise ValueError("the file has 64 zeros elsewhere, so that its checksum would be ambiguous")
    seal = json.dumps(hashlib.sha256(blank).hexdigest())
    Path(target).write_bytes(blank.replace(BLANK.encode(), seal.encode()))


def seal_file(path: Path) -> None:
    """Adds the checksums to a file whose metadata is the manifest already."""
    model = onnx.load(path, load_external_data=False)
    manifest = {entry.key: json.loads(entry.value) for entry in model.metadata_props if entry.key not in CHECKSUMS}
    write_potential(path, model, manifest)


def _add(model: onnx.ModelProto, name: str, text: str) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = name, text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    seal_file(Path(sys.argv[1]))
