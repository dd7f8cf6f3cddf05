"""Edges in rows of equal length, what depends on their vectors alone, and the way back to vectors.

Row k of atom i is its k-th edge; rows beyond its last edge are dummies with a length of exactly the
cutoff, where the envelope and its slope are exactly zero, so that they contribute exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scan_graph import FLOAT, INT64, Graph

if TYPE_CHECKING:
    from weights import SevenNet


@dataclass
class Rows:
    """Sizes are int64 tensors of shape [1]: P = pieces x C atoms, each with K rows."""

    atoms: str
    """N"""
    pieces: str
    chunk: str
    """C"""
    width: str
    """K"""
    padded_atoms: str
    """P = pieces * C >= N"""
    numbers: str
    """[P] atomic numbers, 0 for dummies."""
    vectors: str
    """[P K, 3] Angstrom"""
    neighbors: str
    """[pieces, C K] index of the atom at the end."""
    slots: str
    """[E] row of each edge."""
    incoming: str
    """[P, K2] rows of the edges that reach each atom; what is beyond the last one is row 0 ..."""
    incoming_mask: str
    """[P, 1, K2] ... with a zero here, and a one for real edges."""


def declare_rows(g: Graph, cutoff: float, rows_per_piece: int) -> Rows:
    """Declares the inputs of the model and lays their edges out in rows."""
    numbers = g.input("numbers", ["atoms"], INT64)
    vectors = g.input("vectors", ["edges", 3])
    centers = g.input("centers", ["edges"], INT64)
    neighbors = g.input("neighbors", ["edges"], INT64)
    edges_out = g.input("edgesOut", ["atoms", "out"], INT64)
    edges_in = g.input("edgesIn", ["atoms", "in"], INT64)
    one, zero = g.integers(1), g.integers(0)
    with g.scope("rows"):
        atoms = g.shape(edges_out, 0)
        width = g.shape(edges_out, 1)
        edges = g.shape(vectors, 0)

        def pieces_of(count: str, size: str) -> str:
            """ceil(count / size)"""
            return g.div(g.add(count, g.sub(size, one)), size)

        largest = g.op("Max", g.div(g.integers(rows_per_piece), width), one)[0]
        pieces = pieces_of(atoms, largest)
        chunk = pieces_of(atoms, pieces)
        padded = g.mul(pieces, chunk)
        extra = g.sub(padded, atoms)
        tail = g.concat_shape(0, 0, extra, 0)
        numbers = g.op("Pad", numbers, g.concat_shape(0, extra), g.constant(np.array(0)))[0]
        pad_edge = g.reshape(edges)
        table = g.op("Pad", edges_out, tail, pad_edge)[0]
        edge_of_row = g.reshape(table, -1)
        dummy = g.constant(np.array([[cutoff, 0.0, 0.0]]))
        row_vectors = g.gather(g.concat([vectors, dummy], 0), edge_of_row)
        row_neighbors = g.gather(g.concat([neighbors, zero], 0), edge_of_row)
        # Edges are sorted by centre, so the first entry of a line of the table is its smallest.
        first = g.gather(g.reshape(g.gather(edges_out, g.constant(np.array(0)), axis=1), -1), centers)
        position = g.op("Range", g.constant(np.array(0)), pad_edge, g.constant(np.array(1)))[0]
        slots = g.add(g.mul(centers, width), g.sub(position, first))
        table_in = g.op("Pad", edges_in, tail, pad_edge)[0]
        mask = g.op("Cast", g.op("Less", table_in, pad_edge)[0], to=FLOAT)[0]
        return Rows(
            atoms=atoms,
            pieces=pieces,
            chunk=chunk,
            width=width,
            padded_atoms=padded,
            numbers=numbers,
            vectors=row_vectors,
            neighbors=g.reshape_to(row_neighbors, pieces, -1),
            slots=slots,
            incoming=g.gather(g.concat([slots, zero], 0), table_in),
            incoming_mask=g.op("Unsqueeze", mask, one)[0],
        )


class EdgeBasis:
    """Radial basis times envelope, and spherical harmonics, of every row."""

    def __init__(self, g: Graph, net: SevenNet) -> None:
        self.g = g
        self.net = net

    def forward(self, rows: Rows) -> tuple[str, list[str]]:
        """Radial functions [P K, B] and harmonics [P K, 2l+1] for l = 0, 1, ..."""
        g, net = self.g, self.net
        vectors = rows.vectors
        square = g.reduce_sum(g.mul(vectors, vectors), 1, keepdims=True)
        r = g.op("Sqrt", square)[0]
        self.inverse = g.op("Reciprocal", r)[0]
        self.unit = g.mul(vectors, self.inverse)
        envelope, slope = self._envelope(r, square)
        phase = g.mul(r, g.constant(net.bessel[None, :]))
        # b = c sin(w r) / r, b' = (c w cos(w r) - b) / r
        scaled = g.mul(self.inverse, g.scalar(net.bessel_factor))
        bessel = g.mul(g.sin(phase), scaled)
        cosine = g.mul(g.mul(g.cos(phase), g.constant(net.bessel[None, :])), scaled)
        bessel_slope = g.sub(cosine, g.mul(bessel, self.inverse))
        self.slope = g.add(g.mul(bessel_slope, envelope), g.mul(bessel, slope))
        return g.mul(bessel, envelope), self._harmonics()

    def backward(self, d_radial: str, d_harmonics: list[str | None]) -> str:
        """dE/dvectors [P K, 3] from the gradients of both; None where a degree has none."""
        g = self.g
        d_unit = self._harmonics_backward(d_harmonics)
        d_r = g.reduce_sum(g.mul(d_radial, self.slope), 1, keepdims=True)
        along = g.reduce_sum(g.mul(d_unit, self.unit), 1, keepdims=True)
        # dE/dv = (d_unit - n (n . d_unit)) / r + n d_r
        radial = g.sub(d_r, g.mul(along, self.inverse))
        return g.add(g.mul(d_unit, self.inverse), g.mul(self.unit, radial))

    def _envelope(self, r: str, square: str) -> tuple[str, str]:
        """Value and slope; arguments are clipped, and both are exactly zero at the cutoff and beyond."""
        g = self.g
        # As the graph finds them for a dummy, rounding included.
        cutoff_square = np.square(np.float32(self.net.cutoff))
        cutoff = np.sqrt(cutoff_square)
        kind, option = self.net.envelope
        if kind == "XPLOR":
            # With t = (rc^2 - r^2) / (rc^2 - on^2) from 1 (switched on) to 0, it is t^2 (3 - 2 t).
            range_ = float(cutoff_square) - option**2
            t = g.mul(g.sub(g.scalar(cutoff_square), square), g.scalar(1 / range_))
            t = g.op("Clip", t, g.scalar(0), g.scalar(1))[0]
            value = g.mul(g.mul(t, t), g.sub(g.scalar(3), g.mul(t, g.scalar(2))))
            slope = g.mul(g.mul(t, g.sub(g.scalar(1), t)), g.mul(r, g.scalar(-12 / range_)))
            return value, slope
        # 1 - (p+1)(p+2)/2 x^p + p(p+2) x^(p+1) - p(p+1)/2 x^(p+2) = (1-x)^3 sum_k (k+1)(k+2)/2 x^k
        p = int(option)
        x = g.op("Clip", g.div(r, g.scalar(cutoff)), g.scalar(0), g.scalar(1))[0]
        rest = g.sub(g.scalar(1), x)
        rest2 = g.mul(rest, rest)
        series = g.scalar(p * (p + 1) / 2)
        for k in reversed(range(p - 1)):
            series = g.add(g.mul(series, x), g.scalar((k + 1) * (k + 2) / 2))
        power = g.scalar(-p * (p + 1) * (p + 2) / 2 / float(cutoff))
        for _ in range(p - 1):
            power = g.mul(x, power)
        return g.mul(g.mul(rest2, rest), series), g.mul(rest2, power)

    def _harmonics(self) -> list[str]:
        """Y_0 = 1, Y_l = (n x Y_{l-1}) A_l."""
        g = self.g
        ones = g.op("Sign", self.inverse)[0]
        out = [ones]
        for degree, matrix in enumerate(self.net.harmonics, 1):
            if degree == 1:
                out.append(g.matmul(self.unit, g.float_constant(matrix)))
                continue
            products = g.mul(g.reshape(self.unit, -1, 3, 1), g.reshape(out[-1], -1, 1, 2 * degree - 1))
            out.append(g.matmul(g.reshape(products, -1, 3 * (2 * degree - 1)), g.float_constant(matrix)))
        self.values = out
        return out

    def _harmonics_backward(self, gradients: list[str | None]) -> str:
        g = self.g
        gradients = list(gradients)
        parts = []
        for degree in range(len(self.net.harmonics), 1, -1):
            if gradients[degree] is None:
                continue
            matrix = self.net.harmonics[degree - 1]
            d_products = g.reshape(g.matmul(gradients[degree], g.float_constant(matrix.T)), -1, 3, 2 * degree - 1)
            parts.append(g.reduce_sum(g.mul(d_products, g.reshape(self.values[degree - 1], -1, 1, 2 * degree - 1)), 2))
            d_lower = g.reduce_sum(g.mul(d_products, g.reshape(self.unit, -1, 3, 1)), 1)
            lower = gradients[degree - 1]
            gradients[degree - 1] = d_lower if lower is None else g.add(lower, d_lower)
        parts.append(g.matmul(gradients[1], g.float_constant(self.net.harmonics[0].T)))
        return g.total(parts)
