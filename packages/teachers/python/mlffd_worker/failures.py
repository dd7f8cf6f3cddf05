"""What went wrong, in words that the asking side can sort."""

from __future__ import annotations

import re
import traceback

TRACEBACK_LINES = 12
MESSAGE_LENGTH = 2000

_NOT_CONVERGED = re.compile(r"(not|n't|failed to|no) (be )?conver|convergence (failure|not)", re.IGNORECASE)
_NOT_CONVERGED_TYPES = {"SCFError", "ConvergenceError", "KohnShamConvergenceError"}
_MISSING_PROPERTY_TYPES = {"PropertyNotImplementedError", "PropertyNotPresent"}
_OFFLINE_TYPES = {
    "gaierror",
    "URLError",
    "ConnectionError",
    "ConnectError",
    "ConnectTimeout",
    "MaxRetryError",
    "NewConnectionError",
    "LocalEntryNotFoundError",
    "OfflineModeIsEnabled",
    # Somebody answers, but not with the file: a proxy, a moved page.
    "HTTPError",
    "Timeout",
}
_DAMAGED_TYPES = {"BadZipFile", "UnpicklingError"}
# What PyTorch says of a file that is cut off.
_DAMAGED = re.compile(r"PytorchStreamReader failed|invalid header or archive is corrupted")


class StructureFailure(Exception):
    """This structure has no answer; the calculator is all right.

    Calculators raise the kind `unsupported`, with a hint what to do, for a structure outside of what they know.
    """

    def __init__(self, kind: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details


class StartFailure(Exception):
    """The calculator cannot be made.

    Kinds for factories, with what they tell beside the message; all of it is optional:
    `offline`: url (of the file that is wanted), `missing-weights` (none are given),
    `missing-file`: file, `bad-weights`: file (cut off, or of another model),
    `arguments`: near (what the argument may be), `old-package`: package, wanted.
    """

    def __init__(self, kind: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details


def describe(error: BaseException) -> dict:
    """The failure of one structure."""
    if isinstance(error, StructureFailure):
        return {"kind": error.kind, "message": str(error), **error.details}
    if _is_named(error, _MISSING_PROPERTY_TYPES):
        return {**_details(error), "kind": "missing-property"}
    kind = "not-converged" if _is_unconverged(error) else "python"
    return {"kind": kind, **_details(error)}


def describe_start(error: BaseException) -> dict:
    """Why there is no calculator."""
    if isinstance(error, StartFailure):
        details = _details(error.__cause__) if error.__cause__ is not None else {}
        return {**details, "kind": error.kind, "message": str(error), **error.details}
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ModuleNotFoundError) and one.name:
            return {"kind": "missing-package", "module": one.name, **_details(error)}
    if any(isinstance(one, (ConnectionError, TimeoutError)) or _is_named(one, _OFFLINE_TYPES) for one in chain):
        return {"kind": "offline", **_details(error)}
    for one in chain:
        if isinstance(one, FileNotFoundError):
            return {"kind": "missing-file", "file": str(one.filename or ""), **_details(error)}
        if _is_named(one, _DAMAGED_TYPES) or _DAMAGED.search(str(one)):
            return {"kind": "bad-weights", **_details(error)}
    return {"kind": "python", **_details(error)}


def _details(error: BaseException) -> dict:
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    return {
        "type": type(error).__name__,
        "message": str(error)[:MESSAGE_LENGTH],
        "traceback": lines[-TRACEBACK_LINES:],
    }


def _is_unconverged(error: BaseException) -> bool:
    return _is_named(error, _NOT_CONVERGED_TYPES) or _NOT_CONVERGED.search(str(error)) is not None


def _is_named(error: BaseException, names: set[str]) -> bool:
    return any(base.__name__ in names for base in type(error).__mro__)


def _chain(error: BaseException | None):
    """An error and those underneath."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
