"""Opens an IMAP connection: connect, secure, sign in, each failure with a code and a clear sentence."""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace

from aioimaplib import aioimaplib

from mail.accounts import ImapSettings, Security
from mail.errors import CommandRefused, ConnectionLost, MailError, SignInRefused, TimedOut, TlsFailed
from mail.failures import connect_failure
from mail.imap_commands import Completion, Literal
from mail.imap_names import fits_quotes, quote
from mail.imap_protocol import ImapProtocol
from mail.imap_reader import ResponseReader

KEEPALIVE_IDLE = 60
"""Seconds after which TCP itself asks whether the other side lives, so that an IDLE into the void is noticed."""

TEMPORARY_CODES = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT", "CONTACTADMIN"})
"""Codes of a NO that may be a YES later (RFC 5530)."""


async def open_connection(settings: ImapSettings, *, patience: float, reader: ResponseReader | None) -> ImapProtocol:
    """A signed-in connection. Raises ConnectFailed, TimedOut, TlsFailed, SignInRefused, ConnectionLost and others."""
    protocol = await _connect(settings, patience, reader)
    try:
        async with asyncio.timeout(patience * 2):
            await _sign_in(protocol, settings, patience)
    except TimeoutError:
        protocol.drop(ConnectionLost("Signing in was given up."))
        raise TimedOut(f"{settings.host} takes too long to sign in.") from None
    except BaseException:
        protocol.drop(ConnectionLost("Signing in has failed."))
        raise
    return protocol


def require(completion: Completion, wish: str) -> None:
    """Raise CommandRefused unless the command went well."""
    if completion.status != "OK":
        raise refused(completion, wish)


def refused(completion: Completion, wish: str) -> CommandRefused:
    """The error for a NO or BAD to the wish `wish` ("to search")."""
    return CommandRefused(f"The server refuses {wish}. It says: {completion.text or completion.status}")


async def _connect(settings: ImapSettings, patience: float, reader: ResponseReader | None) -> ImapProtocol:
    loop = asyncio.get_running_loop()
    context = settings.tls
    if context is None and settings.security is not Security.NONE:
        context = ssl.create_default_context()
    secure = settings.security is Security.TLS
    protocol = ImapProtocol(loop, reader=reader)
    try:
        async with asyncio.timeout(patience):
            await loop.create_connection(
                lambda: protocol,
                settings.host,
                settings.port,
                ssl=context if secure else None,
                server_hostname=settings.host if secure else None,
            )
            _keep_alive(protocol)
            await protocol.greeting
            if settings.security is Security.STARTTLS and context is not None:
                await _start_tls(protocol, context, settings.host, patience)
    except asyncio.CancelledError:
        protocol.drop(ConnectionLost("Connecting was abandoned."))
        raise
    except (OSError, UnicodeError, MailError) as error:
        failure = connect_failure(error, settings.host, settings.port)
        protocol.drop(failure)
        raise failure from error
    return protocol


async def _start_tls(protocol: ImapProtocol, context: ssl.SSLContext, host: str, patience: float) -> None:
    if not protocol.capabilities:
        require(await protocol.run("CAPABILITY", timeout=patience), "to say what it can")
    if not protocol.has("STARTTLS"):
        raise TlsFailed(f"{host} offers no STARTTLS on this port. Choose TLS, or another port.", code="no_starttls")
    async with protocol.exclusive():
        command = protocol.start("STARTTLS", timeout=patience)
        protocol.protect()
        completion = await protocol.finish(command)
        if completion.status != "OK":
            raise TlsFailed(f"{host} refuses STARTTLS: {completion.text}", code="no_starttls")
        await protocol.start_tls(context, host)


def _keep_alive(protocol: ImapProtocol) -> None:
    connection = protocol.transport.get_extra_info("socket") if protocol.transport else None
    if connection is None:
        return
    with suppress(OSError, AttributeError):  # not every platform knows these options
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_IDLE // 4)


def _explain_challenge(text: bytes) -> str:
    """The refusal that Google and Microsoft hide in Base64 and JSON."""
    try:
        decoded = b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        decoded = text.decode("utf-8", "replace")
    return f"token refused ({decoded[:200]})"


async def _sign_in(protocol: ImapProtocol, settings: ImapSettings, patience: float) -> None:
    if not protocol.capabilities:
        require(await protocol.run("CAPABILITY", timeout=patience), "to say what it can")
    if protocol.state == aioimaplib.AUTH:
        return  # PREAUTH: the server knows us by other means
    before = set(protocol.capabilities)
    if settings.token is not None:
        token = await settings.token("")
        completion = await _xoauth2(protocol, settings.user, token, patience)
        if completion.status == "NO" and completion.code not in TEMPORARY_CODES:
            # Tokens may end before their time (a changed password): a fresh one decides.
            fresh = await settings.token(token)
            completion = await _xoauth2(protocol, settings.user, fresh, patience)
    elif protocol.has("LOGINDISABLED"):
        raise TlsFailed("The server allows no sign-in without TLS. Choose TLS or STARTTLS.", code="login_disabled")
    else:
        words = (_word(settings.user), _word(settings.password))
        completion = await protocol.run("LOGIN", *words, timeout=patience)
    if completion.status != "OK":
        if completion.code in TEMPORARY_CODES:
            raise refused(completion, "to sign in")
        raise SignInRefused(
            f"The server does not accept the sign-in of {settings.user}. It says: {completion.text}",
            code="token_refused" if settings.token is not None else "",
        )
    protocol.state = aioimaplib.AUTH
    if protocol.capabilities == before:
        # Most servers tell them in their answer; the others have to be asked, for they offer more after the sign-in.
        require(await protocol.run("CAPABILITY", timeout=patience), "to say what it can")


async def _xoauth2(protocol: ImapProtocol, user: str, token: str, patience: float) -> Completion:
    """SASL XOAUTH2 (Google, Microsoft). A refusal comes as a challenge, which wants an empty answer first."""
    said: list[str] = []
    initial = b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode("ascii")
    at_once = protocol.has("SASL-IR")
    answers = [] if at_once else [initial.encode("ascii") + b"\r\n"]

    def challenge(text: bytes) -> bytes:
        if answers:
            return answers.pop()
        said.append(_explain_challenge(text))
        return b"\r\n"

    words = ("XOAUTH2", initial) if at_once else ("XOAUTH2",)
    completion = await protocol.run("AUTHENTICATE", *words, timeout=patience, challenge=challenge)
    return replace(completion, text=" ".join([completion.text, *said]).strip())


def _word(word: str) -> str | Literal:
    return quote(word) if fits_quotes(word) else Literal(word.encode("utf-8"))
