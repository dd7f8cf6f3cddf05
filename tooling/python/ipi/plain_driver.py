"""A small i-PI driver without packages that may go wrong, for the tests of @mlffd/teachers.

    plain_driver.py unix:PATH|HOST:PORT [STRUCTURE] [FAULT]

The energy is the number of gold atoms in STRUCTURE (an extended XYZ file), Hartree, so that an answer
shows what its driver was started for; forces are the numbers 1, 2, 3, ... FAULT is one of FAULTS.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

FAULTS = ("none", "no-gold", "crash", "last-words", "silent", "deaf", "garbage")
FOREVER = 1000
HEADER = 12


def connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, port = address.split(":")
    return socket.create_connection((host, int(port)))


def read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise SystemExit(0)
        data += part
    return data


def count_gold(structure: str) -> int:
    if structure == "":
        return 0
    lines = Path(structure).read_text().splitlines()[2:]
    return sum(line.split()[0] == "Au" for line in lines)


def answer(energy: float, atoms: int) -> bytes:
    numbers = [float(k + 1) for k in range(3 * atoms + 9)]
    body = struct.pack("<di", energy, atoms) + struct.pack(f"<{len(numbers)}d", *numbers)
    return b"FORCEREADY  " + body + struct.pack("<i", 2) + b"{}"


def be_deaf() -> None:
    """Goes on whatever happens to the connection, as does a child of its own."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", str(FOREVER)])
    print(f"deaf {os.getpid()} {child.pid}", flush=True)
    time.sleep(FOREVER)


def serve(connection: socket.socket, energy: float, fault: str) -> None:
    atoms = 0
    ready = b"READY       "
    while True:
        name = read(connection, HEADER).decode().strip()
        if name == "STATUS":
            connection.sendall(ready)
        elif name == "POSDATA":
            atoms = struct.unpack("<i", read(connection, 148)[144:])[0]
            read(connection, 24 * atoms)
            ready = b"HAVEDATA    "
        elif name == "GETFORCE":
            if fault == "crash":
                print("ERROR: lost atoms", file=sys.stderr, flush=True)
                os._exit(3)
            if fault == "deaf":
                be_deaf()
            connection.sendall(b"GARBAGE     " if fault == "garbage" else answer(energy, atoms))
            ready = b"READY       "
        elif name == "EXIT":
            return


def main() -> None:
    address, structure, fault = (*sys.argv[1:], "", "none")[:3]
    gold = count_gold(structure)
    if fault == "no-gold" and gold > 0:
        raise SystemExit("ERROR: no parameters for Au")
    if fault == "last-words":
        print("reading the input", flush=True)
        raise SystemExit("ERROR: Unknown pair style reaxfff")
    if fault == "silent":
        print("waiting for a licence", flush=True)
        time.sleep(FOREVER)
    serve(connect(address), float(gold), fault)


if __name__ == "__main__":
    main()
