"""schnetpack's PaiNN, built from the JSON configuration of a student."""

import math
import typing
import warnings

import numpy as np
import torch
import torch.utils.data.dataloader as _dataloader

# schnetpack 2.1.1 imports a name that torch no longer has.
_dataloader.T_co = typing.TypeVar("T_co", covariant=True)
warnings.filterwarnings("ignore")

import schnetpack as spk  # noqa: E402
import schnetpack.properties as P  # noqa: E402
from ase import Atoms  # noqa: E402
from ase.neighborlist import neighbor_list  # noqa: E402

# Inputs of the embeddings of charge and spin: the student's `spin` is no multiplicity.
ELECTRONS = {"charge": P.total_charge, "spin": "unpaired_electrons"}


class PolynomialCutoff(torch.nn.Module):
    """1 - 28 x^6 + 48 x^7 - 21 x^8, x = d / rc: NequIP's envelope at p = 6."""

    def __init__(self, cutoff):
        super().__init__()
        self.register_buffer("cutoff", torch.tensor([float(cutoff)]))

    def forward(self, d):
        x = d / self.cutoff
        return torch.where(x < 1, 1 - 28 * x**6 + 48 * x**7 - 21 * x**8, torch.zeros_like(x))


def build(config, stress):
    """Model of a configuration in torch's default dtype."""
    dtype = torch.get_default_dtype()
    # schnetpack's basis functions can only be made in float32.
    torch.set_default_dtype(torch.float32)
    try:
        model = assemble(config, stress).to(dtype)
    finally:
        torch.set_default_dtype(dtype)
    # The buffers once more without their rounding to float32.
    basis, cutoff = model.representation.radial_basis, config["cutoff"]
    count = config["radialBasis"]["count"]
    if config["radialBasis"]["type"] == "gaussian":
        basis.offsets = torch.linspace(0, cutoff, count, dtype=dtype)
        basis.widths = torch.full((count,), cutoff / (count - 1), dtype=dtype)
    else:
        basis.freqs = torch.arange(1, count + 1, dtype=dtype) * math.pi / cutoff
    model.representation.cutoff_fn.cutoff = torch.tensor([cutoff], dtype=dtype)
    return model


def assemble(config, stress):
    cutoff = config["cutoff"]
    count = config["radialBasis"]["count"]
    gaussian = config["radialBasis"]["type"] == "gaussian"
    basis = (spk.nn.GaussianRBF if gaussian else spk.nn.BesselRBF)(count, cutoff)
    cosine = config["cutoffFunction"] == "cosine"
    features = config["features"]
    representation = spk.representation.PaiNN(
        n_atom_basis=features,
        n_interactions=config["interactions"],
        radial_basis=basis,
        cutoff_fn=spk.nn.CosineCutoff(cutoff) if cosine else PolynomialCutoff(cutoff),
        shared_filters=config.get("sharedFilters", False),
        electronic_embeddings=[
            spk.nn.embedding.ElectronicEmbedding(ELECTRONS[key], features, key == "charge")
            for key in electrons(config)
        ],
    )
    return spk.model.NeuralNetworkPotential(
        representation,
        input_modules=([spk.atomistic.Strain()] if stress else [])
        + [spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(n_in=features, output_key="energy"),
            spk.atomistic.Forces(energy_key="energy", force_key="forces", calc_stress=stress),
        ],
    )


def electrons(config):
    """Properties of the electrons that a student has, in its order."""
    return [key for key in ELECTRONS if config.get(key, False)]


def parameter_names(config):
    """Names in schnetpack in the order in which a student lists its tensors."""
    names = ["representation.embedding.weight"]
    layers = []
    for k in range(len(electrons(config))):
        embedding = f"representation.electronic_embeddings.{k}"
        layers += [f"{embedding}.linear_{part}" for part in "qkv"]
        parts = ("residual.stack.0.linear1", "residual.stack.0.linear2", "linear")
        layers += [f"{embedding}.resblock.{part}" for part in parts]
    layers.append("representation.filter_net")
    blocks = range(config["interactions"])
    layers += [
        f"representation.interactions.{t}.interatomic_context_net.{k}" for t in blocks for k in (0, 1)
    ]
    for t in blocks:
        layers += [f"representation.mixing.{t}.intraatomic_context_net.{k}" for k in (0, 1)]
        layers.append(f"representation.mixing.{t}.mu_channel_mix")
    layers += [f"output_modules.0.outnet.{k}" for k in (0, 1)]
    for layer in layers:
        names.append(f"{layer}.weight")
        if not layer.endswith(("mu_channel_mix", "linear_k", "linear_v")) and "resblock" not in layer:
            names.append(f"{layer}.bias")
    return names


def uniforms(count, tensor, seed):
    """Value k in [-1, 1) of a tensor's formula: an integer hash of (k, tensor, seed)."""
    mask = np.uint64(0xFFFFFFFF)
    h = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1)
    h = (h + np.uint64(tensor * 0x85EBCA77 + seed * 0xC2B2AE3D)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(0x2C1B3C6D)) & mask
    h ^= h >> np.uint64(12)
    h = (h * np.uint64(0x297A2D39)) & mask
    h ^= h >> np.uint64(15)
    return (h >> np.uint64(8)).astype(np.float64) / 2.0**23 - 1.0


def set_parameters(model, config, seed):
    """Fills a model with the formula's weights, rounded to float32."""
    parameters = dict(model.named_parameters())
    names = parameter_names(config)
    if set(names) != set(parameters):
        raise SystemExit(f"unexpected parameters: {sorted(set(names) ^ set(parameters))}")
    for t, name in enumerate(names):
        value = parameters[name]
        scale = 1.0 if t == 0 else 0.1 if value.dim() == 1 else 1 / math.sqrt(value.shape[1])
        data = (scale * uniforms(value.numel(), t, seed)).astype(np.float32).astype(np.float64)
        value.data = torch.tensor(data).to(value.dtype).reshape(value.shape)


def to_atoms(structure):
    """ASE atoms of a JSON structure."""
    return Atoms(
        numbers=structure["numbers"],
        positions=np.array(structure["positions"], dtype=np.float64).reshape(-1, 3),
        cell=np.array(structure.get("cell", [0] * 9), dtype=np.float64).reshape(3, 3),
        pbc=structure.get("pbc", [False] * 3),
    )


def inputs_of(structures, cutoff):
    """schnetpack's input dictionary for one batch of ASE atoms, and its number of edges."""
    dtype = torch.get_default_dtype()
    rows = {key: [] for key in ("z", "r", "i", "j", "offset", "m", "cell", "pbc")}
    first = 0
    for b, atoms in enumerate(structures):
        i, j, shift = neighbor_list("ijS", atoms, cutoff)
        rows["z"].append(atoms.numbers)
        rows["r"].append(atoms.positions)
        rows["i"].append(i + first)
        rows["j"].append(j + first)
        rows["offset"].append(shift @ np.array(atoms.cell))
        rows["m"].append(np.full(len(atoms), b))
        rows["cell"].append(np.array(atoms.cell)[None])
        rows["pbc"].append(atoms.pbc)
        first += len(atoms)
    joined = {key: np.concatenate(value) for key, value in rows.items()}

    def real(name):
        return torch.tensor(joined[name], dtype=dtype)

    def whole(name):
        return torch.tensor(joined[name], dtype=torch.long)

    batch = {
        P.Z: whole("z"),
        P.R: real("r"),
        P.idx_i: whole("i"),
        P.idx_j: whole("j"),
        P.offsets: real("offset").reshape(-1, 3),
        P.idx: torch.arange(len(structures)),
        P.idx_m: whole("m"),
        P.n_atoms: torch.tensor([len(atoms) for atoms in structures]),
        P.cell: real("cell"),
        P.pbc: torch.tensor(joined["pbc"]),
    }
    return batch, len(joined["i"])
