"""Frames: length, kind, number, count (four uint32), then the body; every frame fills whole 8 bytes.

Both ends are on one machine, so numbers are in its own byte order.
"""

from __future__ import annotations

import json
import os
import struct

HEADER = struct.Struct("=4I")

START, EVALUATE, STOP = 1, 2, 3
READY, REFUSED, RESULTS, FAILED = 1, 2, 3, 4


class Channel:
    """Reads requests and writes replies on descriptors that nothing else in the process knows."""

    def __init__(self, requests: int, replies: int) -> None:
        # Programs that a calculator starts must not hold the pipes open.
        for descriptor in (requests, replies):
            os.set_inheritable(descriptor, False)
            os.set_blocking(descriptor, True)
        self._requests = open(requests, "rb", buffering=1 << 16)
        self._replies = replies
        self._body = memoryview(bytearray(1 << 16))

    def receive(self) -> tuple[int, int, int, memoryview] | None:
        """Kind, number, count and body, which is valid until the next call; None at the end."""
        header = self._requests.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        length, kind, number, count = HEADER.unpack(header)
        length -= HEADER.size
        if length > len(self._body):
            self._body = memoryview(bytearray(2 * length))
        body = self._body[:length]
        filled = 0
        while filled < length:
            got = self._requests.readinto(body[filled:])
            if not got:
                return None
            filled += got
        return kind, number, count, body

    def send(self, kind: int, number: int, index: int, *parts: bytes) -> None:
        """Parts may be anything with contiguous bytes, arrays too."""
        body = b"".join(parts)
        data = memoryview(HEADER.pack(HEADER.size + len(body), kind, number, index) + body)
        while data:
            data = data[os.write(self._replies, data) :]

    def send_json(self, kind: int, number: int, index: int, message: object) -> None:
        text = json.dumps(message).encode()
        self.send(kind, number, index, text.ljust(-8 * (-len(text) // 8)))
