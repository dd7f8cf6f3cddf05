"""LAMMPS input scripts with a student: `python -m mlffd_student.lammps`."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from .errors import FileSystemError
from .lammps import LammpsError, attach, open_lammps
from .model import StudentModel

_EVERY_STEP = ["pf/callback", "1", "1"]
_FIX = re.compile(r"^\s*fix\s+(\S+)\s+(\S+)\s+external\s+(.*?)\s*(?:#.*)?$")


def run_script(
    lmp: Any,
    script: str,
    student: StudentModel,
    species: Sequence[str | int],
    *,
    charge: float = 0.0,
    spin: int = 0,
) -> None:
    """Runs an input script with a student behind its line `fix ID all external pf/callback 1 1`.

    The part up to that line and the part after it are run as files of their own, so a `jump SELF`
    stays within its part.
    """
    try:
        with open(script, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError as error:
        raise FileSystemError(
            "student/unreadable", f"cannot read {script}: {error.strerror}", where=script
        ) from error
    found = [(at, match) for at, line in enumerate(lines, 1) if (match := _FIX.match(line))]
    if len(found) != 1 or found[0][1][2] != "all" or found[0][1][3].split() != _EVERY_STEP:
        wanted = "fix ID all external pf/callback 1 1"
        raise LammpsError(
            "student/lammps-script",
            "the input script does not have one place where a student can come in",
            expected=f"one line `{wanted}`",
            found="; ".join(f"line {at}: {lines[at - 1].strip()}" for at, _ in found) or "none",
            where=script,
            hint=f"Put `{wanted}` after the box is made and before the first run.",
        )
    at, match = found[0]
    with tempfile.TemporaryDirectory() as folder:
        for part, content in enumerate((lines[:at], lines[at:])):
            path = os.path.join(folder, f"part-{part + 1}.lammps")
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.writelines(content)
            lmp.file(path)
            if part == 0:
                attach(lmp, student, species, fix=match[1], charge=charge, spin=spin)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m mlffd_student.lammps`; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mlffd_student.lammps",
        description="Runs a LAMMPS input script with a student. The script has the line "
        "`fix ID all external pf/callback 1 1` where the student shall come in.",
        epilog="What follows -- goes to LAMMPS, e.g. -- -log none -var T 300.",
    )
    parser.add_argument("script", help="LAMMPS input script")
    parser.add_argument("--student", required=True, help="folder of the student")
    parser.add_argument(
        "--species", required=True, nargs="+", help="elements of the atom types 1, 2, ..."
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of the student (default 1)")
    parser.add_argument("--charge", type=float, default=0.0, help="total charge, e")
    parser.add_argument("--spin", type=int, default=0, help="number of unpaired electrons")
    given = list(sys.argv[1:] if arguments is None else arguments)
    end = given.index("--") if "--" in given else len(given)
    options = parser.parse_args(given[:end])
    try:
        student = StudentModel(options.student, threads=options.threads)
        lmp = open_lammps(*given[end + 1 :])
        electrons = {"charge": options.charge, "spin": options.spin}
        run_script(lmp, options.script, student, options.species, **electrons)
        lmp.close()
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print(f"mlffd_student.lammps: {error}", file=sys.stderr)
        return 1
    return 0
