"""Asking addresses that people typed: only the public network, a bounded answer, a bounded time, an honest error."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

REDIRECTS = 3
NAMED = {"http": 80, "https": 443}
Resolve = Callable[[str, int], Awaitable[list[str]]]


class OutsideError(Exception):
    """An address could not be asked; the text is a sentence that says why, for whoever typed the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


async def addresses_of(host: str, port: int) -> list[str]:
    """Every IP address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The way out. `private` names hosts ("host" or "host:port") that may be asked though they are not public.

    The name is resolved once and the connection made to the very address that was looked at, so that a name cannot
    answer differently the second time; the certificate is still checked for the name. Redirects are looked at alike.
    """

    private: frozenset[str] = frozenset()
    resolve: Resolve = addresses_of

    async def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int,
        seconds: float,
    ) -> Answer:
        """One answer of at most `limit` bytes within `seconds`. Raises OutsideError.

        Never call this inside a transaction.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, method, body, dict(headers or {}), limit, seconds)
        except TimeoutError:
            raise OutsideError(f"{_host(url)} did not answer within {seconds:g} seconds.") from None
        except httpx.HTTPError as error:
            raise OutsideError(
                f"{_host(url)} could not be reached: {str(error).strip() or type(error).__name__}."
            ) from None

    async def _follow(
        self, url: str, method: str, body: bytes | None, headers: dict[str, str], limit: int, seconds: float
    ) -> Answer:
        async with httpx.AsyncClient(trust_env=False, timeout=seconds) as client:
            for _ in range(REDIRECTS + 1):
                address, host = await self.look_at(url)
                parts = urlsplit(url)
                shown = f"[{address}]" if ":" in address else address
                there = parts._replace(netloc=f"{shown}:{_port(url)}", fragment="").geturl()
                options: dict[str, Any] = {
                    "headers": {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"},
                    "extensions": {"sni_hostname": host},
                    "content": body,
                }
                async with client.stream(method, there, **options) as response:
                    if response.is_redirect and method == "GET":
                        url = urljoin(url, response.headers.get("location", ""))
                        continue
                    return Answer(
                        status=response.status_code,
                        body=await _read(response, limit, host),
                        headers=dict(response.headers),
                    )
        raise OutsideError(f"{_host(url)} sends on more than {REDIRECTS} times.")

    async def look_at(self, url: str) -> tuple[str, str]:
        """The address to connect to and the name of the host. Raises OutsideError for what must not be asked."""
        if wrong := wrong_address(url):
            raise OutsideError(wrong)
        host, port = urlsplit(url).hostname or "", _port(url)
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError):
            raise OutsideError(f"There is no host {host}.") from None
        allowed = host in self.private or f"{host}:{port}" in self.private
        if not found or not (allowed or all(_public(one) for one in found)):
            raise OutsideError(
                f"{host} is not on the public network; an administrator may allow it (CASEFEED_PRIVATE_HOSTS)."
            )
        return found[0], host


def wrong_address(url: str) -> str:
    """What is wrong with an address before anybody looks where it leads; empty where nothing is."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "This is not an address; write it like https://example.com/calendar.ics."
    if parts.scheme not in NAMED or not parts.hostname:
        return "Write an address that begins with https:// or http://."
    if parts.username or parts.password:
        return "Leave name and password out of the address."
    return ""


async def _read(response: httpx.Response, limit: int, host: str) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutsideError(f"{host} answers compressed though it was asked not to.")
    found = bytearray()
    async for piece in response.aiter_raw():
        found += piece
        if len(found) > limit:
            raise OutsideError(f"{host} answers with more than {limit} bytes.")
    return bytes(found)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "The address"
    except ValueError:
        return "The address"


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or NAMED[parts.scheme]
