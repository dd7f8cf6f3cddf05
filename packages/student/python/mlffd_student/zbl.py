"""Ziegler-Biersack-Littmark repulsion of nuclei, in float64.

Example:

    repulsion = zbl_energy(numbers, first, second, vectors, distances, cutoff, reach)

V = k Z_i Z_j / r phi(r / a) f(r), phi(x) = sum_n w_n exp(-d_n x), with the constants of LAMMPS
(`pair_style zbl`; Ziegler, Biersack, Littmark, The Stopping and Range of Ions in Matter, 1985). The
envelope f = 1 - 28 x^6 + 48 x^7 - 21 x^8 ends at `reach` times the sum of the covalent radii, or at the cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .elements import COVALENT_RADII
from .pairs import Indices
from .structure import Floats

# Weights and decay constants of the universal screening function.
_WEIGHTS = np.array([0.18175, 0.50986, 0.28022, 0.02817])
_DECAYS = np.array([3.1998, 0.94229, 0.4029, 0.20162])
# Screening length a = LENGTH / (Z_i^POWER + Z_j^POWER), Angstrom.
_LENGTH = 0.4685
_POWER = 0.23
# One e^2/(4 pi epsilon_0), eV Angstrom, CODATA 2014.
_COULOMB = 14.399645351950545


@dataclass(frozen=True)
class Repulsion:
    """What the nuclei of a structure add."""

    energies: Floats
    """eV, (N,): half of each pair's energy."""
    forces: Floats
    """eV/Angstrom, (N, 3)."""
    virial: Floats
    """-dE/dstrain, eV, (3, 3)."""


def zbl_energy(
    numbers: npt.NDArray[np.int64],
    first: Indices,
    second: Indices,
    vectors: Floats,
    distances: Floats,
    cutoff: float,
    reach: float,
) -> Repulsion:
    """Repulsion of the directed pairs first -> second with r_ij = `vectors` (Angstrom)."""
    atoms = len(numbers)
    radii = COVALENT_RADII[numbers]
    ends = np.minimum(reach * (radii[first] + radii[second]), cutoff)
    near = np.flatnonzero(distances < ends)
    first, second = first[near], second[near]
    r, vectors, ends = distances[near], vectors[near], ends[near]
    charges = numbers.astype(np.float64)
    powers = charges**_POWER
    screening = (powers[first] + powers[second]) / _LENGTH
    terms = _WEIGHTS * np.exp(-np.outer(r * screening, _DECAYS))
    phi = terms.sum(axis=1)
    slope = -(terms @ _DECAYS)
    y = r / ends
    rest = 1 - y
    # No cancellation near the end.
    envelope = rest**3 * (1 + y * (3 + y * (6 + y * (10 + y * (15 + y * 21)))))
    fall = -168 * y**5 * rest**2 / ends
    bare = _COULOMB * charges[first] * charges[second] / r
    energy = bare * phi * envelope
    derivative = bare * ((slope * screening - phi / r) * envelope + phi * fall)
    pulls = (derivative / r)[:, None] * vectors
    # Each pair is two edges: the force on an atom has all of its own, sums over edges half.
    forces = np.stack(
        [np.bincount(first, pulls[:, axis], minlength=atoms) for axis in range(3)], axis=1
    )
    return Repulsion(
        energies=0.5 * np.bincount(first, energy, minlength=atoms),
        forces=forces,
        virial=-0.5 * (vectors.T @ pulls),
    )
