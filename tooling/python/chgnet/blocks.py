"""Blocks of CHGNet (Deng et al., Nat. Mach. Intell. 5, 1031, 2023), forward and backward, as ONNX nodes.

Every block keeps what its backward needs. Rows of directed edges come as two halves: row k and row
k + U are the two directions of bond k; ordered angles likewise. So "the same for both directions" is
a broadcast over the first axis of [2, U, F] and its gradient a sum over that axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx_graph import GraphWriter

WIDTH = 64
LAYER_NORM_EPS = 1e-5


class Weights:
    """Checkpoint arrays in float64 by their PyTorch name; products are formed before rounding."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def linear(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(W, b) of y = x W + b."""
        return self[f"{name}.weight"].T, self[f"{name}.bias"]


def centred(weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same linear map less the mean of its outputs, which the layer norm behind it removes anyway.

    With a mean of zero the backward of the norm loses one of its two projections.
    """
    return weight - weight.mean(axis=1, keepdims=True), bias - bias.mean()


def silu(g: GraphWriter, x: str) -> tuple[str, tuple[str, str, str]]:
    s = g.sigmoid(x)
    y = g.mul(x, s)
    return y, (x, s, y)


def silu_backward(g: GraphWriter, saved: tuple[str, str, str], dy: str) -> str:
    """silu' = s + s (x - y), with s = sigmoid(x), y = x s."""
    x, s, y = saved
    dys = g.mul(dy, s)
    return g.add(dys, g.mul(dys, g.sub(x, y)))


@dataclass
class Sums:
    """Index inputs of the model; `out`/`into` tables list the members of each group, padded with 0."""

    ends: str  # [2, U] atom at the start of each directed edge
    ends_swapped: str  # [2, U] atom at its end
    edges_out: str  # [N, K]
    edges_in: str  # [N, K]
    short_ends: str  # [2, B]
    bonds_out: str  # [N, Kb] short directed bonds of each atom
    first: str  # [2, P] directed short bond on the left of each ordered angle
    first_bond: str  # [2, P] its undirected bond
    second_bond: str  # [2, P] undirected bond on the right
    angles_first: str  # [2B, Ka] ordered angles with this bond on the left
    angles_second: str  # [2B, Ka] ... on the right


def table_sum(g: GraphWriter, rows: str, table: str) -> str:
    """[M, F] rows summed over each line of the table [G, K] -> [G, F]."""
    return g.reduce_sum(g.gather(rows, table), 1)


def both_directions(g: GraphWriter, x: str) -> str:
    """[2M, F] -> [2, M, F]."""
    return g.reshape(x, 2, -1, WIDTH)


def flat(g: GraphWriter, x: str) -> str:
    """[2, M, F] -> [2M, F]."""
    return g.reshape(x, -1, WIDTH)


def sum_directions(g: GraphWriter, x: str) -> str:
    """[2M, F] or [2, M, F] -> [M, F]; two copies and an addition beat ReduceSum over a first axis of 2."""
    a, b = g.op("Split", both_directions(g, x), outputs=2, axis=0)
    return flat(g, g.add(a, b))


class GatedNorm:
    """m = silu(norm(z_core)) sigmoid(norm(z_gate)) for pre-activations whose row means are zero."""

    def __init__(self, g: GraphWriter, w: Weights, name: str) -> None:
        self.g = g
        self.gamma = [w[f"{name}.bn1.weight"], w[f"{name}.bn2.weight"]]
        self.beta = [w[f"{name}.bn1.bias"], w[f"{name}.bn2.bias"]]

    def forward(self, z: list[str]) -> str:
        g = self.g
        self.z = z
        self.inverse = []
        u = []
        for k in range(2):
            y, _, inverse = g.op(
                "LayerNormalization",
                z[k],
                g.constant(self.gamma[k]),
                g.constant(self.beta[k]),
                outputs=3,
                axis=-1,
                epsilon=LAYER_NORM_EPS,
            )
            u.append(y)
            self.inverse.append(inverse)
        self.s = g.sigmoid(u[0])
        self.gate = g.sigmoid(u[1])
        self.m = g.mul(g.mul(u[0], self.s), self.gate)
        return self.m

    def backward(self, dm: str) -> list[str]:
        g = self.g
        t = g.mul(dm, self.m)
        d_core = g.add(g.mul(g.sub(g.mul(dm, self.gate), t), self.s), t)
        d_gate = g.sub(t, g.mul(t, self.gate))
        return [self._norm_backward(0, d_core), self._norm_backward(1, d_gate)]

    def _norm_backward(self, k: int, du: str) -> str:
        """dz = i gamma du - z i^3 mean(gamma du z), i = 1 / sqrt(var + eps)."""
        g = self.g
        i = self.inverse[k]
        gamma = self.gamma[k]
        mean = g.matmul(g.mul(du, self.z[k]), g.constant(gamma[:, None] / WIDTH))
        slope = g.mul(g.mul(mean, i), g.mul(i, i))
        return g.sub(g.mul(g.mul(du, g.constant(gamma)), i), g.mul(self.z[k], slope))


class HiddenGatedMlp:
    """silu(h) -> linear -> gated norm, for both branches; h is the first linear map's output."""

    def __init__(self, g: GraphWriter, w: Weights, name: str) -> None:
        self.g = g
        self.norm = GatedNorm(g, w, name)
        self.linear = [
            centred(*w.linear(f"{name}.{branch}.layers.3")) for branch in ("mlp_core", "mlp_gate")
        ]

    def forward(self, h: list[str]) -> str:
        g = self.g
        self.saved = []
        z = []
        for k, (weight, bias) in enumerate(self.linear):
            y, saved = silu(g, h[k])
            self.saved.append(saved)
            z.append(g.gemm(y, g.constant(weight), g.constant(bias)))
        return self.norm.forward(z)

    def backward(self, dm: str) -> list[str]:
        g = self.g
        return [
            silu_backward(g, self.saved[k], g.matmul(dz, g.constant(self.linear[k][0].T)))
            for k, dz in enumerate(self.norm.backward(dm))
        ]


def first_linear(w: Weights, name: str, layer: int) -> list[tuple[list[np.ndarray], np.ndarray]]:
    """Per branch: the first linear map cut into the blocks of its concatenated input, and its bias."""
    out = []
    for branch in ("mlp_core", "mlp_gate"):
        weight, bias = w.linear(f"{name}.{branch}.layers.{layer}")
        out.append(([weight[k : k + WIDTH] for k in range(0, len(weight), WIDTH)], bias))
    return out


class AtomConv:
    """Atoms gather messages from their neighbours; `bond_terms` holds the bond part of the first map."""

    def __init__(self, g: GraphWriter, w: Weights, index: int, sums: Sums) -> None:
        name = f"atom_conv_layers.{index}"
        self.g = g
        self.sums = sums
        self.first = first_linear(w, f"{name}.twoBody_atom", 0)
        self.mlp = HiddenGatedMlp(g, w, f"{name}.twoBody_atom")
        self.out = w[f"{name}.mlp_out.layers.1.weight"].T

    def node_terms(self, atoms: str) -> list[tuple[str, str]]:
        return [
            (self.g.matmul(atoms, self.g.constant(c)), self.g.matmul(atoms, self.g.constant(n)))
            for (c, _, n), _ in self.first
        ]

    def forward(self, atoms: str, nodes: list[tuple[str, str]], bond_terms: list[str], weights: str) -> str:
        g, sums = self.g, self.sums
        h = []
        for (centre, neighbour), bond in zip(nodes, bond_terms, strict=True):
            pair = g.add(g.gather(centre, sums.ends), g.gather(neighbour, sums.ends_swapped))
            h.append(flat(g, g.add(pair, bond)))
        self.weights = weights
        self.m = both_directions(g, self.mlp.forward(h))
        message = flat(g, g.mul(self.m, weights))
        return g.gemm(table_sum(g, message, sums.edges_out), g.constant(self.out), atoms)

    def backward(self, d_atoms: str, *, to_atoms: bool) -> tuple[str, list[str], str]:
        """(d atoms, d bond terms of both branches, d bond weights)."""
        g, sums = self.g, self.sums
        d_sum = g.matmul(d_atoms, g.constant(self.out.T))
        d_message = g.gather(d_sum, sums.ends)
        d_weights = sum_directions(g, g.mul(d_message, self.m))
        dh = self.mlp.backward(flat(g, g.mul(d_message, self.weights)))
        d_terms = [sum_directions(g, x) for x in dh]
        if to_atoms:
            for x, ((c, _, n), _) in zip(dh, self.first, strict=True):
                d_atoms = g.gemm(table_sum(g, x, sums.edges_out), g.constant(c.T), d_atoms)
                d_atoms = g.gemm(table_sum(g, x, sums.edges_in), g.constant(n.T), d_atoms)
        return d_atoms, d_terms, d_weights


class AngleTerms:
    """First linear map over (left bond, right bond, angle, centre atom) of every ordered angle.

    The parts are taken per atom and per bond before the gather. `angles` is either the Fourier basis
    [P, R], the same for both orders of an angle (`matrix` maps it to angle features), or features [2P, F].
    """

    def __init__(
        self,
        g: GraphWriter,
        sums: Sums,
        blocks: list[tuple[list[np.ndarray], np.ndarray]],
        matrix: tuple[np.ndarray, np.ndarray] | None,
    ) -> None:
        self.g = g
        self.sums = sums
        self.blocks = blocks
        self.matrix = matrix

    def forward(self, atoms: str, bonds: str, angles: str) -> list[str]:
        g, sums = self.g, self.sums
        out = []
        for (left, right, angle, centre), bias in self.blocks:
            shift = bias if self.matrix is None else bias + self.matrix[1] @ angle
            x = g.gather(g.matmul(atoms, g.constant(centre)), sums.short_ends)
            x = flat(g, g.add(x, g.gemm(bonds, g.constant(left), g.constant(shift))))
            y = g.matmul(bonds, g.constant(right))
            pair = g.add(g.gather(x, sums.first), g.gather(y, sums.second_bond))
            if self.matrix is None:
                out.append(g.gemm(angles, g.constant(angle), flat(g, pair)))
            else:
                term = g.matmul(angles, g.constant(self.matrix[0] @ angle))
                out.append(flat(g, g.add(pair, term)))
        return out

    def backward(self, dh: list[str], d_atoms: str, d_bonds: str, d_angles: str | None) -> tuple[str, str, str]:
        """Adds to the gradients of atoms, bonds and angles (Fourier basis or features)."""
        g, sums = self.g, self.sums
        for x, ((left, right, angle, centre), _) in zip(dh, self.blocks, strict=True):
            by_left = table_sum(g, x, sums.angles_first)
            by_right = table_sum(g, x, sums.angles_second)
            d_left = sum_directions(g, by_left)
            d_right = sum_directions(g, by_right)
            d_bonds = g.gemm(d_left, g.constant(left.T), d_bonds)
            d_bonds = g.gemm(d_right, g.constant(right.T), d_bonds)
            d_atoms = g.gemm(table_sum(g, by_left, sums.bonds_out), g.constant(centre.T), d_atoms)
            if self.matrix is None:
                source, weight = x, angle.T
            else:
                source = sum_directions(g, x)
                weight = (self.matrix[0] @ angle).T
            constant = g.constant(weight)
            d_angles = g.matmul(source, constant) if d_angles is None else g.gemm(source, constant, d_angles)
        return d_atoms, d_bonds, d_angles


class BondConv:
    """Short bonds gather messages over the angles they are the left side of."""

    def __init__(
        self,
        g: GraphWriter,
        w: Weights,
        index: int,
        sums: Sums,
        matrix: tuple[np.ndarray, np.ndarray] | None,
    ) -> None:
        name = f"bond_conv_layers.{index}"
        self.g = g
        self.sums = sums
        self.terms = AngleTerms(g, sums, first_linear(w, f"{name}.twoBody_bond", 0), matrix)
        self.mlp = HiddenGatedMlp(g, w, f"{name}.twoBody_bond")
        self.out = w[f"{name}.mlp_out.layers.1.weight"].T

    def forward(self, atoms: str, bonds: str, angles: str, weights: str) -> str:
        g, sums = self.g, self.sums
        self.weights = weights
        self.m = both_directions(g, self.mlp.forward(self.terms.forward(atoms, bonds, angles)))
        message = flat(g, g.mul(self.m, weights))
        summed = sum_directions(g, table_sum(g, message, sums.angles_first))
        return g.gemm(summed, g.constant(self.out), bonds)

    def backward(self, d_atoms: str, d_bonds: str, d_angles: str | None) -> tuple[str, str, str, str]:
        """(d atoms, d bonds, d angles, d angle weights)."""
        g = self.g
        d_sum = g.matmul(d_bonds, g.constant(self.out.T))
        d_message = g.gather(d_sum, self.sums.first_bond)
        d_weights = sum_directions(g, g.mul(d_message, self.m))
        dh = self.mlp.backward(flat(g, g.mul(d_message, self.weights)))
        return *self.terms.backward(dh, d_atoms, d_bonds, d_angles), d_weights


class AngleUpdate:
    """Features of ordered angles from both bonds and the centre, added to the old ones."""

    def __init__(
        self,
        g: GraphWriter,
        w: Weights,
        index: int,
        sums: Sums,
        matrix: tuple[np.ndarray, np.ndarray] | None,
    ) -> None:
        name = f"angle_layers.{index}.twoBody_bond"
        blocks = []
        for parts, bias in first_linear(w, name, 1):
            whole, bias = centred(np.concatenate(parts), bias)
            blocks.append(([whole[k : k + WIDTH] for k in range(0, len(whole), WIDTH)], bias))
        self.g = g
        self.matrix = matrix
        self.terms = AngleTerms(g, sums, blocks, matrix)
        self.norm = GatedNorm(g, w, name)

    def forward(self, atoms: str, bonds: str, angles: str) -> str:
        """[2P, F]."""
        g = self.g
        m = self.norm.forward(self.terms.forward(atoms, bonds, angles))
        if self.matrix is None:
            return g.add(m, angles)
        start = g.gemm(angles, g.constant(self.matrix[0]), g.constant(self.matrix[1]))
        return flat(g, g.add(both_directions(g, m), start))

    def backward(self, d_atoms: str, d_bonds: str, d_angles: str) -> tuple[str, str, str]:
        g = self.g
        dh = self.norm.backward(d_angles)
        if self.matrix is not None:
            d_start = sum_directions(g, d_angles)
            d_angles = g.matmul(d_start, g.constant(self.matrix[0].T))
        return self.terms.backward(dh, d_atoms, d_bonds, d_angles)
