"""A student as a schnetpack model, and a schnetpack PaiNN as a file for `mlffd import`.

    schnetpack_model.py build STUDENT.safetensors MODEL [--double]
    schnetpack_model.py extract MODEL OUT.safetensors [--elements H,C,O]

`build` writes a NeuralNetworkPotential as `torch.save` does: `torch.load(MODEL, weights_only=False)`
and schnetpack's SpkCalculator read it. Energies are in eV, lengths in Angstrom. Where the student has
the polynomial cutoff, of which schnetpack has none, keep this file importable beside the model.
From Python: `model = build(*read_tensors("STUDENT.safetensors"))`.

`extract` reads a model that schnetpack saved (`best_model`). That runs code in the file, as every
`torch.load` of a whole model does: use it on files that you trust. What a student cannot express is
refused. Answers of the model for two small structures go along, for the reader to check itself by.

Needs schnetpack 2.x with its torch, numpy and ase; made with schnetpack 2.1.1.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import typing
from typing import Any

import numpy as np
import torch
import torch.utils.data.dataloader as _dataloader

# schnetpack 2.1.1 imports a name that newer versions of torch no longer have.
if not hasattr(_dataloader, "T_co"):
    _dataloader.T_co = typing.TypeVar("T_co", covariant=True)

import schnetpack as spk
import schnetpack.properties as P
from ase import Atoms
from ase.data import atomic_numbers
from ase.neighborlist import neighbor_list
from schnetpack.nn.activations import shifted_softplus
from schnetpack.nn.embedding import ElectronicEmbedding
from schnetpack.transform import AddOffsets, CastMap, CastTo64, ScaleProperty

FORMAT = "mlffd-schnetpack"
VERSION = 1
EPSILON = 1e-8
# Squares of the smallest and the largest softening of a student.
EPSILONS = 1e-30, 100.0
# Inputs of a student with charge or spin. schnetpack's own `spin_multiplicity` is another number.
CHARGE, SPIN = P.total_charge, "unpaired_electrons"


class Refused(Exception):
    """The model has a part that a student cannot express."""


class PolynomialCutoff(torch.nn.Module):
    """1 - 28 x^6 + 48 x^7 - 21 x^8, x = d / rc: NequIP's envelope at p = 6.

    Written as (1 - x)^3 (1 + 3x + 6x^2 + 10x^3 + 15x^4 + 21x^5), which cancels nothing near rc.
    """

    def __init__(self, cutoff: float):
        super().__init__()
        self.register_buffer("cutoff", torch.tensor([float(cutoff)]))

    def forward(self, d: torch.Tensor) -> torch.Tensor:
        x = d / self.cutoff
        rest = torch.clamp(1 - x, min=0)
        return rest**3 * (1 + x * (3 + x * (6 + x * (10 + x * (15 + 21 * x)))))


def read_tensors(path: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Tensors by schnetpack's names, and what is known of the model."""
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})
    if metadata.get("format") != FORMAT:
        raise Refused(f"{path} was not written by `mlffd export --to schnetpack`")
    tensors = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        values = np.frombuffer(content[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.tensor(values)
    return tensors, json.loads(metadata["schnetpack"])


def write_tensors(path: str, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
    """Writes float32 tensors and facts as one safetensors file."""
    header: dict[str, Any] = {
        "__metadata__": {"format": FORMAT, "schnetpack": json.dumps(facts, allow_nan=False)}
    }
    parts, offset = [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().cpu().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))


def build(
    tensors: dict[str, torch.Tensor], facts: dict[str, Any], dtype: torch.dtype = torch.float32
) -> spk.model.NeuralNetworkPotential:
    """The model of a file; reference energies are added in float64 in any case."""
    shape, energy = facts["representation"], facts["energy"]
    key = energy["output_key"]
    offsets = AddOffsets(key, add_atomrefs=True, zmax=shape["n_embeddings"])
    scale = ScaleProperty(key, scale=torch.tensor([energy["scale"]], dtype=torch.float64))
    model = spk.model.NeuralNetworkPotential(
        representation(shape),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(n_in=shape["n_atom_basis"], output_key=key),
            scale,
            spk.atomistic.Forces(energy_key=key, force_key="forces"),
        ],
        postprocessors=[CastTo64(), offsets],
    )
    learned = dict(model.named_parameters())
    if set(learned) != set(tensors):
        raise Refused(f"tensors do not fit: {sorted(set(learned) ^ set(tensors))}")
    model.to(dtype)
    for name, value in tensors.items():
        learned[name].data = value.to(dtype)
    refine(model.representation, shape, dtype)
    scale.scale = torch.tensor([energy["scale"]], dtype=dtype)
    atomref = torch.zeros(shape["n_embeddings"], dtype=torch.float64)
    for number, value in energy["atomref"].items():
        atomref[int(number)] = value
    offsets.atomref = atomref
    # Else schnetpack would take them from a data module when the model is trained further.
    offsets._atomrefs_initialized = True
    return model.eval()


def representation(shape: dict[str, Any]) -> spk.representation.PaiNN:
    """PaiNN with random weights; always float32, as schnetpack's basis functions have to be made."""
    basis, cutoff = shape["radial_basis"], shape["cutoff_fn"]
    known = {"BesselRBF": spk.nn.BesselRBF, "GaussianRBF": spk.nn.GaussianRBF}
    envelopes = {"CosineCutoff": spk.nn.CosineCutoff, "PolynomialCutoff": PolynomialCutoff}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        return spk.representation.PaiNN(
            n_atom_basis=shape["n_atom_basis"],
            n_interactions=shape["n_interactions"],
            radial_basis=known[basis["type"]](basis["n_rbf"], cutoff["cutoff"]),
            cutoff_fn=envelopes[cutoff["type"]](cutoff["cutoff"]),
            shared_filters=shape["shared_filters"],
            epsilon=shape.get("epsilon", EPSILON),
            nuclear_embedding=torch.nn.Embedding(shape["n_embeddings"], shape["n_atom_basis"]),
            electronic_embeddings=[
                ElectronicEmbedding(key, shape["n_atom_basis"], is_charged=key == CHARGE)
                for key in shape.get("electronic_embeddings", [])
            ],
        )
    finally:
        torch.set_default_dtype(before)


def refine(module: Any, shape: dict[str, Any], dtype: torch.dtype) -> None:
    """Sets the constants of the basis and the cutoff without their rounding to float32."""
    cutoff, count = shape["cutoff_fn"]["cutoff"], shape["radial_basis"]["n_rbf"]
    basis = module.radial_basis
    if shape["radial_basis"]["type"] == "GaussianRBF":
        basis.offsets = torch.linspace(0, cutoff, count, dtype=dtype)
        basis.widths = torch.full((count,), cutoff / (count - 1), dtype=dtype)
    else:
        basis.freqs = torch.arange(1, count + 1, dtype=dtype) * math.pi / cutoff
    module.cutoff_fn.cutoff = torch.tensor([cutoff], dtype=dtype)
    module.cutoff = module.cutoff_fn.cutoff


def extract(model: Any, elements: list[int]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Tensors and facts of a schnetpack PaiNN; `elements` may be empty if it has atomic energies."""
    if not isinstance(model, spk.model.NeuralNetworkPotential):
        raise Refused(f"the file holds a {type(model).__name__}, not a NeuralNetworkPotential")
    shape = describe_representation(model.representation)
    position, energy = find_energy(model, shape["n_atom_basis"])
    mean, atomref = find_offsets(model, energy["output_key"])
    elements = sorted(set(elements)) or [z for z, value in enumerate(atomref) if value != 0]
    if not elements:
        raise Refused("the model has no atomic energies: name the elements with --elements H,C,O")
    if elements[-1] >= shape["n_embeddings"]:
        raise Refused(f"the model has no element {elements[-1]}")
    reference = [atomref[z] if z < len(atomref) else 0.0 for z in elements]
    energy["atomref"] = {str(z): e + mean for z, e in zip(elements, reference, strict=True)}
    energy["elements"] = elements
    tensors = {}
    for name, value in model.named_parameters(remove_duplicate=False):
        if name.startswith("representation."):
            tensors[name] = value
        elif name.startswith(f"output_modules.{position}."):
            tensors[name.replace(f".{position}.", ".0.", 1)] = value
    facts = {
        "version": VERSION,
        "representation": shape,
        "energy": energy,
        "provenance": {
            "schnetpack": str(getattr(model, "spk_version", "unknown")),
            "torch": torch.__version__,
        },
        "checks": checks(model, energy, shape["cutoff_fn"]["cutoff"]),
    }
    return tensors, facts


def describe_representation(painn: Any) -> dict[str, Any]:
    """Hyper-parameters of a PaiNN, after a look at everything that could differ."""
    if not isinstance(painn, spk.representation.PaiNN):
        raise Refused(f"the representation is {type(painn).__name__}, not PaiNN")
    if type(painn.embedding) is not torch.nn.Embedding:
        raise Refused(f"a nuclear embedding of type {type(painn.embedding).__name__}")
    epsilon = float(painn.mixing[0].epsilon)
    if any(block.epsilon != epsilon for block in painn.mixing):
        raise Refused("mixing blocks with different values of epsilon")
    if not EPSILONS[0] <= epsilon <= EPSILONS[1]:
        raise Refused(f"an epsilon of {epsilon}, not from {EPSILONS[0]} to {EPSILONS[1]}")
    for block in painn.interactions:
        require_silu(block.interatomic_context_net)
    for block in painn.mixing:
        require_silu(block.intraatomic_context_net)
    cutoff = float(painn.cutoff_fn.cutoff)
    electrons = electron_keys(list(getattr(painn, "electronic_embeddings", [])))
    return {
        "n_atom_basis": painn.n_atom_basis,
        "n_interactions": painn.n_interactions,
        "shared_filters": bool(painn.share_filters),
        "n_embeddings": painn.embedding.num_embeddings,
        "radial_basis": {
            "type": basis_type(painn.radial_basis, cutoff),
            "n_rbf": painn.radial_basis.n_rbf,
        },
        "cutoff_fn": {"type": cutoff_type(painn.cutoff_fn), "cutoff": rounded(cutoff)},
        **({"electronic_embeddings": electrons} if electrons else {}),
        **({} if epsilon == EPSILON else {"epsilon": epsilon}),
    }


def electron_keys(modules: list[Any]) -> list[str]:
    """Inputs of the embeddings of charge and spin, if they are those that a student can have."""
    keys = []
    for module in modules:
        if type(module) is not ElectronicEmbedding:
            raise Refused(f"an electronic embedding of type {type(module).__name__}")
        key = CHARGE if module.is_charged else module.property_key
        if key != CHARGE and key != SPIN:
            raise Refused(
                f'an embedding of "{key}": a student takes the number of unpaired electrons, which'
                f' schnetpack has no name for. If "{key}" was just that in training, set'
                f' property_key = "{SPIN}" of the module and save the model again'
            )
        residual = module.resblock.residual.stack
        used = [module.resblock.activation, *(r.activation1 for r in residual)]
        if any(function is not shifted_softplus for function in used):
            raise Refused("an electronic embedding with an activation other than shifted_softplus")
        other = module.epsilon != EPSILON or module.resblock.linear.bias is not None
        if len(residual) != 1 or other:
            raise Refused("an electronic embedding with other layers than schnetpack's default")
        keys.append(key)
    if keys not in ([], [CHARGE], [SPIN], [CHARGE, SPIN]):
        raise Refused(f"electronic embeddings in another order than charge, spin: {keys}")
    return keys


def require_silu(network: Any) -> None:
    """Refuses a network of two layers whose first does not end in silu."""
    if len(network) != 2:
        raise Refused(f"a network of {len(network)} layers where a student has two")
    first = network[0].activation
    if first is not torch.nn.functional.silu and not isinstance(first, torch.nn.SiLU):
        raise Refused(f"an activation other than silu: {first}")


def basis_type(basis: Any, cutoff: float) -> str:
    """Name of the radial basis, if its functions are those of a new one."""
    name = type(basis).__name__
    if name == "BesselRBF":
        expected = torch.arange(1, basis.n_rbf + 1) * math.pi / cutoff
        if torch.allclose(basis.freqs.float(), expected, rtol=1e-5):
            return name
    if name == "GaussianRBF":
        centres = torch.linspace(0, cutoff, basis.n_rbf)
        widths = torch.full_like(centres, cutoff / (basis.n_rbf - 1))
        same = torch.allclose(basis.offsets.float(), centres, rtol=1e-5, atol=1e-5)
        if same and torch.allclose(basis.widths.float(), widths, rtol=1e-5):
            return name
    raise Refused(
        f"a radial basis {name} other than BesselRBF or an untrained GaussianRBF from 0 to rc"
    )


def cutoff_type(function: Any) -> str:
    """Name of the cutoff function."""
    name = type(function).__name__
    if name in ("CosineCutoff", "PolynomialCutoff"):
        return name
    raise Refused(f"a cutoff function {name}; there are CosineCutoff and PolynomialCutoff")


def rounded(value: float) -> float:
    """A decimal number that was kept in float32, as it was meant: 4.8, not 4.800000190734863."""
    short = float(f"{value:.7g}")
    return short if np.float32(short) == np.float32(value) else value


def find_energy(model: Any, features: int) -> tuple[int, dict[str, Any]]:
    """Place of the module that gives the energy, its key and its scale inside the network."""
    for module in model.input_modules:
        if type(module).__name__ not in ("PairwiseDistances", "Strain"):
            raise Refused(f"an input module {type(module).__name__}")
    keys = [m.energy_key for m in model.output_modules if hasattr(m, "energy_key")]
    atomwise = [
        (k, m) for k, m in enumerate(model.output_modules) if type(m) is spk.atomistic.Atomwise
    ]
    key = keys[0] if keys else atomwise[0][1].output_key if atomwise else "energy"
    chosen = [(k, m) for k, m in atomwise if m.output_key == key]
    if len(chosen) != 1:
        raise Refused(f'there is no one Atomwise module that gives "{key}"')
    position, module = chosen[0]
    if module.aggregation_mode != "sum" or module.n_out != 1:
        raise Refused("an energy that is not the sum of one output per atom")
    require_silu(module.outnet)
    if tuple(module.outnet[0].weight.shape) != (features // 2, features):
        raise Refused(f"a readout whose hidden layer has not {features // 2} units")
    scale = 1.0
    for other in model.output_modules:
        name = type(other).__name__
        if isinstance(other, ScaleProperty) and other.input_key == other.output_key == key:
            scale *= float(other.scale)
        elif name not in ("Atomwise", "Forces", "Response"):
            raise Refused(f"an output module {name}")
    return position, {"output_key": key, "scale": scale}


def find_offsets(model: Any, key: str) -> tuple[float, list[float]]:
    """Energy per atom, and by element, that the post-processors add."""
    mean, atomref = 0.0, [0.0]
    for step in model.postprocessors:
        if isinstance(step, CastMap):
            continue
        name = type(step).__name__
        if isinstance(step, AddOffsets) and step._property != key:
            continue
        if not isinstance(step, AddOffsets) or not step.is_extensive:
            raise Refused(f"a post-processor {name}")
        if step.add_mean:
            mean += float(step.mean)
        if step.add_atomrefs:
            if len(atomref) > 1:
                raise Refused("two lists of atomic energies")
            atomref = [float(value) for value in step.atomref.reshape(-1)]
    return mean, atomref


def checks(model: Any, energy: dict[str, Any], cutoff: float) -> list[dict[str, Any]]:
    """The model's own answers for a periodic box and a cluster that hold its elements."""
    exact = copy.deepcopy(model).eval().double()
    elements = energy["elements"]
    corners = np.array([[k & 1, (k >> 1) & 1, k >> 2] for k in range(8)], dtype=float)
    shift = 0.2 * np.sin(2 * np.arange(8)[:, None] + 3 * np.arange(3)[None, :])
    numbers = [elements[k % len(elements)] for k in range(8)]
    box = Atoms(numbers, 2.3 * corners + shift, cell=[4.6, 4.6, 4.6], pbc=True)
    cluster = Atoms(numbers[:5], 1.6 * corners[:5] + shift[:5])
    found = [answer(exact, atoms, cutoff, energy["output_key"]) for atoms in (box, cluster)]
    for key, name, value in ((CHARGE, "charge", 1), (CHARGE, "charge", -2), (SPIN, "spin", 2)):
        if key in electrons_of(exact):
            found.append(answer(exact, cluster, cutoff, energy["output_key"], **{name: value}))
    return found


def electrons_of(model: Any) -> dict[str, str]:
    """Keys of a model's inputs of charge and spin, by what a student calls them."""
    modules = getattr(model.representation, "electronic_embeddings", [])
    return {CHARGE if m.is_charged else SPIN: m.property_key for m in modules}


def answer(
    model: Any, atoms: Atoms, cutoff: float, key: str, charge: float = 0, spin: float = 0
) -> dict[str, Any]:
    """Energy and forces of one structure in float64, in the model's units."""
    inputs = inputs_of(atoms, cutoff)
    for name, value in ((CHARGE, charge), (SPIN, spin)):
        inputs[electrons_of(model).get(name, name)] = torch.tensor([float(value)]).double()
    found = model(inputs)
    force_key = next(
        (m.force_key for m in model.output_modules if type(m).__name__ == "Forces"), None
    )
    record = {
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": np.array(atoms.cell).ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
        **({"charge": charge} if charge else {}),
        **({"spin": spin} if spin else {}),
        "energy": float(found[key].detach()),
    }
    if force_key is not None:
        record["forces"] = found[force_key].detach().numpy().ravel().tolist()
    return record


def inputs_of(atoms: Atoms, cutoff: float, dtype: torch.dtype = torch.float64) -> dict[str, Any]:
    """schnetpack's input dictionary of one structure."""
    i, j, shift = neighbor_list("ijS", atoms, cutoff)
    cell = np.array(atoms.cell)
    return {
        P.Z: torch.tensor(atoms.numbers, dtype=torch.long),
        P.R: torch.tensor(atoms.positions, dtype=dtype),
        P.idx_i: torch.tensor(i, dtype=torch.long),
        P.idx_j: torch.tensor(j, dtype=torch.long),
        P.offsets: torch.tensor(shift @ cell, dtype=dtype).reshape(-1, 3),
        P.idx: torch.zeros(1, dtype=torch.long),
        P.idx_m: torch.zeros(len(atoms), dtype=torch.long),
        P.n_atoms: torch.tensor([len(atoms)]),
        P.cell: torch.tensor(cell[None], dtype=dtype),
        P.pbc: torch.tensor(atoms.pbc),
    }


def main() -> None:
    """Command line; see the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    writing = verbs.add_parser("build", help="a schnetpack model from an exported student")
    writing.add_argument("student")
    writing.add_argument("model")
    writing.add_argument("--double", action="store_true", help="float64 instead of float32")
    reading = verbs.add_parser("extract", help="a file for `mlffd import` from a schnetpack model")
    reading.add_argument("model")
    reading.add_argument("out")
    reading.add_argument("--elements", default="", help="what it was trained on: H,C,O")
    options = parser.parse_args()
    try:
        if options.verb == "build":
            tensors, facts = read_tensors(options.student)
            dtype = torch.float64 if options.double else torch.float32
            torch.save(build(tensors, facts, dtype), options.model)
        else:
            symbols = [symbol for symbol in options.elements.split(",") if symbol]
            model = torch.load(options.model, map_location="cpu", weights_only=False)
            write_tensors(options.out, *extract(model, [atomic_numbers[s] for s in symbols]))
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")


if __name__ == "__main__":
    # Once more under its own name, so that a saved model refers to that and not to a script.
    import schnetpack_model

    schnetpack_model.main()
