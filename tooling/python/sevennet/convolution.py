"""Equivariant convolution of NequIP and SevenNet, forward and backward, as ONNX nodes.

Message of path p = (l1, l2, l3): m_i[m3, u] = sum_j w_ij[u] sum_(m1, m2) C[m3, m2, m1] Y_ij[m2] x_j[m1, u],
with weights w_p from the distance. The sum over neighbours does not depend on the coupling C, so
it goes first: B_i[m2, m1, u] = sum_j Y_ij[m2] w_ij[u] x_j[m1, u] is a matrix product per atom, and
couplings and channel mixing then cost something per atom, not per edge. The backward computes the
weights again rather than keep them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scan_graph import INT64, Graph

if TYPE_CHECKING:
    from geometry import Rows
    from weights import Layer, Path


@dataclass
class EdgeTensors:
    """What all layers share, in pieces for Scan."""

    radial: str
    """[pieces, C K, basis]"""
    harmonics: list[str]
    """Per l2: [pieces, C, 2 l2 + 1, K]"""


@dataclass
class PieceGradients:
    """Gradients in a piece, as tensors of the Scan's body."""

    radial: str
    """[C K, basis]"""
    harmonics: dict[int, str]
    """Per l2: [C, K, 2 l2 + 1]"""
    ends: dict[int, str]
    """Of the neighbours' features, per l1: [C K, (2 l1 + 1) mul]"""


class Convolution:
    def __init__(self, g: Graph, layer: Layer, rows: Rows, edges: EdgeTensors) -> None:
        self.g = g
        self.layer = layer
        self.paths = layer.paths
        self.rows = rows
        self.edges = edges
        self.multiplicity = {path.l1: path.mul for path in self.paths}
        self.used_harmonics = sorted({path.l2 for path in self.paths})
        self.by_atom = {size: g.concat_shape(rows.chunk, rows.width, size) for size in map(_size, self.paths)}

    def forward(self, features: dict[int, str]) -> dict[int, str]:
        """Messages [P (2 l3 + 1), mul out] per l3 from features [P, (2 l1 + 1) mul] per l1."""
        self.features = features
        return self._couple(self._sum_neighbours())

    def backward(
        self, d_messages: dict[int, str], *, to_features: bool
    ) -> tuple[dict[int, str], str, list[str | None]]:
        """Gradients of features (per l1, as given), radial basis [P K, B], harmonics [P K, 2 l2 + 1]."""
        g, rows = self.g, self.rows
        body = g.body()
        inputs = self._inputs(body)
        slices = [
            g.reshape_to(d, rows.pieces, rows.chunk, path.d2, _size(path))
            for path, d in zip(self.paths, self._couple_backward(d_messages), strict=True)
        ]
        d_sums = [body.argument(f"gradient{k}", 3) for k in range(len(slices))]
        piece = self._piece_backward(body, inputs, d_sums, to_features=to_features)
        results = [
            (piece.radial, 2),
            *((tensor, 3) for tensor in piece.harmonics.values()),
            *((tensor, 2) for tensor in piece.ends.values()),
        ]
        for tensor, _ in results:
            body.result(tensor)
        out = iter(g.scan(body, [*self._slices(), *slices], [rank for _, rank in results]))
        d_radial = g.reshape(next(out), -1, self.layer.radial[0].shape[0])
        d_harmonics: list[str | None] = [None] * len(self.edges.harmonics)
        for l2 in piece.harmonics:
            d_harmonics[l2] = g.reshape(next(out), -1, 2 * l2 + 1)
        d_features = {
            degree: self._sum_incoming(next(out), (2 * degree + 1) * self.multiplicity[degree]) for degree in piece.ends
        }
        return d_features, d_radial, d_harmonics

    def _inputs(self, body: Graph) -> tuple[str, str, dict[int, str]]:
        """Radial basis, neighbours and harmonics of a piece."""
        radial = body.argument("radial", 2)
        neighbors = body.argument("neighbors", 1, INT64)
        return radial, neighbors, {l2: body.argument(f"harmonics{l2}", 3) for l2 in self.used_harmonics}

    def _slices(self) -> list[str]:
        harmonics = [self.edges.harmonics[l2] for l2 in self.used_harmonics]
        return [self.edges.radial, self.rows.neighbors, *harmonics]

    def _hidden(self, b: Graph, radial: str) -> tuple[str, list[tuple[str, str]]]:
        """Last hidden layer of the radial network, and what its backward needs."""
        hidden = radial
        saved = []
        for weight in self.layer.radial:
            hidden, kept = b.silu(b.matmul(hidden, b.constant(weight)))
            saved.append(kept)
        return hidden, saved

    def _ends(self, b: Graph, neighbors: str) -> dict[int, str]:
        """Features at the ends of the edges, per l1: [C K, 2 l1 + 1, mul]"""
        return {
            degree: b.reshape(b.gather(self.features[degree], neighbors), -1, 2 * degree + 1, mul)
            for degree, mul in self.multiplicity.items()
        }

    def _weights(self, b: Graph, hidden: str, path: Path) -> str:
        """[C K, 1, mul]"""
        return b.reshape(b.matmul(hidden, b.constant(path.radial)), -1, 1, path.mul)

    def _rows_of_atoms(self, b: Graph, z: str, path: Path) -> str:
        """[C K, d1, mul] -> [C, K, d1 mul]"""
        return b.op("Reshape", z, self.by_atom[_size(path)])[0]

    def _sum_neighbours(self) -> list[str]:
        """B of each path: [P, d2, d1 mul]"""
        body = self.g.body()
        radial, neighbors, harmonics = self._inputs(body)
        hidden, _ = self._hidden(body, radial)
        ends = self._ends(body, neighbors)
        for path in self.paths:
            z = body.mul(self._weights(body, hidden, path), ends[path.l1])
            body.result(body.matmul(harmonics[path.l2], self._rows_of_atoms(body, z, path)))
        return self.g.scan(body, self._slices(), [3] * len(self.paths))

    def _couple(self, sums: list[str]) -> dict[int, str]:
        g = self.g
        messages: dict[int, str] = {}
        for path, part in zip(self.paths, sums, strict=True):
            pairs = path.d2 * path.d1
            coupling = g.float_constant(path.coupling.reshape(-1, pairs))
            coupled = g.reshape(g.matmul(coupling, g.reshape(part, -1, pairs, path.mul)), -1, path.mul)
            messages[path.l3] = g.gemm(coupled, g.constant(path.mix), messages.get(path.l3))
        return messages

    def _couple_backward(self, d_messages: dict[int, str]) -> list[str]:
        """Gradient of the B of each path."""
        g = self.g
        out = []
        for path in self.paths:
            d_coupled = g.matmul(d_messages[path.l3], g.constant(path.mix.T))
            coupling = g.float_constant(path.coupling.reshape(-1, path.d2 * path.d1).T)
            out.append(g.matmul(coupling, g.reshape(d_coupled, -1, 2 * path.l3 + 1, path.mul)))
        return out

    def _piece_backward(
        self,
        b: Graph,
        inputs: tuple[str, str, dict[int, str]],
        d_sums: list[str],
        *,
        to_features: bool,
    ) -> PieceGradients:
        radial, neighbors, harmonics = inputs
        hidden, saved = self._hidden(b, radial)
        ends = self._ends(b, neighbors)
        d_hidden: str | None = None
        d_harmonics: dict[int, list[str]] = {}
        d_ends: dict[int, list[str]] = {}
        for path, d_sum in zip(self.paths, d_sums, strict=True):
            x, w = ends[path.l1], self._weights(b, hidden, path)
            if path.l2 > 0:
                z = self._rows_of_atoms(b, b.mul(w, x), path)
                d_y = b.matmul(z, b.transpose(d_sum, 0, 2, 1))
                d_harmonics.setdefault(path.l2, []).append(d_y)
            d_z = b.matmul(b.transpose(harmonics[path.l2], 0, 2, 1), d_sum)
            d_z = b.reshape(d_z, -1, path.d1, path.mul)
            d_w = b.mul(d_z, x)
            d_w = b.reduce_sum(d_w, 1) if path.d1 > 1 else b.reshape(d_w, -1, path.mul)
            d_hidden = b.gemm(d_w, b.constant(path.radial.T), d_hidden)
            if to_features:
                d_ends.setdefault(path.l1, []).append(b.mul(d_z, w))
        for weight, kept in zip(reversed(self.layer.radial), reversed(saved), strict=True):
            d_hidden = b.matmul(b.mul(d_hidden, b.silu_slope(kept)), b.constant(weight.T))
        return PieceGradients(
            radial=d_hidden,
            harmonics={degree: b.total(parts) for degree, parts in d_harmonics.items()},
            ends={
                degree: b.reshape(b.total(parts), -1, (2 * degree + 1) * self.multiplicity[degree])
                for degree, parts in d_ends.items()
            },
        )

    def _sum_incoming(self, d_rows: str, size: int) -> str:
        """[P, size]: sum over the rows that reach each atom; a product with ones and zeros."""
        g, rows = self.g, self.rows
        table = g.gather(g.reshape(d_rows, -1, size), rows.incoming)
        return g.reshape(g.matmul(rows.incoming_mask, table), -1, size)


def _size(path: Path) -> int:
    """Numbers per edge of a path: components times channels."""
    return path.d1 * path.mul
