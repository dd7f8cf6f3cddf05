"""The first process: it computes nothing, so it can always end the one that does.

A calculator may hang in native code, hold the interpreter's lock, or have started processes of its
own. The supervisor waits in `select` and ends them all as soon as the asking process is gone.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def supervise(lifeline: int, channel: tuple[int, int]) -> None:
    """Forks; returns in the worker only.

    The supervisor leaves with the exit status of the worker, or dies of the same signal.
    """
    supervisor = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.setpgid(0, 0)
        os.close(lifeline)
        _die_with(supervisor)
        return
    try:
        os.setpgid(worker, worker)
    except OSError:
        pass  # The worker did it first, or is gone already.
    # The pipes must close when the worker ends, so nobody else may hold them open.
    for descriptor in (0, 1, 2, *channel):
        os.close(descriptor)
    _leave(_wait(worker, lifeline))


def _wait(worker: int, lifeline: int) -> int:
    """Status of the worker after it and all it started are gone."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *STOP_SIGNALS):
        signal.signal(number, lambda *_: None)
    while True:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended == worker:
            _kill_group(worker)
            return status
        ready, _, _ = select.select([lifeline, woken], [], [])
        stop = lifeline in ready and os.read(lifeline, 1) == b""
        if woken in ready:
            stop = stop or any(number in STOP_SIGNALS for number in os.read(woken, 64))
        if stop:
            _kill_group(worker)
            return os.waitpid(worker, 0)[1]


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass  # Nobody is left.


def _leave(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def _die_with(supervisor: int) -> None:
    """Linux ends the worker with its supervisor, whatever happens to that one."""
    if sys.platform != "linux":
        return
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)
