"""The address of the caller, with and without proxies."""

from __future__ import annotations

import pytest

from app.web.client import address_group, client_address, from_trusted_proxy


def scope(peer: str, *forwarded: str) -> dict[str, object]:
    return {"client": (peer, 1234), "headers": [(b"x-forwarded-for", line.encode()) for line in forwarded]}


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.9", (), "", "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.7",), "", "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.7",), "10.0.0.0/8", "203.0.113.9"),
        ("10.0.0.1", ("198.51.100.7",), "10.0.0.0/8", "198.51.100.7"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.7",), "10.0.0.0/8", "198.51.100.7"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.7, 10.0.0.2",), "10.0.0.0/8", "198.51.100.7"),
        ("10.0.0.1", ("1.2.3.4", "198.51.100.7"), "10.0.0.0/8", "198.51.100.7"),
        ("10.0.0.1", ("nonsense",), "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.0/8", "10.0.0.1"),
        ("::1", ("[2001:db8::5]:4711",), "::1/128, 127.0.0.1", "2001:db8::5"),
        ("::ffff:203.0.113.9", (), "", "203.0.113.9"),
    ],
)
def test_a_proxy_is_believed_only_when_it_is_named(
    peer: str, forwarded: tuple[str, ...], trusted: str, address: str
) -> None:
    assert client_address(scope(peer, *forwarded), trusted) == address


def test_a_connection_without_address_has_none() -> None:
    assert client_address({"client": None, "headers": []}) == ""
    assert not from_trusted_proxy({"client": None}, "127.0.0.1")


def test_one_customer_of_ipv6_counts_as_one_caller() -> None:
    assert address_group("2001:db8:1:2:3:4:5:6") == address_group("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert address_group("203.0.113.9") == "203.0.113.9"
    assert address_group("") == ""
