"""Edges of the Python drop-in against all images of all pairs, one by one.

Example:

    report = check_neighbours()  # {"cases": ..., "edges": ..., "wrong": [...]}
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from mlffd_student.edges import EdgeTable
from mlffd_student.pairs import find_pairs

CUTOFF = 4.0
SKIN = 0.5
STEPS = 16
PERIODICITIES = list(itertools.product((False, True), repeat=3))


def brute_force(positions: np.ndarray, cell: np.ndarray, pbc: tuple, cutoff: float) -> list:
    """(i, j, shift, vector) of all directed pairs below the cutoff, sorted."""
    rows = [cell[k] for k in range(3) if pbc[k]]
    # Shifts that can matter, from least squares in the space that the periodic vectors span.
    span = np.array(rows).reshape(-1, 3)
    dual = np.linalg.pinv(span) if rows else np.zeros((3, 0))
    reach = cutoff * np.linalg.norm(dual, axis=0)
    edges = []
    for i, j in itertools.product(range(len(positions)), repeat=2):
        apart = positions[j] - positions[i]
        centre = -(apart @ dual)
        low = np.floor(centre - reach).astype(int) - 1
        high = np.ceil(centre + reach).astype(int) + 1
        ranges = iter([range(a, b + 1) for a, b in zip(low, high, strict=True)])
        axes = [next(ranges) if periodic else range(1) for periodic in pbc]
        shifts = np.array(list(itertools.product(*axes)), dtype=float)
        steps = shifts[:, :1] * cell[0] + shifts[:, 1:2] * cell[1] + shifts[:, 2:] * cell[2]
        vectors = apart + steps
        squares = vectors[:, 0] ** 2 + vectors[:, 1] ** 2 + vectors[:, 2] ** 2
        inside = np.sqrt(squares) < cutoff
        if i == j:
            inside &= shifts.any(axis=1)
        edges += [(i, j, *s, *v) for s, v in zip(shifts[inside], vectors[inside], strict=True)]
    return sorted(edges)


def difference(table: EdgeTable, positions: np.ndarray, cell: np.ndarray, pbc: tuple) -> str | None:
    """What is wrong with a table after its update; None where nothing is."""
    expected = brute_force(positions, cell, pbc, CUTOFF)
    if len(expected) != len(table.first):
        return f"{len(table.first)} edges, not {len(expected)}"
    if not expected:
        return None if (table.reverse.ravel() == np.arange(table.reverse.size)).all() else "pads"
    i, j, _, _, _, x, y, z = np.array(expected).T
    if not (np.array_equal(i, table.first) and np.array_equal(j, table.second)):
        return "other pairs"
    if not np.array_equal(np.stack([x, y, z], axis=1), table.edge_vectors):
        return "other vectors"
    return layout_difference(table)


def layout_difference(table: EdgeTable) -> str | None:
    """What is wrong with the slots."""
    atoms, width = table.neighbors.shape
    degrees = np.bincount(table.first, minlength=atoms)
    if width != max(1, degrees.max()):
        return "width"
    used = (np.arange(width) < degrees[:, None]).ravel()
    vectors = table.vectors.reshape(-1, 3)
    reverse = table.reverse.ravel()
    if not np.array_equal(vectors[used], table.edge_vectors.astype(np.float32)):
        return "vectors of slots"
    if not np.array_equal(table.neighbors.ravel()[used], table.second):
        return "neighbours of slots"
    if not np.array_equal(reverse[reverse], np.arange(reverse.size)):
        return "reverse of the reverse"
    if not np.array_equal(vectors[reverse[used]], -vectors[used]):
        return "reverse vectors"
    owners = np.repeat(np.arange(atoms), width)
    if not np.array_equal(owners[reverse[used]], table.second):
        return "owners of reverse edges"
    pads = np.array([2 * CUTOFF, 0, 0], dtype=np.float32)
    if not (vectors[~used] == pads).all() or (reverse[~used] != np.flatnonzero(~used)).any():
        return "pads"
    return None


def structures() -> Iterator[tuple[str, np.ndarray, np.ndarray, tuple]]:
    """Structures with every kind of cell that lists get wrong."""
    rng = np.random.default_rng(8)
    cells = {
        "cube": 5.0 * np.eye(3),
        "tiny": 1.7 * np.eye(3),
        "exactly the cutoff": CUTOFF * np.eye(3),
        "half the cutoff": CUTOFF / 2 * np.eye(3),
        "hexagonal": np.array([[3.2, 0, 0], [-1.6, 1.6 * 3**0.5, 0], [0, 0, 5.1]]),
        "30 degrees": 6 * np.array([[1, 0, 0], [3**0.5 / 2, 0.5, 0], [0.8, 0.2, 0.4]]),
        "left-handed": np.array([[0, 4.1, 0.3], [3.9, 0, 0], [0.2, 0.1, 5.0]]),
        "needle": np.diag([1.1, 1.3, 21.0]),
        "skinny": np.array([[9.0, 0, 0], [8.5, 1.2, 0], [8.1, 0.9, 1.5]]),
        "oblique slab": np.array([[0, 3.0, 1.0], [4.0, 0.5, 0], [2.0, 2.0, 2.0]]),
    }
    for (name, cell), pbc in itertools.product(cells.items(), PERIODICITIES):
        atoms = int(rng.integers(1, 6))
        fractional = rng.uniform(-0.5, 1.5, (atoms, 3))
        yield f"{name} {pbc}", fractional @ cell, cell, pbc
        # 100 cells away, each atom on its own.
        far = fractional + rng.integers(-100, 101, (atoms, 3)) * np.array(pbc)
        yield f"{name} {pbc}, far", far @ cell, cell, pbc
        # What the cell says along axes that are not periodic means nothing.
        broken = cell * np.array(pbc)[:, None]
        yield f"{name} {pbc}, no other vectors", fractional @ cell, broken, pbc
    lattice = np.array(list(itertools.product(range(3), repeat=3)), dtype=float)
    for pbc in PERIODICITIES:
        # Binary fractions: many distances are the cutoff to the last bit.
        yield f"lattice {pbc}", 2 * lattice, 6 * np.eye(3), pbc
        yield f"lattice {pbc}, moved", 2 * lattice + 2.0**-20, -6 * np.eye(3), pbc
    twins = np.array([[0.0, 0, 0], [0, 0, 0], [3.0, 0, 0]])
    yield "coincident", twins, 3 * np.eye(3), (True, True, True)
    yield "coincident, open", twins, np.zeros((3, 3)), (False, False, False)
    apart = np.array([[0.0, 0, 0], [1.0, 0, 1e5], [0.5, 0, 1e5 + 1]])
    yield "far apart", apart, np.diag([3.0, 3.0, 0]), (True, True, False)
    yield "far apart, open", 1e4 * apart, np.zeros((3, 3)), (False, False, False)
    yield (
        "a million cells",
        apart + np.array([[0], [3e6], [-6e6]]),
        3 * np.eye(3),
        (True, True, True),
    )
    yield "one atom", np.ones((1, 3)), np.zeros((3, 3)), (False, False, False)


def check_structures(report: dict[str, Any]) -> None:
    table = EdgeTable(CUTOFF, 0.0)
    kept = EdgeTable(CUTOFF, SKIN)
    for name, positions, cell, pbc in structures():
        numbers = np.ones(len(positions), dtype=np.int64)
        for each in (table, kept):
            each.update(numbers, positions, cell, pbc)
            wrong = difference(each, positions, cell, pbc)
            report["cases"] += 1
            report["edges"] += len(each.first)
            if wrong is not None:
                report["wrong"].append(f"{name}, skin {each.skin}: {wrong}")


def check_motion(report: dict[str, Any]) -> None:
    """Structures that move, with cells that change: lists that are reused have to stay exact."""
    rng = np.random.default_rng(9)
    for pbc in PERIODICITIES:
        table = EdgeTable(CUTOFF, SKIN)
        cell = np.array([[4.5, 0, 0], [1.0, 5.0, 0], [0.5, -1.0, 4.8]])
        positions = rng.uniform(0, 1, (6, 3)) @ cell
        numbers = np.ones(6, dtype=np.int64)
        for step in range(STEPS):
            positions = positions + rng.normal(0, 0.02, positions.shape)
            if step % 3 == 0:
                strain = np.eye(3) + rng.normal(0, 0.004, (3, 3))
                cell, positions = cell @ strain, positions @ strain
            if step % 8 == 7 and any(pbc):
                positions[0] += cell[pbc.index(True)]
            table.update(numbers, positions, cell, pbc)
            wrong = difference(table, positions, cell, pbc)
            report["cases"] += 1
            report["edges"] += len(table.first)
            if wrong is not None:
                report["wrong"].append(f"moving {pbc}, step {step}: {wrong}")
        report["searches"] += table.searches
        report["layouts"] += table.layouts
        report["steps"] += STEPS


def check_neighbours() -> dict[str, Any]:
    """Counts, and what was wrong."""
    report: dict[str, Any] = dict.fromkeys(("cases", "edges", "searches", "layouts", "steps"), 0)
    report["wrong"] = []
    check_structures(report)
    check_motion(report)
    # Order and reverse of the search by itself.
    rng = np.random.default_rng(10)
    pairs = find_pairs(rng.uniform(0, 3, (5, 3)), 3 * np.eye(3), (True,) * 3, CUTOFF)
    turned = pairs.reverse
    if not np.array_equal(pairs.shifts[turned], -pairs.shifts):
        report["wrong"].append("reverse shifts")
    return report
