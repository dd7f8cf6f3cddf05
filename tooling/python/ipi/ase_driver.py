"""An i-PI driver for tests and figures of @mlffd/teachers: ASE's own SocketClient.

    ase_driver.py STRUCTURE unix NAME [CALCULATOR]
    ase_driver.py STRUCTURE HOST PORT [CALCULATOR]

STRUCTURE is a file that ASE reads; with NAME, ASE connects to /tmp/ipi_NAME. CALCULATOR is
`module:Class`, by default ASE's EMT. Ends with exit status 0 when the server says EXIT or closes.
"""

from __future__ import annotations

import sys
from importlib import import_module

from ase.calculators.socketio import SocketClient
from ase.io import read

EMT = "ase.calculators.emt:EMT"


def main() -> None:
    structure, host, where, calculator = (*sys.argv[1:], EMT)[:4]
    module, name = calculator.split(":")
    atoms = read(structure)
    atoms.calc = getattr(import_module(module), name)()
    address = {"unixsocket": where} if host == "unix" else {"host": host, "port": int(where)}
    has_stress = "stress" in atoms.calc.implemented_properties and atoms.cell.rank == 3
    # Without an explicit choice, `run` would send a virial of zeros.
    SocketClient(**address).run(atoms, use_stress=has_stress)


if __name__ == "__main__":
    main()
