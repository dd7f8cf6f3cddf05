"""Makes a calculator from an import path and arguments, and says what it is made of."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.metadata
import inspect
import operator
import os
import platform
import sys

from .failures import StartFailure

PROPERTIES = ("energy", "energies", "forces", "stress")
MINIMUM_ASE = (3, 22)


def load(path: str, arguments: dict) -> object:
    """An ASE calculator from `module.path:name`, a class or a function that returns one."""
    import ase

    if _version_tuple(ase.__version__) < MINIMUM_ASE:
        wanted = ".".join(map(str, MINIMUM_ASE))
        raise StartFailure("old-package", f"ase is {ase.__version__}, too old", package="ase", wanted=wanted)
    module_name, _, names = path.partition(":")
    module = importlib.import_module(module_name)
    factory = module
    for name in names.split("."):
        if not hasattr(factory, name):
            near = difflib.get_close_matches(name, dir(factory), 3)
            raise StartFailure("no-calculator", f"{module_name} has no {names}", near=near)
        factory = getattr(factory, name)
    if not callable(factory):
        raise StartFailure("no-calculator", f"{path} is no class or function", near=[])
    try:
        calculator = factory(**arguments)
    except TypeError as error:
        raise StartFailure("arguments", f"{names} does not take these arguments: {error}") from error
    if not hasattr(calculator, "get_potential_energy"):
        raise StartFailure("no-calculator", f"{path} makes no ASE calculator", near=[])
    return calculator


def unknown_arguments(path: str, calculator: object, arguments: dict) -> list[str]:
    """Arguments that the class names nowhere: ASE's calculators take any, and ignore them."""
    module_name, _, names = path.partition(":")
    factory = operator.attrgetter(names)(importlib.import_module(module_name))
    defaults = getattr(calculator, "default_parameters", None)
    if not inspect.isclass(factory) or not defaults:
        return []
    known = set(defaults)
    for base in factory.__mro__:
        if "__init__" in vars(base):
            known.update(inspect.signature(base.__init__).parameters)
    return sorted(name for name in arguments if name not in known)


def properties_of(calculator: object) -> list[str]:
    """Those of ours that it implements; calculators of the old kind give energy and forces."""
    implemented = getattr(calculator, "implemented_properties", ("energy", "forces"))
    return [name for name in PROPERTIES if name in implemented]


def about(path: str, calculator: object, arguments: dict, extra: list[str]) -> dict:
    """What decides about answers, for the handshake."""
    import numpy

    top = path.partition(":")[0].partition(".")[0]
    return {
        "pid": os.getpid(),
        "properties": properties_of(calculator),
        "unknownArguments": unknown_arguments(path, calculator, arguments),
        "calculatorPackage": top,
        "packages": {name: _version(name) for name in sorted({"ase", top, *extra})},
        "runtime": {"python": platform.python_version(), "numpy": numpy.__version__},
    }


def _version(name: str) -> str | None:
    """Of a distribution or module; a loose file has a hash instead."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
    module = sys.modules.get(name)
    version = getattr(module, "__version__", None)
    if version is not None:
        return str(version)
    find = getattr(importlib.metadata, "packages_distributions", dict)
    for distribution in find().get(name, []):
        return f"{distribution} {importlib.metadata.version(distribution)}"
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    with open(file, "rb") as source:
        return f"sha256:{hashlib.sha256(source.read()).hexdigest()}"


def _version_tuple(text: str) -> tuple[int, ...]:
    digits = []
    for part in text.split(".")[:2]:
        number = "".join(character for character in part if character.isdigit())
        digits.append(int(number or 0))
    return tuple(digits)
