"""Edges of a structure as `model.onnx` takes them, kept between calls.

Example:

    edges = EdgeTable(cutoff=5.0, skin=0.5)
    edges.update(numbers, positions, cell, pbc)
    edges.vectors, edges.neighbors, edges.reverse

Pairs are searched within cutoff + skin now and then; between searches they are only measured, and
as long as the same ones are within the cutoff the tables of indices stay as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError
from .pairs import Indices, Pairs, find_pairs, lengths, shift_vectors
from .structure import Floats, Pbc, check_structure, periodic_cell

# Length of the vector in a slot without an edge, in cutoffs: all that comes of it is exactly zero.
_PAD = 2.0
# Rounding of distances relative to the cutoff, taken off the way that atoms may move.
_ROUNDING = 1e-10


class EdgeTable:
    """One row of C slots for each atom, C the largest number of neighbours of an atom.

    All pairs with a distance below the cutoff have a slot, sorted by neighbour and shift. The
    arrays are valid until the next update.
    """

    def __init__(self, cutoff: float, skin: float = 0.5) -> None:
        """`cutoff` and `skin` in Angstrom; a skin of 0 searches at every update."""
        if not 0 <= skin < np.inf:
            raise InvalidArgumentError(
                "neighbors/invalid-skin",
                f"the skin is {skin} Angstrom",
                expected="a finite skin in Angstrom, 0 or more",
                found=str(skin),
            )
        self.cutoff = cutoff
        self.skin = skin
        self.searches = 0
        """How many searches there were."""
        self.layouts = 0
        """How many times `neighbors` and `reverse` changed."""
        self.vectors: npt.NDArray[np.float32] = np.zeros((0, 1, 3), dtype=np.float32)
        """r_ij = r_j - r_i of each slot, (N, C, 3), Angstrom; two cutoffs long in an empty slot."""
        self.exact: Floats = np.zeros((0, 3))
        """The same in float64, (N * C, 3)."""
        self.neighbors: npt.NDArray[np.int64] = np.zeros((0, 1), dtype=np.int64)
        """Atom j of each slot, (N, C); 0 in an empty slot."""
        self.reverse: npt.NDArray[np.int64] = np.zeros((0, 1), dtype=np.int64)
        """Slot of the edge j -> i, (N, C), in N * C; an empty slot is its own reverse."""
        self.first: Indices = np.zeros(0, dtype=np.intp)
        """Atom i of each edge, (E,)."""
        self.second: Indices = np.zeros(0, dtype=np.intp)
        """Atom j of each edge, (E,)."""
        self.edge_vectors: Floats = np.zeros((0, 3))
        """r_ij of each edge, (E, 3), Angstrom."""
        self.distances: Floats = np.zeros(0)
        """Angstrom, (E,)."""
        self._pairs: Pairs | None = None
        self._positions: Floats = np.zeros((0, 3))
        self._cell: Floats = np.zeros((3, 3))
        self._pbc: Pbc = (False, False, False)
        # Shift vectors of the pairs, and the cell that they are for.
        self._offsets: Floats = np.zeros((0, 3))
        self._offsets_cell: Floats = self._cell
        # What the tables were made for; None after a search.
        self._inside: npt.NDArray[np.bool_] | None = None
        self._kept: Indices | None = None
        self._slots: Indices = np.zeros(0, dtype=np.intp)

    def update(
        self, numbers: npt.NDArray[np.int64], positions: Floats, cell: Floats, pbc: Pbc
    ) -> None:
        """Tables of a structure; raises InvalidAtomsError where it is unusable."""
        pairs = self._pairs
        if pairs is None or not self._holds(positions, cell, pbc):
            # Forgotten first, so that a search that fails leaves nothing to be taken for valid.
            self._pairs = None
            check_structure(numbers, positions, cell, pbc)
            pairs = find_pairs(positions, cell, pbc, self.cutoff + self.skin)
            self.searches += 1
            self._positions = positions.copy()
            self._cell = cell.copy()
            self._pbc = pbc
            self._offsets = shift_vectors(pairs.shifts, cell)
            self._offsets_cell = self._cell
            self._inside = None
            self._pairs = pairs
        elif any(pbc) and not np.array_equal(cell, self._offsets_cell):
            self._offsets_cell = cell.copy()
            self._offsets = shift_vectors(pairs.shifts, cell)
        vectors = positions.take(pairs.second, axis=0)
        vectors -= positions.take(pairs.first, axis=0)
        vectors += self._offsets
        distances = lengths(vectors)
        inside = distances < self.cutoff
        if self._inside is None or not np.array_equal(inside, self._inside):
            self._lay_out(pairs, inside, len(positions))
        if self._kept is not None:
            vectors = vectors.take(self._kept, axis=0)
            distances = distances.take(self._kept)
        self.edge_vectors = vectors
        self.distances = distances
        self.exact[self._slots] = vectors
        self.vectors[...] = self.exact.reshape(self.vectors.shape)

    def _lay_out(self, pairs: Pairs, inside: npt.NDArray[np.bool_], atoms: int) -> None:
        if inside.all():
            self._kept = None
            self.first, self.second, back = pairs.first, pairs.second, pairs.reverse
        else:
            self._kept = np.flatnonzero(inside)
            self.first = pairs.first[self._kept]
            self.second = pairs.second[self._kept]
            # A pair and its reverse have the same distance to the last bit, so both are kept.
            places = np.cumsum(inside) - 1
            back = places[pairs.reverse[self._kept]]
        degrees = np.bincount(self.first, minlength=atoms)
        width = max(1, int(degrees.max()))
        starts = np.cumsum(degrees) - degrees
        slots = self.first * width + (np.arange(len(self.first)) - starts[self.first])
        total = atoms * width
        neighbors = np.zeros(total, dtype=np.int64)
        neighbors[slots] = self.second
        reverse = np.arange(total, dtype=np.int64)
        reverse[slots] = slots[back]
        self.exact = np.zeros((total, 3))
        self.exact[:, 0] = _PAD * self.cutoff
        self.vectors = np.empty((atoms, width, 3), dtype=np.float32)
        self.neighbors = neighbors.reshape(atoms, width)
        self.reverse = reverse.reshape(atoms, width)
        self._slots = slots
        self._inside = inside
        self.layouts += 1

    def _holds(self, positions: Floats, cell: Floats, pbc: Pbc) -> bool:
        """Whether no pair can have come in from beyond cutoff + skin since the last search.

        With r = r0 F + u, F = H0^-1 H: a distance is at least (1 - |F - 1|) of what it was, less
        both |u|. Positions are compared as they are: an atom that was wrapped has moved.
        """
        if positions.shape != self._positions.shape or pbc != self._pbc:
            return False
        before = self._positions
        strain = 0.0
        if any(pbc) and not np.array_equal(cell, self._cell):
            if not np.isfinite(cell).all():
                return False
            present = periodic_cell(cell, pbc)
            change = np.linalg.inv(periodic_cell(self._cell, pbc)) @ present
            strain = float(np.linalg.norm(change - np.eye(3)))
            before = before @ change
        way = 0.5 * ((1 - strain) * (self.cutoff + self.skin) - self.cutoff * (1 + _ROUNDING))
        if not way > 0:
            return False
        moved = positions - before
        moved *= moved
        # Written so that NaN causes a search, which then says what is wrong.
        return bool(moved.sum(axis=1).max() <= way * way)
