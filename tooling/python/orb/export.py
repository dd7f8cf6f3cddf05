"""Writes a potential of the Orb-v2 family as one ONNX file for OnnxTeacher.

usage: export.py [--model orb-v2] [--weights FILE] [--name NAME] OUT.onnx

MODEL is one of orb-v2, orb-mptraj-only-v2, orb-d3-v2, orb-d3-sm-v2, orb-d3-xs-v2. Without --weights the
file is the one that orb-models has downloaded, or downloads now. NAME is what the file calls itself, by
default MODEL: name weights of your own differently.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import pickle
import sys
import urllib.error
import urllib.request
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from answers import load_network
from orb_graph import UnsupportedModel, array, build, statistics
from orb_models.forcefield import pretrained
from orb_models.forcefield.reference_energies import mp_traj_d3_reference_energies

sys.path.append(str(Path(__file__).resolve().parents[1] / "onnx-teacher"))

from potential_file import write_potential

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import onnx
    from orb_models.forcefield.direct_regressor import DirectForcefieldRegressor

MODELS = ("orb-v2", "orb-mptraj-only-v2", "orb-d3-v2", "orb-d3-sm-v2", "orb-d3-xs-v2")
CITATION = "M. Neumann, J. Gin, B. Rhodes et al., Orb: A Fast, Scalable Neural Network Potential, arXiv:2410.22570 (2024)"
# The least squares fit leaves rounding where an element does not occur.
ELEMENTS = [z for z, energy in enumerate(mp_traj_d3_reference_energies.coefficients) if abs(energy) > 1e-6]
"""Those of MPtrj; Alexandria is taken to hold no others."""
TABLE_LENGTH = 119
CONNECT_SECONDS = 10.0


class NoWeights(Exception):
    """The weights are neither here nor to be had."""


def find_weights(model: str) -> str:
    """The file that orb-models has in its cache, or its address where a download may succeed."""
    from cached_path import get_cache_dir
    from cached_path.util import find_latest_cached

    url = inspect.signature(pretrained.ORB_PRETRAINED_MODELS[model]).parameters["weights_path"].default
    cached = find_latest_cached(url, get_cache_dir())
    if cached is not None:
        return str(cached)
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        file = url.rsplit("/", 1)[1]
        raise NoWeights(
            f"cannot reach {url} ({error}).\nOn a machine that can, run\n  curl -O {url}\nand then here\n"
            f"  python {Path(__file__).name} --model {model} --weights {file} OUT.onnx"
        ) from error
    return url


def read_network(model: str, weights: str) -> DirectForcefieldRegressor:
    try:
        return load_network(model, weights)
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0]
        raise NoWeights(f"{weights} has others: {first}") from error


def manifest(name: str, model: DirectForcefieldRegressor, elements: Sequence[int]) -> dict[str, object]:
    parameters = sum(p.numel() for p in model.parameters())
    forces, energy = model.heads["forces"], model.heads["energy"]
    factor, per_atom = statistics(energy.normalizer)
    references = np.zeros(TABLE_LENGTH)
    weights = array(energy.reference.linear.weight).ravel()
    references[: len(weights)] = weights
    return {
        "name": name,
        "about": f"Orb-v2 architecture with {len(model.model.gnn_stacks)} steps, {parameters} parameters: "
        "forces and stress are predicted directly, they are not derivatives of the energy",
        "license": "Apache-2.0",
        "citation": CITATION,
        "source": {"orb-models": version("orb-models")},
        "elements": list(elements),
        "cutoff": model.system_config.radius,
        "neighbors": {"kind": "nearest", "count": model.system_config.max_num_neighbors},
        "pbc": "all-or-none",
        "energyUnit": "eV",
        "lengthUnit": "Angstrom",
        "referenceEnergies": references.tolist(),
        "energyScale": {"perAtom": per_atom, "factor": factor},
        "forces": "direct",
        "direct": {
            "removeNetForce": forces.remove_mean,
            "removeNetTorque": "open" if forces.remove_torque_for_nonpbc_systems else "never",
            "offset": statistics(forces.normalizer)[1],
        },
        "stress": "direct",
        "dummyEdge": True,
        "minimumEdges": 1,
    }


def export(
    target: Path,
    name: str,
    model: DirectForcefieldRegressor,
    *,
    elements: Sequence[int] = ELEMENTS,
    details: dict[str, object] | None = None,
) -> onnx.ModelProto:
    """Writes the potential and returns it."""
    facts = manifest(name, model, elements)
    graph = build(model).model("orb", str(facts["about"]))
    assert_no_scatter(graph.graph)
    write_potential(target, graph, {**facts, **({} if details is None else {"details": details})})
    return graph


def assert_no_scatter(graph: onnx.GraphProto) -> None:
    scatters = [node.name for node in nodes_of(graph) if node.op_type.startswith("Scatter")]
    if scatters:
        raise AssertionError(f"scatters in the graph: {', '.join(scatters)}")


def nodes_of(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """With those of graphs inside."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from nodes_of(attribute.g)


def main(arguments: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="orb-v2", choices=MODELS)
    parser.add_argument("--weights", type=Path, help="file with its weights")
    parser.add_argument("--name", help="what the file calls itself (default: the model)")
    parser.add_argument("out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    try:
        if options.weights is not None and not options.weights.is_file():
            raise NoWeights(f"there is no file {options.weights}")
        weights = str(options.weights or find_weights(options.model))
        network = read_network(options.model, weights)
        details = {"weights": weights_details(options.weights, weights)}
        graph = export(options.out, options.name or options.model, network, details=details)
    except NoWeights as error:
        raise SystemExit(f"No weights of {options.model}: {error}") from error
    except UnsupportedModel as error:
        raise SystemExit(f"{options.model} cannot be exported: {error}") from error
    count = sum(1 for _ in nodes_of(graph.graph))
    print(f"{options.out}: {options.out.stat().st_size} bytes, {count} nodes")


def weights_details(given: Path | None, weights: str) -> dict[str, str]:
    path = given or Path(weights)
    if not path.is_file():
        return {"address": weights}
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


if __name__ == "__main__":
    main(sys.argv[1:])
