"""Asking addresses that people typed: what is refused, limited and told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.outside import Outside, OutsideError
from tests.support.web_server import Asked, web_server


def resolving(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
    ],
)
async def test_an_address_that_is_not_public_is_never_asked(address: str) -> None:
    with pytest.raises(OutsideError, match="not on the public network"):
        await Outside(resolve=resolving(address)).look_at("https://feeds.example/a.ics")
    with pytest.raises(OutsideError, match="not on the public network"):
        await Outside(resolve=resolving("93.184.216.34", address)).look_at("https://feeds.example/a.ics")


async def test_a_public_address_is_asked_at_the_very_address_that_was_looked_at() -> None:
    found = await Outside(resolve=resolving("93.184.216.34")).look_at("https://feeds.example/a.ics")
    assert found == ("93.184.216.34", "feeds.example")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://feeds.example/a", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("feeds.example/a", "begins with https"),
        ("https://maria:secret@feeds.example/a", "name and password"),
        ("http://[::1", "not an address"),
        ("http://feeds.example:99999/", "not an address"),
    ],
)
async def test_what_is_no_address_is_told(url: str, words: str) -> None:
    with pytest.raises(OutsideError, match=words):
        await Outside(resolve=resolving("93.184.216.34")).look_at(url)


async def test_a_host_that_is_allowed_is_asked_and_a_redirect_elsewhere_is_not_followed() -> None:
    async with web_server() as server:
        outside = Outside(private=frozenset({server.host}))
        server.answer = lambda asked: (200, {}, b"hello") if asked.path == "/a" else (302, {"Location": "/a"}, b"")
        answer = await outside.ask(f"{server.url}/first", limit=100, seconds=5)
        assert (answer.status, answer.body) == (200, b"hello")
        assert server.asked[0].headers["host"] == server.host
        server.answer = lambda asked: (302, {"Location": f"http://localhost:{server.port}/secret"}, b"")
        with pytest.raises(OutsideError, match="not on the public network"):
            await outside.ask(f"{server.url}/first", limit=100, seconds=5)
        assert [one.path for one in server.asked] == ["/first", "/a", "/first"]


async def test_too_much_too_late_and_nobody_there_are_told() -> None:
    async with web_server() as server:
        outside = Outside(private=frozenset({server.host}))
        server.answer = lambda asked: (200, {}, b"x" * 101)
        with pytest.raises(OutsideError, match="more than 100 bytes"):
            await outside.ask(server.url, limit=100, seconds=5)

        def loop_forever(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            return 302, {"Location": "/again"}, b""

        server.answer = loop_forever
        with pytest.raises(OutsideError, match="more than 3 times"):
            await outside.ask(server.url, limit=100, seconds=5)
    with pytest.raises(OutsideError, match="could not be reached"):
        await outside.ask(server.url, limit=100, seconds=5)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    quiet = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with quiet:
        host = f"127.0.0.1:{quiet.sockets[0].getsockname()[1]}"
        with pytest.raises(OutsideError, match="did not answer within"):
            await Outside(private=frozenset({host})).ask(f"http://{host}", limit=100, seconds=0.05)
