"""`python -m mlffd_student FOLDER`: does the student answer here as it did where it was saved?

Exit code 0 if it does, 1 if it does not, 2 if the folder holds no complete student.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .errors import StudentError
from .verify import verify_student


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="mlffd-student", description="Recompute the test vectors of a student's folder."
    )
    parser.add_argument("folder", help="folder of a student")
    parser.add_argument("--threads", type=int, default=1, help="threads of one call, default 1")
    options = parser.parse_args(arguments)
    try:
        found = verify_student(options.folder, threads=options.threads)
    except StudentError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    verdict = "answers as it did where it was saved" if found.ok else "DIFFERS from what was saved"
    sys.stdout.write(
        f"{options.folder} {verdict}\n"
        f"  structures  {found.vectors}\n"
        f"  energy      {found.energy_error:.1e} eV/atom\n"
        f"  forces      {found.force_error:.1e} eV/Angstrom\n"
        f"  stress      {found.stress_error:.1e} eV/Angstrom^3\n"
    )
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main())
