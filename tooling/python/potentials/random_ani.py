"""Weights for ANI-2x that were never trained: for tests of whatever loads them, not for chemistry.

usage: random_ani.py FILE
"""

from __future__ import annotations

import sys

import torch
from torchani.arch import ANI, Assembler
from torchani.utils import SYMBOLS_2X


def random_ani2x(seed: int = 0) -> ANI:
    """Eight networks as in torchani.models.ANI2x, which cannot be had without its download."""
    torch.manual_seed(seed)
    assembler = Assembler(periodic_table_index=True)
    assembler.set_symbols(SYMBOLS_2X)
    assembler.set_global_cutoff_fn("cosine")
    assembler.set_aev_computer(radial="ani2x", angular="ani2x", strategy="pyaev")
    assembler.set_atomic_networks(ctor="ani2x")
    assembler.set_neighborlist("all_pairs")
    assembler.set_gsaes_as_self_energies("wb97x-631gd")
    return assembler.assemble(8).requires_grad_(False)


def main(path: str) -> None:
    torch.save(random_ani2x().state_dict(), path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
