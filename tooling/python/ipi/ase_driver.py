"""An i-PI driver for the tests of @mlffd/teachers: ASE's own SocketClient with its EMT.

Takes one JSON argument: numbers, positions, cell, pbc of the structure that the driver is for, and
either `unixsocket` (a name: ASE connects to /tmp/ipi_NAME) or `host` and `port`. Ends with exit
status 0 when the server says EXIT or closes.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from ase.calculators.socketio import SocketClient


def main() -> None:
    given = json.loads(sys.argv[1])
    atoms = Atoms(
        numbers=given["numbers"],
        positions=np.reshape(given["positions"], (-1, 3)),
        cell=np.reshape(given["cell"], (3, 3)),
        pbc=given["pbc"],
    )
    atoms.calc = EMT()
    address = {key: given[key] for key in ("unixsocket", "host", "port") if key in given}
    # Without an explicit choice, `run` would send a virial of zeros.
    SocketClient(**address).run(atoms, use_stress=atoms.cell.rank == 3)


if __name__ == "__main__":
    main()
