"""SevenNet (Park et al., J. Chem. Theory Comput. 20, 4857, 2024), energies and dE/dvectors, as one ONNX graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convolution import Convolution, EdgeTensors
from geometry import EdgeBasis, Rows, declare_rows
from scan_graph import Graph

if TYPE_CHECKING:
    import numpy as np
    from weights import Layer, SevenNet

ROWS_PER_PIECE = 256
"""Rows of a piece of work: what it makes, some 2.5 MB for SevenNet-0, about fits a cache."""


class Interaction:
    """Own part plus messages of the neighbours, then the gate."""

    def __init__(self, g: Graph, layer: Layer, rows: Rows, edges: EdgeTensors) -> None:
        self.g = g
        self.layer = layer
        self.convolution = Convolution(g, layer, rows, edges)

    def forward(self, features: dict[int, str]) -> dict[int, str]:
        """[P, (2l+1) mul] per degree -> the same."""
        g, layer = self.g, self.layer
        before = {degree: self._linear(x, degree, layer.before[degree]) for degree, x in features.items()}
        own = {
            degree: g.matmul(self._by_component(x, layer.own[degree]), g.constant(layer.own[degree]))
            for degree, x in features.items()
            if degree in layer.own
        }
        return self._after(before, own)

    def forward_species(self, numbers: str, embedding: np.ndarray) -> dict[int, str]:
        """For the first layer, whose features are a row per element: its linear maps are tables."""
        g, layer = self.g, self.layer
        before = {0: g.gather(g.constant(embedding @ layer.before[0]), numbers)}
        own = {0: g.gather(g.constant(embedding @ layer.own[0]), numbers)}
        return self._after(before, own)

    def backward(self, d_features: dict[int, str]) -> tuple[dict[int, str], str, list[str | None]]:
        """Gradients of the features before, of the radial basis and of the harmonics."""
        d_pre = self._gate_backward(d_features)
        d_before, d_radial, d_harmonics = self.convolution.backward(d_pre, to_features=True)
        out = {}
        for degree, d in d_before.items():
            x = self._linear(d, degree, self.layer.before[degree].T)
            if degree in self.layer.own:
                own = self.layer.own[degree]
                d_own = self.g.matmul(d_pre[degree], self.g.constant(own.T))
                x = self.g.add(x, self.g.reshape(d_own, -1, (2 * degree + 1) * own.shape[0]))
            out[degree] = x
        return out, d_radial, d_harmonics

    def backward_species(self, d_features: dict[int, str]) -> tuple[str, list[str | None]]:
        d_pre = self._gate_backward(d_features)
        _, d_radial, d_harmonics = self.convolution.backward(d_pre, to_features=False)
        return d_radial, d_harmonics

    def _after(self, before: dict[int, str], own: dict[int, str]) -> dict[int, str]:
        messages = self.convolution.forward(before)
        pre = {degree: self.g.add(x, own[degree]) if degree in own else x for degree, x in messages.items()}
        return self._gate(pre)

    def _by_component(self, x: str, matrix: np.ndarray) -> str:
        """[P, (2l+1) mul] -> [P (2l+1), mul]"""
        return self.g.reshape(x, -1, matrix.shape[0])

    def _linear(self, x: str, degree: int, matrix: np.ndarray) -> str:
        g = self.g
        mixed = g.matmul(self._by_component(x, matrix), g.constant(matrix))
        return g.reshape(mixed, -1, (2 * degree + 1) * matrix.shape[1])

    def _gate(self, pre: dict[int, str]) -> dict[int, str]:
        """pre: [P (2l+1), mul] per degree; gates follow the scalars."""
        g, layer = self.g, self.layer
        activated, self.saved = g.silu(pre[0])
        parts = g.split(activated, [layer.scalars, *(mul for _, mul in layer.gated)], 1)
        out = {0: parts[0]}
        self.pre, self.gates = {}, {}
        for gate, (degree, mul) in zip(parts[1:], layer.gated, strict=True):
            self.pre[degree] = g.reshape(pre[degree], -1, 2 * degree + 1, mul)
            self.gates[degree] = g.reshape(gate, -1, 1, mul)
            out[degree] = g.reshape(g.mul(self.pre[degree], self.gates[degree]), -1, (2 * degree + 1) * mul)
        return out

    def _gate_backward(self, d_features: dict[int, str]) -> dict[int, str]:
        g, layer = self.g, self.layer
        out = {}
        d_activated = [d_features[0]]
        for degree, mul in layer.gated:
            d = g.reshape(d_features[degree], -1, 2 * degree + 1, mul)
            d_activated.append(g.reduce_sum(g.mul(d, self.pre[degree]), 1))
            out[degree] = g.reshape(g.mul(d, self.gates[degree]), -1, mul)
        whole = d_activated[0] if len(d_activated) == 1 else g.concat(d_activated, 1)
        out[0] = g.mul(whole, g.silu_slope(self.saved))
        return out


def build(net: SevenNet, rows_per_piece: int = ROWS_PER_PIECE) -> Graph:
    g = Graph()
    rows = declare_rows(g, net.cutoff, rows_per_piece)
    with g.scope("basis"):
        basis = EdgeBasis(g, net)
        radial, harmonics = basis.forward(rows)
        edges = EdgeTensors(
            radial=g.reshape_to(radial, rows.pieces, -1, len(net.bessel)),
            harmonics=[_by_piece(g, rows, y, degree) for degree, y in enumerate(harmonics)],
        )
    layers = [Interaction(g, layer, rows, edges) for layer in net.layers]
    features: dict[int, str] = {}
    for t, layer in enumerate(layers):
        with g.scope(f"layer{t}"):
            if t == 0:
                features = layer.forward_species(rows.numbers, net.embedding)
            else:
                features = layer.forward(features)
    with g.scope("energy"):
        scale = g.gather(g.constant(net.scale[:, None]), rows.numbers)
        energies = g.mul(g.matmul(features[0], g.constant(net.readout[:, None])), scale)
        energies = g.op("Slice", g.reshape(energies, -1), g.integers(0), rows.atoms)[0]
        d_features = {0: g.mul(scale, g.constant(net.readout[None, :]))}
    d_radial: list[str] = []
    d_harmonics: list[list[str]] = [[] for _ in harmonics]
    for t, layer in reversed(list(enumerate(layers))):
        with g.scope(f"layer{t}/backward"):
            if t == 0:
                d_r, d_y = layer.backward_species(d_features)
            else:
                d_features, d_r, d_y = layer.backward(d_features)
            d_radial.append(d_r)
            for parts, d in zip(d_harmonics, d_y, strict=True):
                if d is not None:
                    parts.append(d)
    with g.scope("basis/backward"):
        d_vectors = basis.backward(g.total(d_radial), [g.total(parts) if parts else None for parts in d_harmonics])
        gradients = g.gather(d_vectors, rows.slots)
    g.output("energies", energies, ["atoms"])
    g.output("edgeGradients", gradients, ["edges", 3])
    return g


def _by_piece(g: Graph, rows: Rows, harmonics: str, degree: int) -> str:
    """[P K, 2l+1] -> [pieces, C, 2l+1, K]"""
    size = 2 * degree + 1
    turned = g.transpose(g.reshape_to(harmonics, rows.padded_atoms, rows.width, size), 0, 2, 1)
    return g.reshape_to(turned, rows.pieces, rows.chunk, size, rows.width)
