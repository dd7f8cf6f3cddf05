"""What `config.json` of a student's folder says.

Example:

    config = read_config(Path("runs/my/student"))
    config.cutoff, config.elements, config.reference_energies
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from .elements import SYMBOLS
from .errors import FileFormatError, FileSystemError, StudentConfigError

CONFIG_FILE = "config.json"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "model.safetensors"
VECTORS_FILE = "test-vectors.json"

FORMAT = "mlffd-student"
VERSION = 1

_KEYS = ("format", "version", "model", "baseline", "provenance", "files")
_MODEL_KEYS = (
    "features",
    "interactions",
    "radialBasis",
    "cutoff",
    "cutoffFunction",
    "sharedFilters",
    "maxAtomicNumber",
    "zbl",
    "zblReach",
    "isolatedAtoms",
    "charge",
    "spin",
    "normSoftening",
)
_BASELINE_KEYS = ("scale", "energies", "elements")
_HASHED_FILES = (WEIGHTS_FILE, MODEL_FILE, VECTORS_FILE)


@dataclass(frozen=True)
class StudentConfig:
    """A student without its weights."""

    name: str
    cutoff: float
    """Angstrom."""
    elements: tuple[int, ...]
    """Atomic numbers that it was trained for, ascending."""
    reference_energies: npt.NDArray[np.float64]
    """E0 by atomic number, eV."""
    scale: float
    """Energy per unit of network output, eV."""
    zbl: bool
    """Whether the screened repulsion of nuclei is added to the network."""
    zbl_reach: float
    """Where it ends, over the sum of the covalent radii of a pair."""
    charge: bool
    """Whether energies depend on the total charge."""
    spin: bool
    """Whether energies depend on the number of unpaired electrons."""
    hashes: Mapping[str, str]
    """SHA-256 of the other files, by name."""


def read_config(folder: Path) -> StudentConfig:
    """Reads `config.json`; raises FileSystemError, FileFormatError, StudentConfigError."""
    path = folder / CONFIG_FILE
    where = str(path)
    fields = _fields(_parse(read_bytes(path), where), _KEYS, where)
    if fields.get("format") != FORMAT:
        raise _field_error("format", f'"{FORMAT}"', fields.get("format"), where)
    _integer(fields, "version", (1, VERSION), where)
    model_at = f"{where}, model"
    model = _fields(fields.get("model"), _MODEL_KEYS, model_at)
    features = _integer(model, "features", (2, 4096), model_at)
    interactions = _integer(model, "interactions", (1, 32), model_at)
    # It is in the graph already.
    _within({"normSoftening": 1e-4, **model}, "normSoftening", (1e-15, 10), model_at)
    largest = _integer({"maxAtomicNumber": 99, **model}, "maxAtomicNumber", (1, 118), model_at)
    baseline_at = f"{where}, baseline"
    baseline = _fields(fields.get("baseline"), _BASELINE_KEYS, baseline_at)
    return StudentConfig(
        name=f"student-{features}x{interactions}",
        cutoff=_positive(model, "cutoff", model_at),
        elements=_elements(baseline.get("elements"), largest, baseline_at),
        reference_energies=_energies(baseline.get("energies"), largest, baseline_at),
        scale=_positive(baseline, "scale", baseline_at),
        zbl=_flag(model, "zbl", model_at),
        zbl_reach=_within({"zblReach": 1, **model}, "zblReach", (0.1, 1), model_at),
        charge=_flag(model, "charge", model_at),
        spin=_flag(model, "spin", model_at),
        hashes=_fields(fields.get("files", {}), _HASHED_FILES, f"{where}, files"),
    )


def read_bytes(path: Path) -> bytes:
    """Content of a file; raises FileSystemError."""
    try:
        return path.read_bytes()
    except OSError as cause:
        code, found, hint = _failure(cause)
        raise FileSystemError(
            code, f"cannot read {path}: {found}", found=found, where=str(path), hint=hint
        ) from cause


def read_checked(folder: Path, name: str, hashes: Mapping[str, str]) -> bytes:
    """Content of a file of the folder, compared with the hash that was noted when it was saved."""
    path = folder / name
    content = read_bytes(path)
    noted = hashes.get(name)
    found = hashlib.sha256(content).hexdigest()
    if noted is None or noted == found:
        return content
    raise FileFormatError(
        "student/hash",
        f"{path} is not the file that was saved",
        expected=f"SHA-256 {noted}",
        found=f"SHA-256 {found}",
        where=str(path),
        hint="It was damaged or replaced: copy the whole folder again, or save the student again.",
    )


def _failure(cause: OSError) -> tuple[str, str, str]:
    if isinstance(cause, FileNotFoundError):
        return "fs/not-found", "no such file or folder", "Give the folder of a student."
    if isinstance(cause, PermissionError):
        hint = "Check the owner and the permissions of the file and its folder."
        return "fs/permission-denied", "permission denied", hint
    if isinstance(cause, NotADirectoryError):
        hint = "Give the folder of a student, not a file in it."
        return "fs/not-a-directory", "a file where a folder is needed", hint
    if isinstance(cause, IsADirectoryError):
        return "fs/is-a-directory", "a folder where a file is needed", "Remove that folder."
    return "fs/io-error", cause.strerror or str(cause), "Check the disk and the mount."


def _parse(content: bytes, where: str) -> object:
    try:
        return json.loads(content)
    except ValueError as cause:
        raise FileFormatError(
            "student/json",
            f"{where} is no valid JSON",
            expected="JSON",
            found=str(cause),
            where=where,
            hint="Correct the syntax there, or save the student again.",
        ) from cause


def _fields(value: object, keys: Sequence[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StudentConfigError(
            "student/config-type",
            f"{where} is no object",
            expected=f"an object with the keys {', '.join(keys)}",
            found=_describe(value),
            where=where,
            hint="Save the student again.",
        )
    for key in value:
        if key in keys:
            continue
        near = difflib.get_close_matches(key, keys, n=1)
        raise StudentConfigError(
            "student/config-key",
            f'Unknown key "{key}" in {where}',
            expected=f"one of {', '.join(keys)}",
            found=f'"{key}"',
            where=where,
            hint=f'Did you mean "{near[0]}"?' if near else "Install the newest mlffd-student.",
        )
    return value


def _integer(fields: Mapping[str, Any], key: str, limits: tuple[int, int], where: str) -> int:
    value = fields.get(key)
    least, most = limits
    # JSON knows no integers of its own: 2.0 is one, true is none.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _field_error(key, f"an integer from {least} to {most}", value, where)
    return value


def _positive(fields: Mapping[str, Any], key: str, where: str) -> float:
    value = fields.get(key)
    if not _is_number(value) or not 0 < value < math.inf:
        raise _field_error(key, "a positive finite number", value, where)
    return float(value)


def _within(fields: Mapping[str, Any], key: str, limits: tuple[float, float], where: str) -> float:
    value = fields.get(key)
    least, most = limits
    if not _is_number(value) or not least <= value <= most:
        raise _field_error(key, f"a number from {least} to {most}", value, where)
    return float(value)


def _flag(fields: Mapping[str, Any], key: str, where: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise _field_error(key, "true or false", value, where)
    return value


def _elements(value: object, largest: int, where: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(symbol, str) for symbol in value):
        raise _field_error("elements", "an array of element symbols", value, where)
    return tuple(sorted({_number_of(symbol, largest, where) for symbol in value}))


def _energies(value: object, largest: int, where: str) -> npt.NDArray[np.float64]:
    if not isinstance(value, dict):
        raise _field_error("energies", "an object of energies (eV) by element", value, where)
    energies = np.zeros(largest + 1)
    for symbol, energy in value.items():
        if not _is_number(energy):
            raise _field_error(f"energies.{symbol}", "a number (eV)", energy, where)
        energies[_number_of(symbol, largest, where)] = energy
    return energies


def _number_of(symbol: str, largest: int, where: str) -> int:
    number = SYMBOLS.index(symbol) if symbol in SYMBOLS else 0
    if 1 <= number <= largest:
        return number
    raise _field_error("elements", f"elements up to {SYMBOLS[largest]}", symbol, where)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _field_error(key: str, expected: str, value: object, where: str) -> StudentConfigError:
    return StudentConfigError(
        "student/config-value",
        f'"{key}" in {where} must be {expected}',
        expected=expected,
        found=_describe(value),
        where=f'{where}, key "{key}"',
        hint=f'Add the key "{key}".' if value is None else f'Set "{key}" to {expected}.',
    )


def _describe(value: object) -> str:
    return "nothing" if value is None else json.dumps(value)
