"""Finds loopback ports nobody listens on."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several different free ports: all are held until the last one is found."""
    held = [socket.socket() for _ in range(count)]
    try:
        for probe in held:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in held]
    finally:
        for probe in held:
            probe.close()


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
