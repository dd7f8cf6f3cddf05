"""Times schnetpack's PaiNN on one thread or more: energy + forces, and a training step.

    bench.py [REQUEST.json]     without a file the request is read from standard input

Request: {"structures": [{"name", "numbers", "positions", "cell"?, "pbc"?}],
          "configs": [configuration of a student, with a "name"],
          "train": [structures of one batch], "seconds": least time per measurement,
          "threads": of torch, 1 if absent}
Answer on standard output: {"versions", "inference": [{"config", "structure", "edges", "median_ms",
"min_ms"}], "train": [{"config", "structures", "edges", "median_ms", "min_ms"}]}.

Edges and input tensors are made outside the measured time; the model computes distances, energy and
forces. The training step is forward, forces, loss, backward; no optimizer.
"""

import json
import sys
import time

import numpy as np
import torch
from painn_model import P, build, inputs_of, spk, to_atoms


def measure(step, seconds, least):
    for _ in range(3):
        step()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < least:
        begin = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begin))
    return {"median_ms": float(np.median(times)), "min_ms": min(times), "calls": len(times)}


def inference(config, structure, seconds):
    model = build(config, False).eval()
    batch, edges = inputs_of([to_atoms(structure)], config["cutoff"])

    def step():
        model({**batch, P.R: batch[P.R].clone()})["forces"]

    found = measure(step, seconds, 5)
    return {"config": config["name"], "structure": structure["name"], "edges": edges, **found}


def train(config, structures, seconds):
    model = build(config, False).train()
    batch, edges = inputs_of([to_atoms(one) for one in structures], config["cutoff"])

    def step():
        out = model({**batch, P.R: batch[P.R].clone()})
        loss = (out["energy"] ** 2).sum() + 100 * (out["forces"] ** 2).sum()
        model.zero_grad()
        loss.backward()

    found = measure(step, seconds, 5)
    return {"config": config["name"], "structures": len(structures), "edges": edges, **found}


def main():
    source = open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin
    with source:
        request = json.load(source)
    seconds = request.get("seconds", 1.0)
    torch.set_num_threads(request.get("threads", 1))
    answer = {
        "versions": {"schnetpack": spk.__version__, "torch": torch.__version__},
        "inference": [
            inference(config, structure, seconds)
            for config in request["configs"]
            for structure in request.get("structures", [])
        ],
        "train": [
            train(config, request["train"], seconds)
            for config in request["configs"]
            if request.get("train")
        ],
    }
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
