"""What a SevenNet computes, as arrays: every linear map, coupling and constant, read off its modules.

The modules are asked, not their files parsed: a linear map is what it makes of unit vectors, a
tensor product what it makes of unit features and unit weights. So normalisations of e3nn, in
whatever version, are in the numbers. All arrays are float64; products are formed before rounding.

Irreps are blocks of `mul` channels of degree l. e3nn stores channel-major rows [mul, 2l+1]; here
degrees come first, [2l+1, mul], so that every linear map is one matrix product over channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import sevenn._keys as KEY
import torch

if TYPE_CHECKING:
    from e3nn.o3 import Irreps

RECURSION_RESIDUAL = 1e-6
"""Spherical harmonics must be this close to their recursion; e3nn's constants are float32 in places."""


class UnsupportedModel(ValueError):
    """The checkpoint has a feature that the exported graph does not compute."""


@dataclass
class Path:
    """Coupling of features l1 with harmonics l2 to messages l3, the same for every channel."""

    l1: int
    l2: int
    l3: int
    radial: np.ndarray
    """[hidden, mul]: last layer of the radial network."""
    coupling: np.ndarray
    """[2 l3 + 1, 2 l2 + 1, 2 l1 + 1], path normalisation included."""
    mix: np.ndarray
    """[mul, mul of l3 behind the layer]: the linear map behind the convolution, over its denominator."""

    @property
    def d1(self) -> int:
        return 2 * self.l1 + 1

    @property
    def d2(self) -> int:
        return 2 * self.l2 + 1

    @property
    def mul(self) -> int:
        return self.radial.shape[1]


@dataclass
class Layer:
    paths: list[Path]
    radial: list[np.ndarray]
    """Radial network up to the last hidden layer: silu(x W) for each W."""
    before: dict[int, np.ndarray]
    """[mul, mul] per degree: linear map before the convolution."""
    own: dict[int, np.ndarray]
    """[mul, mul out] per degree: the atom's own part of its new features."""
    scalars: int
    gated: list[tuple[int, int]]
    """(degree, mul) of the gated features; their gates follow the scalars, in this order."""


@dataclass
class SevenNet:
    cutoff: float
    elements: list[int]
    embedding: np.ndarray
    """[119, mul] by atomic number."""
    bessel: np.ndarray
    """Wave numbers, 1/Angstrom."""
    bessel_factor: float
    envelope: tuple[str, float]
    """('XPLOR', radius where it starts) or ('poly_cut', power)."""
    harmonics: list[np.ndarray]
    """Y_l = (n x Y_{l-1}) A_l for l >= 1: A_l [3 (2l-1), 2l+1]."""
    layers: list[Layer]
    readout: np.ndarray
    """[mul]"""
    scale: np.ndarray
    """[119] eV by atomic number."""
    shift: np.ndarray
    """[119] eV by atomic number."""
    parameters: int


ATOMIC_NUMBERS = 119


def read_weights(model: torch.nn.Module, config: dict) -> SevenNet:
    """Takes a model in float64."""
    _refuse(config)
    types = {int(z): int(k) for z, k in config[KEY.TYPE_MAP].items()}
    layers = [_layer(model, t) for t in range(config[KEY.NUM_CONVOLUTION])]
    basis = model.edge_embedding.basis_function
    with torch.no_grad():
        embedding = _matrix(model.onehot_to_feature_x.linear)
        hidden = _matrix(model.reduce_input_to_hidden.linear)
        readout = hidden @ _matrix(model.reduce_hidden_to_energy.linear)
    _fold_activations(model, layers, readout)
    rescale = model.rescale_atomic_energy
    shift, scale = (np.broadcast_to(x.detach().double().numpy(), len(types)) for x in (rescale.shift, rescale.scale))

    def table(values: np.ndarray) -> np.ndarray:
        out = np.zeros((ATOMIC_NUMBERS, *values.shape[1:]))
        for z, k in types.items():
            out[z] = values[k]
        return out

    return SevenNet(
        cutoff=float(config[KEY.CUTOFF]),
        elements=sorted(types),
        embedding=table(embedding),
        bessel=basis.coeffs.detach().double().numpy(),
        bessel_factor=basis.prefactor,
        envelope=_envelope(config),
        harmonics=_harmonics(model.edge_embedding.spherical),
        layers=layers,
        readout=readout[:, 0],
        scale=table(scale),
        shift=table(shift),
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )


def _refuse(config: dict) -> None:
    wanted = {
        KEY.IS_PARITY: False,
        KEY.SELF_CONNECTION_TYPE: "linear",
        KEY.READOUT_AS_FCN: False,
        KEY.USE_BIAS_IN_LINEAR: False,
        KEY.ACTIVATION_RADIAL: "silu",
        KEY._NORMALIZE_SPH: True,
    }
    for key, value in wanted.items():
        found = config[key]
        if isinstance(found, list):
            found = found[0] if len(set(found)) == 1 else found
        if found != value:
            raise UnsupportedModel(f"{key} is {found!r}; the exporter knows {value!r}")
    if config.get(KEY.USE_MODALITY):
        raise UnsupportedModel("a model of several modalities; the exporter knows models of one")
    if config[KEY.RADIAL_BASIS][KEY.RADIAL_BASIS_NAME] != "bessel":
        raise UnsupportedModel(f"radial basis {config[KEY.RADIAL_BASIS]}; the exporter knows 'bessel'")
    for key in (KEY.ACTIVATION_SCARLAR, KEY.ACTIVATION_GATE):
        if config[key]["e"] != "silu":
            raise UnsupportedModel(f"{key} is {config[key]['e']!r}; the exporter knows 'silu'")


def _envelope(config: dict) -> tuple[str, float]:
    options = config[KEY.CUTOFF_FUNCTION]
    name = options[KEY.CUTOFF_FUNCTION_NAME]
    if name == "XPLOR":
        return name, float(options["cutoff_on"])
    if name == "poly_cut":
        return name, int(options.get("poly_cut_p_value", 6))
    raise UnsupportedModel(f"cutoff function {name}; the exporter knows 'XPLOR' and 'poly_cut'")


def _matrix(linear: torch.nn.Module) -> np.ndarray:
    """[in, out] of an e3nn Linear."""
    with torch.no_grad():
        return linear(torch.eye(linear.irreps_in.dim, dtype=torch.float64)).numpy()


def _blocks(irreps: Irreps) -> list[tuple[int, int, int]]:
    """(degree, mul, offset) of each block of a flat feature vector."""
    out = []
    offset = 0
    for mul, ir in irreps:
        out.append((ir.l, mul, offset))
        offset += mul * ir.dim
    return out


def _channels(offset: int, mul: int, degree: int) -> np.ndarray:
    """Where the first component (m = -l) of every channel of a block is."""
    return offset + (2 * degree + 1) * np.arange(mul)


def _by_degree(linear: torch.nn.Module) -> dict[int, np.ndarray]:
    """The [mul, mul out] blocks of an e3nn Linear; none where no block of the input has that degree."""
    matrix = _matrix(linear)
    targets = {degree: _channels(offset, mul, degree) for degree, mul, offset in _blocks(linear.irreps_out)}
    return {
        degree: matrix[np.ix_(_channels(offset, mul, degree), targets[degree])]
        for degree, mul, offset in _blocks(linear.irreps_in)
        if degree in targets
    }


def _silu_factor(act: torch.nn.Module) -> float:
    """e3nn scales activations to a second moment of one: act(x) = factor silu(x)."""
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)[[0, 1, 2, 4, 5, 6]]
    with torch.no_grad():
        ratio = (act(x) / torch.nn.functional.silu(x)).numpy()
    if np.ptp(ratio) > 1e-12:
        raise UnsupportedModel("an activation that is not silu; the exporter knows 'silu'")
    return float(ratio[0])


def _radial(net: torch.nn.Module) -> list[np.ndarray]:
    """Matrices of x -> silu(x W_0) W_1 ..., factors of the activations in the next matrix."""
    out = []
    factor = 1.0
    for layer in net.children():
        weight = layer.weight.detach().double().numpy() * factor
        spread = layer.h_in * layer.var_in
        if layer.act is None:
            out.append(weight / (spread / layer.var_out) ** 0.5)
            continue
        out.append(weight / spread**0.5)
        factor = _silu_factor(layer.act) * layer.var_out**0.5
    return out


def _coupling(product: torch.nn.Module, which: int, start: int) -> np.ndarray:
    """[2 l3 + 1, 2 l2 + 1, 2 l1 + 1] of one path, from the tensor product's answers for its channel 0."""
    ins = product.instructions[which]
    l1, _, o1 = _blocks(product.irreps_in1)[ins.i_in1]
    l2, _, o2 = _blocks(product.irreps_in2)[ins.i_in2]
    l3, _, o3 = _blocks(product.irreps_out)[ins.i_out]
    d1, d2, d3 = 2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1
    count = d1 * d2
    x = torch.zeros(count, product.irreps_in1.dim, dtype=torch.float64)
    y = torch.zeros(count, product.irreps_in2.dim, dtype=torch.float64)
    w = torch.zeros(count, product.weight_numel, dtype=torch.float64)
    w[:, start] = 1
    for m2 in range(d2):
        for m1 in range(d1):
            x[m2 * d1 + m1, o1 + m1] = 1
            y[m2 * d1 + m1, o2 + m2] = 1
    with torch.no_grad():
        answer = product(x, y, w)[:, o3 : o3 + d3].numpy()
    return answer.T.reshape(d3, d2, d1)


def _layer(model: torch.nn.Module, t: int) -> Layer:
    part = model._modules
    convolution = part[f"{t}_convolution"]
    product = convolution.convolution
    radial = _radial(convolution.weight_nn)
    outro = part[f"{t}_self_interaction_2"].linear
    mix = _matrix(outro) / float(convolution.denominator.detach())
    targets = {degree: _channels(offset, mul, degree) for degree, mul, offset in _blocks(outro.irreps_out)}
    paths = []
    start = 0
    for which, ins in enumerate(product.instructions):
        if ins.connection_mode != "uvu" or not ins.has_weight:
            raise UnsupportedModel(f"a tensor product of mode {ins.connection_mode}; the exporter knows 'uvu'")
        l1, mul, _ = _blocks(product.irreps_in1)[ins.i_in1]
        l2 = _blocks(product.irreps_in2)[ins.i_in2][0]
        l3, _, o3 = _blocks(product.irreps_out)[ins.i_out]
        paths.append(
            Path(
                l1=l1,
                l2=l2,
                l3=l3,
                radial=radial[-1][:, start : start + mul],
                coupling=_coupling(product, which, start),
                mix=mix[np.ix_(_channels(o3, mul, l3), targets[l3])],
            )
        )
        start += mul
    gate = part[f"{t}_equivariant_gate"].gate
    return Layer(
        paths=paths,
        radial=radial[:-1],
        before=_by_degree(part[f"{t}_self_interaction_1"].linear),
        own=_by_degree(part[f"{t}_self_connection_intro"].linear),
        scalars=gate.irreps_scalars.dim,
        gated=[(ir.l, mul) for mul, ir in gate.irreps_gated],
    )


def _fold_activations(model: torch.nn.Module, layers: list[Layer], readout: np.ndarray) -> None:
    """Features leave a layer without the factor of its activations; the next maps have it."""
    for t in range(len(layers)):
        gate = model._modules[f"{t}_equivariant_gate"].gate
        factors = {_silu_factor(act) for act in (*gate.act_scalars.acts, *gate.act_gates.acts)}
        if len(factors) > 1:
            raise UnsupportedModel("gates and scalars with different activations")
        factor = factors.pop()
        if t + 1 == len(layers):
            readout *= factor
            continue
        for maps in (layers[t + 1].before, layers[t + 1].own):
            for degree in maps:
                maps[degree] = maps[degree] * factor


def _harmonics(spherical: torch.nn.Module) -> list[np.ndarray]:
    """Recursion matrices of the model's own spherical harmonics, by least squares over directions."""
    directions = np.random.default_rng(0).normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    with torch.no_grad():
        values = spherical(torch.tensor(directions)).numpy()
    if np.abs(values[:, 0] - 1).max() > 1e-12:
        raise UnsupportedModel("spherical harmonics of another normalisation than 'component'")
    out = []
    previous = values[:, :1]
    for degree in range(1, spherical.lmax + 1):
        wanted = values[:, degree * degree : (degree + 1) ** 2]
        products = (directions[:, :, None] * previous[:, None, :]).reshape(len(directions), -1)
        matrix = np.linalg.lstsq(products, wanted, rcond=1e-10)[0]
        if np.abs(products @ matrix - wanted).max() > RECURSION_RESIDUAL:
            raise UnsupportedModel(f"spherical harmonics of degree {degree} that do not follow the recursion")
        out.append(matrix)
        previous = wanted
    return out
