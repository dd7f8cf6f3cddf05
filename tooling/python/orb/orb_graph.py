"""The Orb-v2 architecture (direct energy, forces and stress) as an ONNX graph, from a network of orb-models.

Written operator by operator instead of traced, and rearranged where the algebra allows:

- the encoder of atoms sees nothing but the atomic number: its 119 answers are a table;
- the first layer on edges, W [e, x_i, x_j], is We e + (Ws x)_i + (Wr x)_j: products per atom, then a gather;
- the shifted softplus log(1/2 + exp(x)/2) is max(y, log(1/2 + exp(min(y, 80)))) of y = x - log 2, and the
  shift is in the bias of the layer before; ONNX Runtime's own Softplus takes four times as long;
- the work on edges is done by Scan for some hundred edges at a time, which stay in the cache;
- a gated sum over the edges of an atom is a product, gates [1, K] times messages [K, width]: no scatter,
  no messages times gates in memory, the same answer with any number of threads;
- the edges behind the last step are read by nobody and not made.
"""

from __future__ import annotations

import copy
import math
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from onnx import TensorProto, helper
from orb_models.forcefield.angular import UnitVector
from orb_models.forcefield.featurization_utilities import gaussian_basis_function
from orb_models.forcefield.forcefield_heads import EnergyHead, ForceHead, GraphHead
from orb_models.forcefield.nn_util import SSP

sys.path.append(str(Path(__file__).resolve().parents[1] / "chgnet"))

from onnx_graph import DOUBLE, FLOAT, GraphWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orb_models.forcefield.direct_regressor import DirectForcefieldRegressor
    from orb_models.forcefield.gns import AttentionInteractionNetwork, MoleculeGNS
    from orb_models.forcefield.nn_util import ScalarNormalizer

    Layer = tuple[np.ndarray, np.ndarray]
    """Matrix [in, out] and bias."""

INT64 = TensorProto.INT64
GATE_RADIUS = 6.0
"""Angstrom; a default argument of orb-models' get_cutoff that nobody overrides."""
CHUNK = 128
"""Edges of a chunk, at least: their hidden layer of 512 then fits into the second-level cache."""
LOG2 = math.log(2)
EXP_LIMIT = 80.0
"""exp(80) is finite in float32, and the softplus has met its asymptote long before."""
SHORTEST = 1e-12
"""Least length that a vector is divided by, as in torch.nn.functional.normalize."""


class UnsupportedModel(Exception):
    """A network of orb-models that is not of the Orb-v2 architecture."""


class Body(GraphWriter):
    """The graph inside a Scan. Its constants are its own: ONNX Runtime packs no weights of the graph outside."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = [scope]

    def constant(self, value: np.ndarray) -> str:
        name = super().constant(value)
        own = f"{self._scope[0]}/{name}"
        if name in self.initializers:
            self.initializers[own] = self.initializers.pop(name)
            self.initializers[own].name = own
        return own


class Chunks:
    """Edges in chunks [chunks, length, ...]; the last is filled up with edges beyond the reach of all gates."""

    def __init__(self, g: GraphWriter, edges: str) -> None:
        self._g = g
        number = g.op("Max", g.op("Div", edges, g.integers(CHUNK))[0], g.integers(1))[0]
        length = g.op("Div", g.sub(g.add(edges, number), g.integers(1)), number)[0]
        self.total = g.mul(number, length)
        """[1], edges and those that fill up."""
        self._shape = g.concat([number, length], 0)
        self._missing = g.sub(self.total, edges)

    def split(self, x: str, *columns: int, fill: str | None = None) -> str:
        g = self._g
        before, after = g.integers(*[0] * (1 + len(columns))), [g.integers(0)] * len(columns)
        padded = g.op("Pad", x, g.concat([before, self._missing, *after], 0), *([] if fill is None else [fill]))[0]
        return g.op("Reshape", padded, g.concat([self._shape, *map(g.integers, columns)], 0))[0]

    def run(self, work: Callable[..., list[str]], inputs: Sequence[tuple[str, int]]) -> list[str]:
        """Outputs of work(body, *inputs) for each chunk, stacked; inputs are (tensor, type)."""
        g = self._g
        scope = "/".join([*g._scope, "chunk"])
        body = Body(scope)
        names = [body.input(f"{scope}/input{k}", None, dtype) for k, (_, dtype) in enumerate(inputs)]
        results = work(body, *names)
        for k, result in enumerate(results):
            body.output(f"{scope}/output{k}", result, None)
        graph = helper.make_graph(
            body.nodes, scope, body.inputs, body.outputs, list(body.initializers.values())
        )
        return g.op("Scan", *(x for x, _ in inputs), outputs=len(results), body=graph, num_scan_inputs=len(inputs))


def array(x: torch.Tensor) -> np.ndarray:
    return x.detach().cpu().double().numpy()


def layers_of(block: torch.nn.Module) -> list[Layer]:
    """With the shift of the softplus behind each but the last in its bias."""
    found = [m for m in block.modules() if isinstance(m, torch.nn.Linear)]
    shifts = [LOG2] * (len(found) - 1) + [0.0]
    return [(array(m.weight).T, array(m.bias) - shift) for m, shift in zip(found, shifts, strict=True)]


def dense(g: GraphWriter, x: str, layer: Layer) -> str:
    return g.gemm(x, g.constant(layer[0]), g.constant(layer[1]))


def softplus(g: GraphWriter, y: str) -> str:
    """log((1 + exp(x)) / 2) of y = x - log 2."""
    grown = g.op("Exp", g.op("Min", y, g.scalar(EXP_LIMIT))[0])[0]
    return g.op("Max", y, g.op("Log", g.add(grown, g.scalar(0.5)))[0])[0]


def behind(g: GraphWriter, x: str, layers: Sequence[Layer]) -> str:
    for layer in layers:
        x = dense(g, softplus(g, x), layer)
    return x


def mlp(g: GraphWriter, x: str, layers: Sequence[Layer]) -> str:
    return behind(g, dense(g, x, layers[0]), layers[1:])


def layer_norm(g: GraphWriter, x: str, norm: torch.nn.LayerNorm) -> str:
    weights = (g.constant(array(p)) for p in (norm.weight, norm.bias))
    return g.op("LayerNormalization", x, *weights, axis=-1, epsilon=norm.eps)[0]


def basis_of(gns: MoleculeGNS) -> np.ndarray:
    """Centres of the Gaussians exp(-(r - c)^2), Angstrom."""
    basis = gns.rbf_transform.keywords
    return np.arange(0, basis["radius"], basis["radius"] / basis["num_bases"])


def edge_features(g: GraphWriter, vectors: str, lengths: str, centers: np.ndarray) -> str:
    distance = g.sub(lengths, g.constant(centers[None]))
    radial = g.op("Exp", g.op("Neg", g.mul(distance, distance))[0])[0]
    return g.concat([radial, g.div(vectors, g.op("Max", lengths, g.scalar(SHORTEST))[0])], -1)


def envelope(g: GraphWriter, lengths: str) -> str:
    """1 - 15 u^4 + 24 u^5 - 10 u^6 of u = r / 6, as (1 - u)^3 (1 + 3 u + 6 u^2 + 10 u^3): exactly 0 from 6 on."""
    u = g.mul(lengths, g.scalar(1 / GATE_RADIUS))
    gap = g.op("Relu", g.sub(g.scalar(1), u))[0]
    series = g.scalar(10)
    for coefficient in (6, 3, 1):
        series = g.add(g.mul(series, u), g.scalar(coefficient))
    return g.mul(g.mul(g.mul(gap, gap), gap), series)


def gates_of(step: AttentionInteractionNetwork) -> Layer:
    """Both gates of an edge in one product: towards its neighbour, towards its centre."""
    gates = (step._receive_attn, step._send_attn)
    return np.concatenate([array(gate.weight).T for gate in gates], 1), np.concatenate(
        [array(gate.bias) for gate in gates]
    )


def denormalized(layers: list[Layer], normalizer: ScalarNormalizer, *, shifted: bool) -> list[Layer]:
    """The last layer answers in physical units."""
    scale, mean = statistics(normalizer)
    weight, bias = layers[-1]
    return [*layers[:-1], (weight * scale, bias * scale + (mean if shifted else 0))]


def statistics(normalizer: ScalarNormalizer) -> tuple[float, float]:
    """Standard deviation and mean."""
    return float(array(normalizer.bn.running_var).item() ** 0.5), float(array(normalizer.bn.running_mean).item())


@dataclass(frozen=True)
class Geometry:
    """What all steps share."""

    chunks: Chunks
    ends: list[tuple[str, int]]
    """Centres and neighbours, in chunks."""
    share: str
    """Envelope of the gates, in chunks."""
    flags: list[str]
    """Where the gates of the edges into and out of each atom are, [N, 1, K]."""
    rows: list[str]
    """Where their messages are, [N, K]."""


def message_step(
    g: GraphWriter,
    step: AttentionInteractionNetwork,
    geometry: Geometry,
    state: tuple[str, str],
    *,
    last: bool,
) -> tuple[str, str]:
    """Atoms and edges behind a step; behind the last, the edges are of no use."""
    atoms, edges = state
    width = step.latent_dim
    (weight, bias), *rest = layers_of(step._edge_mlp.mlp)
    of_center = dense(g, atoms, (weight[width : 2 * width], bias))
    of_neighbor = g.matmul(atoms, g.constant(weight[2 * width :]))

    def work(b: GraphWriter, e: str, i: str, j: str, share: str) -> list[str]:
        gates = b.mul(b.sigmoid(dense(b, e, gates_of(step))), share)
        terms = b.add(b.gather(of_center, i), b.gather(of_neighbor, j))
        first = b.add(b.matmul(e, b.constant(weight[:width])), terms)
        message = layer_norm(b, behind(b, first, rest), step._edge_mlp.layer_norm)
        return [message, gates] if last else [message, gates, b.add(e, message)]

    found = geometry.chunks.run(work, [(edges, FLOAT), *geometry.ends, (geometry.share, FLOAT)])
    messages = g.reshape(found[0], -1, width)
    # Tables are padded with the number of edges: the gate of a filling edge, or one of these.
    gates = g.concat([g.reshape(found[1], -1), g.constant(np.zeros(2))], 0)
    sums = [
        g.op("Squeeze", g.matmul(g.gather(gates, flag), g.gather(messages, row)), g.integers(1))[0]
        for flag, row in zip(geometry.flags, geometry.rows, strict=True)
    ]
    update = mlp(g, g.concat([atoms, *sums], 1), layers_of(step._node_mlp.mlp))
    return g.add(atoms, layer_norm(g, update, step._node_mlp.layer_norm)), found[-1]


def build(model: DirectForcefieldRegressor) -> GraphWriter:
    """Inputs and outputs as OnnxTeacher has them; the energy is N times that of the normalised head."""
    require_supported(model)
    gns = model.model
    g = GraphWriter()
    numbers = g.input("numbers", ["atoms"], INT64)
    vectors = g.input("vectors", ["edges", 3])
    centers = g.input("centers", ["edges"], INT64)
    neighbors = g.input("neighbors", ["edges"], INT64)
    edges_out = g.input("edgesOut", ["atoms", "edgesOutOfAtom"], INT64)
    edges_in = g.input("edgesIn", ["atoms", "edgesIntoAtom"], INT64)

    with g.scope("geometry"):
        chunks = Chunks(g, g.op("Shape", centers)[0])
        # Where tables are padded, gates are 0, and any message will do.
        last = g.sub(chunks.total, g.integers(1))
        rows = [g.op("Min", table, last)[0] for table in (edges_in, edges_out)]
        # The two gates of an edge are neighbours in memory.
        flags = [
            g.op("Unsqueeze", g.add(g.mul(table, g.integers(2)), g.integers(k)), g.integers(1))[0]
            for k, table in enumerate((edges_in, edges_out))
        ]
        ends = [(chunks.split(x), INT64) for x in (centers, neighbors)]
        chunked = chunks.split(vectors, 3, fill=g.scalar(GATE_RADIUS))
        lengths = g.op("Sqrt", g.reduce_sum(g.mul(chunked, chunked), 2, keepdims=True))[0]
        open_share = envelope(g, lengths)
        features = edge_features(g, chunked, lengths, basis_of(gns))

    with g.scope("encoder"):
        with torch.no_grad():
            encoder = copy.deepcopy(gns._encoder._node_fn).double()
            table = array(encoder(gns.atom_emb.embeddings.weight.double()))
        atoms = g.gather(g.constant(table), numbers)
        block = gns._encoder._edge_fn
        encode = layers_of(block.mlp)
        (edges,) = chunks.run(
            lambda b, x: [layer_norm(b, mlp(b, x, encode), block.layer_norm)], [(features, FLOAT)]
        )

    geometry = Geometry(chunks, ends, open_share, flags, rows)
    for k, step in enumerate(gns.gnn_stacks):
        with g.scope(f"step{k}"):
            atoms, edges = message_step(g, step, geometry, (atoms, edges), last=k + 1 == len(gns.gnn_stacks))

    with g.scope("heads"):
        heads = model.heads
        mean = g.op("ReduceMean", atoms, axes=[0], keepdims=1)[0]
        energy = g.reshape(mlp(g, mean, layers_of(heads["energy"].mlp)), -1)
        # Times N in float64, where the total of many atoms keeps the digits of the mean.
        count = g.op("Cast", g.op("Shape", numbers)[0], to=DOUBLE)[0]
        total = g.mul(g.op("Cast", energy, to=DOUBLE)[0], count)
        forces = denormalized(layers_of(heads["forces"].mlp), heads["forces"].normalizer, shifted=False)
        stress = denormalized(layers_of(heads["stress"].mlp), heads["stress"].normalizer, shifted=True)
        forces, stress = mlp(g, atoms, forces), g.reshape(mlp(g, mean, stress), -1)
    g.output("energy", total, [1], DOUBLE)
    g.output("forces", forces, ["atoms", 3])
    g.output("stress", stress, [6])
    return g


def require_supported(model: DirectForcefieldRegressor) -> None:
    """Refuses what `build` would ignore."""
    gns = model.model
    head_types = {"energy": EnergyHead, "forces": ForceHead, "stress": GraphHead}
    activations = {type(m) for m in model.modules() if type(m).__module__.startswith("torch.nn.modules.activation")}
    facts = {
        "heads for energy, forces and stress as orb-v2 has them": {k: type(h) for k, h in model.heads.items()} == head_types,
        "an energy per atom": getattr(model.heads["energy"], "atom_avg", False) if "energy" in model.heads else False,
        "no pair repulsion": not model.pair_repulsion,
        "no charge and no spin": gns.conditioner is None,
        "one embedding per element": gns.use_embedding and not gns.expects_atom_type_embedding,
        "unit vectors": isinstance(gns.angular_transform, UnitVector) and not gns.outer_product_with_cutoff,
        "Gaussians of width 1": isinstance(gns.rbf_transform, partial)
        and gns.rbf_transform.func is gaussian_basis_function
        and gns.rbf_transform.keywords.keys() == {"num_bases", "radius"},
        "no further features": {*gns.node_feature_names, *gns.edge_feature_names} <= {"feat"},
        "sigmoid gates with a cutoff": all(s._attention_gate == "sigmoid" and s._distance_cutoff for s in gns.gnn_stacks),
        "softplus": not activations and any(isinstance(m, SSP) for m in model.modules()),
        "layer norms": not any(isinstance(m, torch.nn.RMSNorm) for m in model.modules()),
        f"a cutoff of {GATE_RADIUS} Angstrom": model.system_config.radius == GATE_RADIUS,
    }
    missing = [name for name, found in facts.items() if not found]
    if missing:
        raise UnsupportedModel(f"it has not: {'; '.join(missing)}")
