"""Random weights of an Orb model, in the format that the loaders of orb-models read.

usage: random_weights.py MODEL SEED FILE

MODEL is a name of `orb_models.forcefield.pretrained.ORB_PRETRAINED_MODELS`; orb-d3-xs-v2 is the smallest,
the architecture of orb-v2 with 5 steps for 15. What such weights answer says nothing about Orb: it is for
tests of software, and for timings.
"""

from __future__ import annotations

import sys
import warnings
from unittest.mock import patch

import torch


def random_model(model: str, seed: int) -> torch.nn.Module:
    """The network as the loader of a model builds it, before weights are read."""
    from orb_models.forcefield import pretrained

    torch.manual_seed(seed)
    with patch.object(pretrained, "load_model", lambda network, *_, **__: network):
        return pretrained.ORB_PRETRAINED_MODELS[model](device="cpu")


def main() -> None:
    warnings.simplefilter("ignore")
    model, seed, path = sys.argv[1:]
    torch.save(random_model(model, int(seed)).state_dict(), path)


if __name__ == "__main__":
    main()
