"""Who calls: the address of the client, believed from a proxy only when the operator named that proxy."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
FORWARDING = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})
"""Headers by which a proxy shows; lower case."""


@lru_cache(maxsize=32)
def networks(trusted_proxies: str) -> tuple[Network, ...]:
    """`"10.0.0.0/8, 127.0.0.1"` as networks. Raises ValueError for anything else."""
    return tuple(ip_network(part.strip(), strict=False) for part in trusted_proxies.split(",") if part.strip())


def client_address(scope: Any, trusted_proxies: str = "") -> str:
    """The caller's IP address: of the connection, or what a trusted proxy says in X-Forwarded-For.

    The header is read from the right, one hop for each proxy that is trusted, because everything left of the first
    untrusted hop can be written by the caller.
    """
    client = scope.get("client")
    address = _plain(client[0]) if client else ""
    trusted = networks(trusted_proxies)
    if not trusted or not _within(address, trusted):
        return address
    for hop in reversed(_forwarded(scope.get("headers", ()))):
        plain = _plain(hop)
        if not plain:
            return address
        address = plain
        if not _within(address, trusted):
            return address
    return address


def from_trusted_proxy(scope: Any, trusted_proxies: str) -> bool:
    """Whether the connection itself comes from a proxy that the operator named."""
    client = scope.get("client")
    return bool(client) and _within(_plain(client[0]), networks(trusted_proxies))


def is_this_machine(scope: Any) -> bool:
    """Whether a program of this machine calls for itself; what a proxy passes on says so in its headers."""
    client = scope.get("client")
    if not client or not _within(_plain(client[0]), LOOPBACK):
        return False
    return not any(name.lower() in FORWARDING for name, _ in scope.get("headers", ()))


def address_group(address: str) -> str:
    """What counts as one caller for limits: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ip_network(f"{address}/64", strict=False).network_address)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    return [
        hop.strip()
        for name, value in headers
        if name.lower() == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]


def _plain(text: str) -> str:
    """An address without port, brackets and IPv4-in-IPv6; empty when it is none."""
    text = text.strip().removeprefix("[").split("]")[0]
    if text.count(":") == 1:
        text = text.split(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _within(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in trusted)
