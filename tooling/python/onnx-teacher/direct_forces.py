"""A small network with direct forces and stress on nearest neighbours, and what it answers.

usage: direct_forces.py packages/teachers/test/fixtures/onnx

Writes `direct-forces.onnx`, whose weights are random and whose shape is that of Orb-v2: messages on
the edges to the nearest neighbours, summed by sender and by receiver, then heads for energy, forces
and stress. `direct-forces.json` holds the answers of the same formulas in numpy, in float64, with
a neighbour search by brute force and net torques taken out with `numpy.linalg.pinv`.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import numpy as np

from graph_builder import Graph
from potential_file import write_potential

ELEMENTS = [1, 6, 7, 8, 14]
CUTOFF = 5.0  # Angstrom
COUNT = 6
WIDTH = 12
OFFSET = 0.003  # eV/Angstrom
PER_ATOM = -0.5  # eV
# Below this share of the largest eigenvalue one counts as zero.
TOLERANCE = 1e-12

Weights = dict[str, np.ndarray]


def make_weights() -> Weights:
    """Rounded to float32, so that the file and the reference have the same."""
    rng = np.random.default_rng(11)
    shapes = {
        "embedding": (119, 8),
        "edge": (16 + 3 + 4, WIDTH),
        "message": (WIDTH, WIDTH),
        "node": (8 + 2 * WIDTH, WIDTH),
        "energy": (WIDTH, 1),
        "forces": (WIDTH, 3),
        "stress": (WIDTH, 6),
    }
    weights = {name: rng.normal(size=shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}
    weights["embedding"] = rng.normal(size=shapes["embedding"])
    return {name: value.astype(np.float32).astype(np.float64) for name, value in weights.items()}


WEIGHTS = make_weights()
MEANS = np.array([0.8, 1.6, 2.4, 3.2])


def build(target: Path) -> None:
    graph = Graph()
    weight = {name: graph.constant(value) for name, value in WEIGHTS.items()}
    nodes = graph("Gather", weight["embedding"], "numbers", axis=0)
    r2 = graph.squared_length("vectors")
    r = graph("Sqrt", r2)
    # (1 - r^2 / rc^2)^2, which ends at the cutoff: a dummy edge sends nothing.
    gap = graph("Max", graph("Sub", graph.constant(1), graph("Div", r2, graph.constant(CUTOFF**2))), graph.constant(0))
    envelope = graph("Mul", gap, gap)
    shift = graph("Sub", r, graph.constant(MEANS[None, :]))
    radial = graph("Exp", graph("Neg", graph("Mul", shift, shift)))
    ends = [graph("Gather", nodes, name, axis=0) for name in ("centers", "neighbors")]
    features = graph("Concat", *ends, graph("Div", "vectors", r), radial, axis=1)
    hidden = graph("Tanh", graph("MatMul", features, weight["edge"]))
    messages = graph("Mul", graph("MatMul", hidden, weight["message"]), envelope)
    sent = graph.sum_rows(messages, "edgesOut", WIDTH)
    received = graph.sum_rows(messages, "edgesIn", WIDTH)
    state = graph("Tanh", graph("MatMul", graph("Concat", nodes, sent, received, axis=1), weight["node"]))
    mean = graph("ReduceMean", state, graph.constant([0], np.int64), keepdims=1)
    atoms = graph("Cast", graph("Squeeze", graph("Shape", "numbers")), to=1)
    energy = graph("Squeeze", graph("MatMul", mean, weight["energy"]))
    graph("Mul", energy, atoms, output="energy")
    graph("MatMul", state, weight["forces"], output="forces")
    graph("Squeeze", graph("MatMul", mean, weight["stress"]), graph.constant([0], np.int64), output="stress")
    inputs = ["numbers", "vectors", "centers", "neighbors", "edgesOut", "edgesIn"]
    facts = {
        "name": "direct-forces",
        "about": "random weights, for tests",
        "elements": ELEMENTS,
        "cutoff": CUTOFF,
        "neighbors": {"kind": "nearest", "count": COUNT},
        "pbc": "all-or-none",
        "energyUnit": "eV",
        "lengthUnit": "Angstrom",
        "energyScale": {"perAtom": PER_ATOM},
        "referenceEnergies": references().tolist(),
        "forces": "direct",
        "direct": {"removeNetForce": True, "removeNetTorque": "open", "offset": OFFSET},
        "stress": "direct",
        "dummyEdge": True,
        "minimumEdges": 3,
    }
    write_potential(target, graph.model(inputs, ["energy", "forces", "stress"]), facts)


def references() -> np.ndarray:
    return np.array([-0.1 * z if z in ELEMENTS else 0.0 for z in range(119)])


def nearest_edges(positions: np.ndarray, cell: np.ndarray | None) -> list[tuple[int, int, np.ndarray]]:
    """Centre, neighbour and vector of the nearest edges, by trying every image."""
    shifts = np.zeros((1, 3))
    if cell is not None:
        heights = abs(np.linalg.det(cell)) / np.linalg.norm(np.cross(cell[[1, 2, 0]], cell[[2, 0, 1]]), axis=1)
        spread = np.ptp(positions @ np.linalg.inv(cell), axis=0)
        reach = np.ceil(CUTOFF / heights + spread).astype(int)
        shifts = np.array(list(itertools.product(*(range(-k, k + 1) for k in reach)))) @ cell
    edges = []
    for i, center in enumerate(positions):
        # In this order images of an atom in opposite cells are exactly as far: a tie, the first is kept.
        vectors = (positions - center)[:, None, :] + shifts[None, :, :]
        lengths = np.linalg.norm(vectors, axis=2)
        found = [(lengths[j, s], j, vectors[j, s]) for j, s in np.argwhere((lengths < CUTOFF) & (lengths > 1e-9))]
        found.sort(key=lambda edge: edge[0])
        edges += [(i, int(j), vector) for _, j, vector in found[:COUNT]]
    return edges


def remove_torque(positions: np.ndarray, forces: np.ndarray) -> np.ndarray:
    """As `_remove_net_torque` of orb-models, always with the pseudo-inverse."""
    r = positions - positions.mean(axis=0)
    torque = np.cross(r, forces).sum(axis=0)
    matrix = r.T @ r - (r**2).sum() * np.eye(3)
    mu = np.linalg.pinv(matrix, rcond=TOLERANCE, hermitian=True) @ -torque
    return forces + np.cross(r, mu)


def answer(name: str, numbers: list[int], positions: np.ndarray, cell: np.ndarray | None = None) -> dict:
    """One structure with what the formulas give, eV, eV/Angstrom, eV/Angstrom^3."""
    n = len(numbers)
    nodes = WEIGHTS["embedding"][numbers]
    sent, received = np.zeros((n, WIDTH)), np.zeros((n, WIDTH))
    edges = nearest_edges(positions, cell)
    for i, j, vector in edges:
        r = np.linalg.norm(vector)
        features = np.concatenate([nodes[i], nodes[j], vector / r, np.exp(-((r - MEANS) ** 2))])
        message = np.tanh(features @ WEIGHTS["edge"]) @ WEIGHTS["message"] * (1 - (r / CUTOFF) ** 2) ** 2
        sent[i] += message
        received[j] += message
    state = np.tanh(np.concatenate([nodes, sent, received], axis=1) @ WEIGHTS["node"])
    mean = state.mean(axis=0)
    raw = state @ WEIGHTS["forces"]
    forces = raw - raw.mean(axis=0)
    if cell is None:
        forces = remove_torque(positions, forces)
    case = {
        "name": name,
        "numbers": numbers,
        "positions": positions.ravel().tolist(),
        "cell": (np.zeros(9) if cell is None else cell.ravel()).tolist(),
        "pbc": [cell is not None] * 3,
        "edges": len(edges),
        "energy": float(n * (mean @ WEIGHTS["energy"])[0] + n * PER_ATOM + references()[numbers].sum()),
        "forces": (forces + OFFSET).ravel().tolist(),
    }
    if cell is not None:
        case["stress"] = (mean @ WEIGHTS["stress"]).tolist()
    return case


def cases() -> list[dict]:
    rng = np.random.default_rng(5)
    line = np.array([0.48, -0.6, 0.64])
    water = np.array([[0.01, 0.02, 0.12], [0.0, 0.76, -0.47], [0.03, -0.77, -0.46]])
    grid = np.array(list(itertools.product(range(3), repeat=3)), float)[:26]
    cluster = 1.7 * grid + 0.15 * rng.normal(size=(26, 3))
    skewed = np.array([[5.1, 0.3, -0.2], [1.4, 4.8, 0.5], [-0.7, 0.9, 5.6]])
    crystal = rng.uniform(size=(8, 3)) @ skewed
    mixed = [ELEMENTS[k] for k in rng.integers(len(ELEMENTS), size=26)]
    far = rng.normal(size=(8, 3)).round() @ skewed
    return [
        answer("water", [8, 1, 1], water),
        answer("dimer, obliquely", [6, 8], np.outer([0, 1.15], line) + 3.3),
        answer("carbon dioxide, obliquely", [8, 6, 8], np.outer([-1.16, 0, 1.17], line) - 20.7),
        answer("carbon dioxide, along y", [8, 6, 8], np.outer([-1.16, 0, 1.17], [0, 1, 0])),
        answer("almost on a line", [7, 7, 8], np.array([[0, 0, 0], [1.13, 1e-4, 0], [2.3, 0, 2e-4]])),
        answer("one atom", [14], np.array([[1.0, -2.0, 3.0]])),
        answer("two atoms out of reach", [14, 1], np.array([[0.0, 0.0, 0.0], [9.0, 1.0, 0.5]])),
        answer("cluster, flat", mixed[:6], cluster[[0, 1, 3, 4, 6, 7]] * [1, 1, 0]),
        answer("cluster of 26", mixed, cluster + 100),
        answer("triclinic crystal", mixed[:8], crystal, skewed),
        answer("atoms in other images", mixed[:8], crystal + far, skewed),
        answer("left-handed cell", mixed[:8], crystal, skewed[[1, 0, 2]]),
        answer("two atoms in a small cell", [14, 6], np.array([[0, 0, 0], [0.9, 0.7, 0.8]]), 0.5 * skewed),
        answer("one atom in a small cell", [14], np.array([[0.2, 0.1, 0.4]]), 0.5 * skewed),
    ]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    build(folder / "direct-forces.onnx")
    text = json.dumps({"script": "tooling/python/onnx-teacher/direct_forces.py", "cases": cases()}, indent=1)
    (folder / "direct-forces.json").write_text(text + "\n")
