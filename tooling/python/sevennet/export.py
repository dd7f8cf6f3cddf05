"""Writes a pretrained SevenNet as one ONNX file: energies and their gradients, ready for OnnxTeacher.

usage: export.py [--model 7net-0] OUT.onnx

MODEL is a name that sevenn knows (the weights of 7net-0 and 7net-l3i5 are inside its package) or the
path of a checkpoint. Models with parity, several modalities or other activations are refused.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from reference import load_sevennet, to_float64
from sevennet_graph import ROWS_PER_PIECE, build
from weights import UnsupportedModel, read_weights

sys.path.append(str(Path(__file__).resolve().parents[1] / "onnx-teacher"))

from potential_file import write_potential

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weights import SevenNet

NAMES = {"7net-0": "sevennet-0", "7net-l3i5": "sevennet-l3i5"}
CITATION = "Y. Park, J. Kim, S. Hwang, S. Han, J. Chem. Theory Comput. 20, 4857 (2024), doi:10.1021/acs.jctc.4c00190"


def manifest(net: SevenNet, name: str, label: str) -> dict[str, object]:
    """What OnnxTeacher must know; `label` says which weights these are."""
    return {
        "name": name,
        "about": f"SevenNet ({label}), {net.parameters} parameters: a conservative, equivariant network",
        "license": "MIT",
        "citation": CITATION,
        "source": {"sevenn": version("sevenn"), "e3nn": version("e3nn")},
        "elements": net.elements,
        "cutoff": net.cutoff,
        "neighbors": {"kind": "all"},
        "energyUnit": "eV",
        "lengthUnit": "Angstrom",
        "referenceEnergies": [float(x) for x in net.shift],
        "forces": "gradient",
        "stress": "gradient",
        "dummyEdge": False,
    }


def write(target: Path, net: SevenNet, name: str, label: str, rows_per_piece: int = ROWS_PER_PIECE) -> None:
    facts = manifest(net, name, label)
    write_potential(target, build(net, rows_per_piece).model("sevennet", str(facts["about"])), facts)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="7net-0", help="name or checkpoint (default: 7net-0)")
    parser.add_argument("out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    try:
        model, config = load_sevennet(options.model)
        net = read_weights(to_float64(model), config)
    except UnsupportedModel as error:
        raise SystemExit(f"{options.model} cannot be exported: {error}") from error
    write(options.out, net, NAMES.get(options.model, f"sevennet-{Path(options.model).stem}"), options.model)
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
