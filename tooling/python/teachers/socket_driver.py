"""The calculators of direct.py behind a socket: an i-PI driver of ASE for one structure.

    socket_driver.py STRUCTURE TEACHER CHARGE SPIN SOCKET

STRUCTURE is an extended XYZ file, SOCKET the path /tmp/ipi_NAME or NAME.
"""

from __future__ import annotations

import sys

from ase.calculators.socketio import SocketClient
from ase.io import read
from direct import MAKERS, charged


def main() -> None:
    structure, teacher, charge, spin, socket = sys.argv[1:]
    atoms = charged(read(structure), int(charge), int(spin))
    atoms.calc = MAKERS[teacher]()
    client = SocketClient(unixsocket=socket.removeprefix("/tmp/ipi_"))
    # Without an explicit choice, `run` would send a virial of zeros.
    client.run(atoms, use_stress=atoms.cell.rank == 3)


main()
