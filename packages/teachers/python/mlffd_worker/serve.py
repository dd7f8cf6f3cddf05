"""Handshake, then one answer for each structure until the asking side is done."""

from __future__ import annotations

import faulthandler
import json
import signal

from . import PROTOCOL
from .channel import EVALUATE, FAILED, READY, REFUSED, RESULTS, START, STOP, Channel
from .failures import StartFailure, describe, describe_start


def serve(requests: int, replies: int) -> int:
    """Exit status of the process."""
    # Native crashes, and time-outs, tell where they were.
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True, chain=False)
    channel = Channel(requests, replies)
    evaluator = _start(channel)
    if evaluator is None:
        return 0
    while True:
        request = channel.receive()
        if request is None:
            return 0
        kind, number, count, body = request
        if kind == STOP:
            return 0
        if kind != EVALUATE:
            raise RuntimeError(f"unknown request {kind}")
        offset = 0
        for index in range(count):
            try:
                atoms, wanted = evaluator.read(body, offset)
                parts = evaluator.answer(atoms, wanted)
            except (Exception, SystemExit) as error:
                channel.send_json(FAILED, number, index, describe(error))
            else:
                channel.send(RESULTS, number, index, *parts)
            offset += evaluator.size(body, offset)


def _start(channel: Channel):
    request = channel.receive()
    if request is None:
        return None
    kind, number, _, body = request
    config = json.loads(bytes(body))
    try:
        if kind != START or config["protocol"] != PROTOCOL:
            found = config.get("protocol")
            raise StartFailure("protocol", f"messages of version {found}, not {PROTOCOL}")
        from .evaluator import Evaluator
        from .loading import about, load

        path, arguments = config["calculator"], config["args"]
        calculator = load(path, arguments)
        evaluator = Evaluator(calculator, config["reset"], config["forceConsistent"])
        greeting = {"protocol": PROTOCOL, **about(path, calculator, arguments, config)}
    except (Exception, SystemExit) as error:
        channel.send_json(REFUSED, number, 0, describe_start(error))
        return None
    channel.send_json(READY, number, 0, greeting)
    return evaluator
