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


def about(path: str, calculator: object, arguments: dict, config: dict) -> dict:
    """What decides about answers, for the handshake.

    config has `packages`, more names to tell the version of, and `distribution`, the one that the
    calculator is known by (None: its top-level module). A factory may set `mlffd_weights` on its
    calculator, the paths of the weight files that it read.
    """
    import numpy

    top = path.partition(":")[0].partition(".")[0]
    package = config.get("distribution") or top
    return {
        "pid": os.getpid(),
        "properties": properties_of(calculator),
        "unknownArguments": unknown_arguments(path, calculator, arguments),
        "calculatorPackage": package,
        "packages": {name: _version(name) for name in sorted({"ase", package, *config["packages"]})},
        "sources": _sources(top),
        "weightFiles": [os.path.abspath(name) for name in getattr(calculator, "mlffd_weights", ())],
        "runtime": {"python": platform.python_version(), "numpy": numpy.__version__},
    }


def _sources(top: str) -> dict[str, str]:
    """Hashes of loaded modules of a package that has no version: edits change answers, too."""
    if _distributions(top):
        return {}
    modules = {name: module for name, module in list(sys.modules.items()) if name.partition(".")[0] == top}
    files = {name: getattr(module, "__file__", None) for name, module in modules.items()}
    return {name: _hash(file) for name, file in sorted(files.items()) if file is not None}


def _distributions(top: str) -> list[str]:
    """Distributions that a top-level module may come from."""
    try:
        return [importlib.metadata.metadata(top)["Name"]]
    except importlib.metadata.PackageNotFoundError:
        # New in Python 3.10.
        return getattr(importlib.metadata, "packages_distributions", dict)().get(top, [])


def _hash(file: str) -> str:
    with open(file, "rb") as source:
        return f"sha256:{hashlib.sha256(source.read()).hexdigest()}"


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
    for distribution in _distributions(name):
        return f"{distribution} {importlib.metadata.version(distribution)}"
    file = getattr(module, "__file__", None)
    return None if file is None else _hash(file)


def _version_tuple(text: str) -> tuple[int, ...]:
    digits = []
    for part in text.split(".")[:2]:
        number = "".join(character for character in part if character.isdigit())
        digits.append(int(number or 0))
    return tuple(digits)
