"""Ports for servers of the tests: free, all different, and never one that a client is given."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support import ports

GIVEN_TO_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_different_and_can_be_listened_on() -> None:
    found = ports.free_ports(20)
    assert len(set(found)) == 20
    for port in found:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))
            server.listen()
            assert ports.listens(port)


def test_no_outgoing_connection_is_given_the_port_of_a_server_that_is_down() -> None:
    lowest = int(GIVEN_TO_CLIENTS.read_text().split()[0]) if GIVEN_TO_CLIENTS.exists() else ports.HIGHEST + 1
    assert all(port < lowest for port in ports.free_ports(200))


def test_a_port_in_use_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        taken = server.getsockname()[1]
        monkeypatch.setattr(ports, "LOWEST", taken)
        monkeypatch.setattr(ports, "HIGHEST", taken)
        with pytest.raises(RuntimeError, match="no free port"):
            ports.free_port()
