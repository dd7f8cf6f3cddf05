"""Milliseconds per evaluation (energy, forces, stress) of the original CHGNet on rattled NaCl, as JSON.

usage: bench.py CELLS_A CELLS_B CELLS_C THREADS

Times the network alone (crystal graph given) and with the graph converter: the second is what a
calculator takes per step and what the benchmark of @mlffd/teachers compares with.
"""

from __future__ import annotations

import json
import sys
import time

import torch
from ase.build import bulk
from reference import crystal_graph, load_chgnet


def milliseconds(call, calls: int) -> tuple[float, float]:  # noqa: ANN001
    call()
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    return times[0], times[calls // 2]


def main(cells: tuple[int, int, int], threads: int) -> None:
    torch.set_num_threads(threads)
    model = load_chgnet()
    atoms = bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat(cells)
    atoms.rattle(0.03, seed=1)
    graph = crystal_graph(model, atoms)
    calls = 8
    network = milliseconds(lambda: model.predict_graph(graph, task="efs"), calls)
    whole = milliseconds(lambda: model.predict_graph(crystal_graph(model, atoms), task="efs"), calls)
    print(
        json.dumps(
            {
                "atoms": len(atoms),
                "threads": threads,
                "least": whole[0],
                "median": whole[1],
                "network_least": network[0],
                "network_median": network[1],
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(tuple(int(x) for x in sys.argv[1:4]), int(sys.argv[4]))
