"""All directed pairs of atoms within a radius, images included.

Example:

    pairs = find_pairs(positions, cell, pbc, radius)

A pair is listed if and only if its distance, computed in float64 as
`positions[j] - positions[i] + shift @ cell`, is below the radius, and j -> i whenever i -> j is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError
from .structure import Floats, Pbc, periodic_cell

Indices = npt.NDArray[np.intp]

# Bins are so much wider, Angstrom, and relative to the largest coordinate: more than rounding moves
# an atom that is folded into the cell.
_MARGIN = 1e-6
_ROUNDING = 1e-14
# Bins along a periodic axis: more do not help.
_MOST_BINS = 1024
# Bins of all atoms that are looked up at once.
_BLOCK = 100_000
# More images of atoms than this are a cell in the wrong unit; they would fill any memory.
_MOST_IMAGES = 2e8


@dataclass(frozen=True)
class Pairs:
    """Directed pairs, sorted by first atom, second atom, then shift."""

    first: Indices
    """Atom i, (E,)."""
    second: Indices
    """Atom j, (E,)."""
    shifts: Floats
    """Whole cells, (E, 3), for the positions as given: r_ij = r_j - r_i + shift @ cell."""
    reverse: Indices
    """Index of the pair j -> i with the opposite shift, (E,)."""


def find_pairs(positions: Floats, cell: Floats, pbc: Pbc, radius: float) -> Pairs:
    """Pairs with a distance below `radius` (Angstrom), in any cell: triclinic, left-handed, smaller
    than the radius, partly periodic. The structure has to be checked before.
    """
    complete = periodic_cell(cell, pbc)
    inverse = np.linalg.inv(complete)
    reach = radius + _MARGIN + _ROUNDING * float(np.abs(positions).max())
    heights = 1 / np.linalg.norm(inverse, axis=0)
    _refuse_many_images(heights, pbc, reach, len(positions))
    fractional = positions @ inverse
    folds = np.floor(fractional) * np.array(pbc)
    fractional -= folds
    bins, counts, steps = _bins(fractional, heights, pbc, reach)
    found = []
    for first, second, images in _candidates(bins, counts, steps, pbc):
        shifts = images + folds[first] - folds[second]
        vectors = positions[second] - positions[first] + shift_vectors(shifts, cell)
        inside = lengths(vectors) < radius
        inside &= (first != second) | shifts.any(axis=1)
        found.append((first[inside], second[inside], shifts[inside]))
    first, second, shifts = (np.concatenate(parts) for parts in zip(*found, strict=True))
    x, y, z = shifts.T
    order = np.lexsort((z, y, x, second, first))
    first, second, shifts = first[order], second[order], shifts[order]
    x, y, z = shifts.T
    # The k-th pair, turned round, is the one whose reverse sorts to place k.
    turned = np.lexsort((-z, -y, -x, first, second))
    reverse = np.empty_like(turned)
    reverse[turned] = np.arange(len(turned))
    return Pairs(first, second, shifts, reverse)


def shift_vectors(shifts: Floats, cell: Floats) -> Floats:
    """Shifts (E, 3) times the cell, Angstrom. Not a matrix product, whose rounding may depend on
    the row, so that a pair and its reverse would differ by more than the sign.
    """
    return shifts[:, :1] * cell[0] + shifts[:, 1:2] * cell[1] + shifts[:, 2:] * cell[2]


def lengths(vectors: Floats) -> Floats:
    """Lengths of vectors (E, 3), the same for a vector and its opposite."""
    squares = vectors * vectors
    sums = squares[:, 0] + squares[:, 1]
    sums += squares[:, 2]
    return np.sqrt(sums, out=sums)


def _bins(
    fractional: Floats, heights: Floats, pbc: Pbc, reach: float
) -> tuple[Indices, list[int], list[int]]:
    """Bin of each atom (N, 3), number of bins and of those to look at on either side, by axis.

    Along axes that are not periodic, `fractional` is in Angstrom.
    """
    bins = np.empty(fractional.shape, dtype=np.intp)
    counts, steps = [], []
    for axis in range(3):
        along = fractional[:, axis]
        if pbc[axis]:
            count = min(_MOST_BINS, max(1, math.floor(heights[axis] / reach)))
            # Rounding can fold an atom to 1.
            bins[:, axis] = np.minimum(np.floor(along * count), count - 1)
            steps.append(math.ceil(reach * count / heights[axis]))
        else:
            places, of_atom = np.unique(
                np.floor((along - along.min()) / reach), return_inverse=True
            )
            # Gaps without atoms shrink to one bin, however far apart atoms are.
            packed = np.concatenate([[0], np.cumsum(np.minimum(np.diff(places), 2))]).astype(
                np.intp
            )
            bins[:, axis] = packed[of_atom]
            count = int(packed[-1]) + 1
            steps.append(min(1, count - 1))
        counts.append(count)
    return bins, counts, steps


def _candidates(
    bins: Indices, counts: list[int], steps: list[int], pbc: Pbc
) -> Iterator[tuple[Indices, Indices, Floats]]:
    """Pairs of atoms in bins that are near each other: i, j, and the image of the cell of j."""
    keys = (bins[:, 0] * counts[1] + bins[:, 1]) * counts[2] + bins[:, 2]
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    grid = np.meshgrid(*[np.arange(-step, step + 1) for step in steps], indexing="ij")
    offsets = np.stack([axis.ravel() for axis in grid], axis=1)
    block = max(1, _BLOCK // len(bins))
    for begin in range(0, len(offsets), block):
        targets = bins[:, None, :] + offsets[None, begin : begin + block]
        images, targets = np.divmod(targets, counts)
        near = ((images == 0) | np.array(pbc)).all(axis=2)
        atoms, places = np.nonzero(near)
        targets, images = targets[atoms, places], images[atoms, places]
        wanted = (targets[:, 0] * counts[1] + targets[:, 1]) * counts[2] + targets[:, 2]
        starts = np.searchsorted(sorted_keys, wanted, side="left")
        sizes = np.searchsorted(sorted_keys, wanted, side="right") - starts
        # Member m of each bin is at starts + m.
        bin_of = np.repeat(np.arange(len(sizes)), sizes)
        members = np.arange(len(bin_of)) - (np.cumsum(sizes) - sizes)[bin_of]
        second = order[starts[bin_of] + members]
        yield atoms[bin_of], second, images[bin_of].astype(np.float64)


def _refuse_many_images(heights: Floats, pbc: Pbc, reach: float, atoms: int) -> None:
    images = 1.0
    for axis in range(3):
        if pbc[axis]:
            images *= 2 * math.ceil(reach / float(heights[axis])) + 1
    if images * atoms <= _MOST_IMAGES:
        return
    raise InvalidArgumentError(
        "neighbors/too-many-images",
        f"the cutoff reaches about {images:.1e} periodic images of the cell",
        expected=f"fewer than {_MOST_IMAGES:.0e} images of atoms",
        found=f"{images * atoms:.1e}",
        where="cell",
        hint="Check the unit of the cell: it is Angstrom.",
    )
