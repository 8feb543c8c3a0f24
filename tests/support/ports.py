"""Finds loopback ports nobody listens on, where no outgoing connection takes them while their server is down."""

from __future__ import annotations

import errno
import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

LOWEST, HIGHEST = 12_000, 32_767
"""Below what Linux gives to outgoing connections (`net.ipv4.ip_local_port_range`, 32768 and above): a client that tries
a killed server again and again may be given its very port, and then the server cannot come back."""
TRIES = 200  # draws until a machine counts as full

_draw = random.SystemRandom()  # processes that test side by side, forked or seeded alike, draw different ones


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several different free ports: all are held until the last one is found."""
    with ExitStack() as stack:
        return [_hold_one(stack) for _ in range(count)]


def _hold_one(stack: ExitStack) -> int:
    for _ in range(TRIES):
        probe, port = stack.enter_context(socket.socket()), _draw.randint(LOWEST, HIGHEST)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port
    raise RuntimeError(f"no free port between {LOWEST} and {HIGHEST} in {TRIES} draws")


def listens(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def wait_until_listening(
    port: int, *, seconds: float = 15.0, host: str = "127.0.0.1", while_true: Callable[[], bool] = lambda: True
) -> None:
    """Return as soon as the port accepts connections.

    Raises TimeoutError after `seconds`, or at once when `while_true` (is the server alive?) says no.
    """
    deadline = time.monotonic() + seconds
    while not listens(port, host=host):
        if time.monotonic() > deadline or not while_true():
            raise TimeoutError(f"nobody listens on {host}:{port}")
        time.sleep(0.02)
