"""CHGNet 0.3.0 -> one ONNX file with energies and the gradients in bond lengths and angles.

usage: export.py OUT.onnx

The weights come from the wheel chgnet 0.4.2. The graph is written operator by operator, backward pass
included, instead of being traced: no scatter, no index in int64, no second copy of an edge tensor.
Inputs are bond lengths and angles, so that geometry, forces and virial stay in float64 at the caller;
packages/teachers/src/chgnet/crystalGraph.ts describes the layout.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from blocks import (
    LAYER_NORM_EPS,
    WIDTH,
    AngleUpdate,
    AtomConv,
    BondConv,
    Sums,
    Weights,
    flat,
    silu,
    silu_backward,
    sum_directions,
    table_sum,
)
from metadata import write_model
from onnx_graph import INT32, GraphWriter
from reference import load_chgnet

UNTRAINED = (84, 85, 86, 87, 88)
"""Po, At, Rn, Fr, Ra have rows in the tables but no structure in the training set MPtrj."""


class RadialBasis:
    """Bessel functions times the polynomial envelope, and their derivative, on lengths [M, 1].

    b_k(r) = sqrt(2/c) e(r/c) sin(w_k r/c) / r with e(x) = 1 - (p+1)(p+2)/2 x^p + ...; here
    e(x) = (1-x)^3 sum_{k<p} (k+1)(k+2)/2 x^k and e'(x) = -p(p+1)(p+2)/2 x^(p-1) (1-x)^2,
    the same polynomial without cancellation at the cutoff.
    """

    def __init__(self, g: GraphWriter, lengths: str, frequencies: np.ndarray, cutoff: float, scale: str, slope: str) -> None:
        argument = g.mul(lengths, g.constant(frequencies[None] / cutoff))
        sine = g.sin(argument)
        self.values = g.mul(sine, scale)
        wave = g.mul(g.mul(g.cos(argument), scale), g.constant(frequencies[None] / cutoff))
        self._slopes = g.add(wave, g.mul(sine, slope))
        self._g = g

    def backward(self, d_values: str) -> str:
        """[M, 1] gradient in the lengths."""
        return self._g.reduce_sum(self._g.mul(d_values, self._slopes), 1, keepdims=True)


def envelopes(g: GraphWriter, lengths: str, cutoffs: np.ndarray, power: int) -> tuple[str, str]:
    """q = sqrt(2/c) e(r/c) / r and dq/dr, one column per cutoff."""
    x = g.mul(lengths, g.constant(1 / cutoffs[None]))
    y = g.op("Relu", g.sub(g.scalar(1), x))[0]
    series = g.scalar((power) * (power + 1) / 2)
    for k in range(power - 2, -1, -1):
        series = g.add(g.mul(series, x), g.scalar((k + 1) * (k + 2) / 2))
    y2 = g.mul(y, y)
    inverse = g.div(g.scalar(1), lengths)
    q = g.mul(g.mul(g.mul(y2, y), series), g.mul(inverse, g.constant(np.sqrt(2 / cutoffs)[None])))
    x_power = g.op("Pow", x, g.scalar(power - 1))[0]
    factor = -power * (power + 1) * (power + 2) / 2 * np.sqrt(2 / cutoffs) / cutoffs
    steep = g.mul(g.mul(g.mul(x_power, y2), inverse), g.constant(factor[None]))
    return q, g.sub(steep, g.mul(q, inverse))


def take(g: GraphWriter, x: str, start: str, end: str, axis: int) -> str:
    return g.op("Slice", x, start, end, g.integers(axis))[0]


def readout(g: GraphWriter, w: Weights, atoms: str) -> tuple[str, str]:
    """(interaction energy of each atom [N, 1] eV, d energy / d atoms)."""
    gamma = w["readout_norm.weight"]
    x, mean, inverse = g.op(
        "LayerNormalization",
        atoms,
        g.constant(gamma),
        g.constant(w["readout_norm.bias"]),
        outputs=3,
        axis=-1,
        epsilon=LAYER_NORM_EPS,
    )
    layers = [w.linear(f"mlp.layers.{k}") for k in (0, 2, 4)]
    saved = []
    for weight, bias in layers:
        x, kept = silu(g, g.gemm(x, g.constant(weight), g.constant(bias)))
        saved.append(kept)
    weight, bias = w.linear("mlp.layers.7")
    energies = g.gemm(x, g.constant(weight), g.constant(bias))
    dx = g.constant(weight.T)
    for (inner, _), kept in zip(reversed(layers), reversed(saved), strict=True):
        dx = g.matmul(silu_backward(g, kept, dx), g.constant(inner.T))
    dy = g.mul(dx, g.constant(gamma))
    ones = g.constant(np.full((WIDTH, 1), 1 / WIDTH))
    shifted = g.mul(g.sub(atoms, mean), inverse)
    projected = g.mul(shifted, g.matmul(g.mul(dy, shifted), ones))
    return energies, g.mul(g.sub(g.sub(dy, g.matmul(dy, ones)), projected), inverse)


def build(w: Weights, *, cutoffs: tuple[float, float], power: int, layers: int) -> GraphWriter:
    g = GraphWriter()
    numbers = g.input("numbers", ["atoms"], INT32)
    lengths = g.input("lengths", ["bonds", 1])
    angles = g.input("angles", ["angles", 1])
    ends = g.input("ends", [2, "bonds"], INT32)
    edges_out = g.input("edgesOut", ["atoms", "edgesPerAtom"], INT32)
    edges_in = g.input("edgesIn", ["atoms", "edgesPerAtom"], INT32)
    bonds_out = g.input("bondsOut", ["atoms", "shortBondsPerAtom"], INT32)
    first = g.input("first", [2, "angles"], INT32)
    bond_pairs = g.input("angleBonds", [2, "angles"], INT32)
    angles_first = g.input("anglesFirst", ["directedShortBonds", "anglesPerBond"], INT32)
    angles_second = g.input("anglesSecond", ["directedShortBonds", "anglesPerBond"], INT32)

    with g.scope("geometry"):
        flip = g.integers(1, 0)
        zero = g.integers(0)
        rows = g.op("Shape", angles_first, start=0, end=1)[0]
        short = g.op("Div", rows, g.integers(2))[0]
        end = g.integers(np.iinfo(np.int64).max)
        sums = Sums(
            ends=ends,
            ends_swapped=g.gather(ends, flip),
            edges_out=edges_out,
            edges_in=edges_in,
            short_ends=take(g, ends, zero, short, 1),
            bonds_out=bonds_out,
            first=first,
            first_bond=bond_pairs,
            second_bond=g.gather(bond_pairs, flip),
            angles_first=angles_first,
            angles_second=angles_second,
        )
        q, dq = envelopes(g, lengths, np.array(cutoffs), power)
        columns = [g.integers(0), g.integers(1), g.integers(2)]
        basis = "bond_basis_expansion.rbf_expansion"
        atom_basis = RadialBasis(
            g, lengths, w[f"{basis}_ag.frequencies"], cutoffs[0],
            take(g, q, columns[0], columns[1], 1), take(g, dq, columns[0], columns[1], 1),
        )
        short_scale, short_slope = (
            take(g, take(g, x, columns[1], columns[2], 1), zero, short, 0) for x in (q, dq)
        )
        bond_basis = RadialBasis(
            g, take(g, lengths, zero, short, 0), w[f"{basis}_bg.frequencies"], cutoffs[1],
            short_scale, short_slope,
        )
        frequencies = w["angle_basis_expansion.fourier_expansion.frequencies"]
        argument = g.mul(angles, g.constant(frequencies[None]))
        sine, cosine = g.sin(argument), g.cos(argument)
        fourier = g.concat([sine, cosine], 1)
        fourier_slopes = g.concat(
            [g.mul(cosine, g.constant(frequencies[None])), g.mul(sine, g.constant(-frequencies[None]))], 1
        )
        short_basis = take(g, atom_basis.values, zero, short, 0)
        long_basis = take(g, atom_basis.values, short, end, 0)

    # Fourier basis -> angle features; the constant first function becomes a bias.
    angle_matrix = w["angle_embedding.weight"].T / np.sqrt(np.pi)
    angle_start = (angle_matrix[1:], angle_matrix[0] / np.sqrt(2))
    embedding = w["bond_embedding.weight"].T
    atom_weight, bond_weight = w["bond_weights_ag.weight"].T, w["bond_weights_bg.weight"].T

    with g.scope("embedding"):
        table = w["atom_embedding.embedding.weight"]
        atoms = g.gather(g.constant(table), numbers)
        bonds = g.matmul(short_basis, g.constant(embedding))
        edge_weights = g.matmul(atom_basis.values, g.constant(atom_weight))
        short_weights = g.matmul(bond_basis.values, g.constant(bond_weight))
        right_weights = g.gather(short_weights, sums.second_bond)
        halves = [g.op("Squeeze", g.gather(bond_pairs, g.integers(k)), g.integers(0))[0] for k in (0, 1)]
        angle_weights = g.mul(*(g.gather(short_weights, half) for half in halves))

    atom_convs = [AtomConv(g, w, k, sums) for k in range(layers)]
    bond_convs = [BondConv(g, w, k, sums, angle_start if k == 0 else None) for k in range(layers - 1)]
    # The angle features behind the last bond convolution are read by nobody.
    angle_updates = [AngleUpdate(g, w, k, sums, angle_start if k == 0 else None) for k in range(layers - 2)]

    angle_features = fourier
    for k, conv in enumerate(atom_convs):
        with g.scope(f"atom_conv{k}"):
            if k == 0:
                nodes = [
                    (g.gather(g.constant(table @ c), numbers), g.gather(g.constant(table @ n), numbers))
                    for (c, _, n), _ in conv.first
                ]
                terms = [
                    g.gemm(atom_basis.values, g.constant(embedding @ b), g.constant(bias))
                    for (_, b, _), bias in conv.first
                ]
            else:
                nodes = conv.node_terms(atoms)
                terms = [
                    g.concat(
                        [
                            g.gemm(bonds, g.constant(b), g.constant(bias)),
                            g.gemm(long_basis, g.constant(embedding @ b), g.constant(bias)),
                        ],
                        0,
                    )
                    for (_, b, _), bias in conv.first
                ]
            atoms = conv.forward(atoms, nodes, terms, edge_weights)
        if k < len(bond_convs):
            with g.scope(f"bond_conv{k}"):
                bonds = bond_convs[k].forward(atoms, bonds, angle_features, angle_weights)
        if k < len(angle_updates):
            with g.scope(f"angle_update{k}"):
                angle_features = angle_updates[k].forward(atoms, bonds, angle_features)

    with g.scope("readout"):
        energies, d_atoms = readout(g, w, atoms)

    d_basis = d_bonds = d_long = d_edge_weights = d_angle_weights = d_angles = None

    def accumulate(total: str | None, value: str) -> str:
        return value if total is None else g.add(total, value)

    for k in range(layers - 1, -1, -1):
        if k < len(angle_updates):
            with g.scope(f"angle_update{k}'"):
                d_atoms, d_bonds, d_angles = angle_updates[k].backward(d_atoms, d_bonds, d_angles)
        if k < len(bond_convs):
            with g.scope(f"bond_conv{k}'"):
                d_atoms, d_bonds, d_angles, d_weights = bond_convs[k].backward(d_atoms, d_bonds, d_angles)
                d_angle_weights = accumulate(d_angle_weights, d_weights)
        with g.scope(f"atom_conv{k}'"):
            d_atoms, d_terms, d_weights = atom_convs[k].backward(d_atoms, to_atoms=k > 0)
            d_edge_weights = accumulate(d_edge_weights, d_weights)
            for term, ((_, b, _), _) in zip(d_terms, atom_convs[k].first, strict=True):
                to_basis = g.constant((embedding @ b).T)
                if k == 0:
                    d_basis = g.matmul(term, to_basis) if d_basis is None else g.gemm(term, to_basis, d_basis)
                    continue
                near, far = take(g, term, zero, short, 0), take(g, term, short, end, 0)
                d_long = g.matmul(far, to_basis) if d_long is None else g.gemm(far, to_basis, d_long)
                matrix = g.constant(b.T)
                d_bonds = g.matmul(near, matrix) if d_bonds is None else g.gemm(near, matrix, d_bonds)

    with g.scope("geometry'"):
        d_basis = g.gemm(d_edge_weights, g.constant(atom_weight.T), d_basis)
        d_short = g.matmul(d_bonds, g.constant(embedding.T))
        d_lengths = atom_basis.backward(g.add(d_basis, g.concat([d_short, d_long], 0)))
        d_pairs = flat(g, g.mul(right_weights, d_angle_weights))
        d_short_weights = sum_directions(g, table_sum(g, d_pairs, angles_first))
        d_near = bond_basis.backward(g.matmul(d_short_weights, g.constant(bond_weight.T)))
        lengths_near = g.add(take(g, d_lengths, zero, short, 0), d_near)
        d_lengths = g.concat([lengths_near, take(g, d_lengths, short, end, 0)], 0)
        d_theta = g.reduce_sum(g.mul(d_angles, fourier_slopes), 1, keepdims=True)
    g.output("energies", energies, ["atoms", 1])
    g.output("lengthGradients", d_lengths, ["bonds", 1])
    g.output("angleGradients", d_theta, ["angles", 1])
    return g


def main(target: Path) -> None:
    chgnet = load_chgnet()
    arguments = chgnet.model_args
    state = {k: v.detach().cpu().double().numpy() for k, v in chgnet.state_dict().items()}
    graph = build(
        Weights(state),
        cutoffs=(arguments["atom_graph_cutoff"], arguments["bond_graph_cutoff"]),
        power=arguments["cutoff_coeff"],
        layers=arguments["n_conv"],
    )
    references = state["composition_model.fc.weight"][0]
    elements = [z for z in range(1, len(references) + 1) if z not in UNTRAINED]
    model = graph.model("chgnet", "CHGNet 0.3.0, energies and their gradients; see metadata")
    write_model(
        target,
        model,
        {
            "model": "chgnet-0.3.0",
            "source": "chgnet 0.4.2 (PyPI), chgnet_0.3.0_e29f68s314m37.pth.tar",
            "license": "modified BSD (CHGNET-LICENSE)",
            "parameters": chgnet.n_params,
            "atomCutoff": arguments["atom_graph_cutoff"],
            "bondCutoff": arguments["bond_graph_cutoff"],
            "cosineScale": 1 - 1e-6,
            "elements": elements,
            "referenceEnergies": [float(x) for x in references],
        },
    )
    print(f"{target}: {target.stat().st_size} bytes, {len(graph.nodes)} nodes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
