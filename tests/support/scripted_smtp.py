"""A real SMTP server (aiosmtpd) that takes mail, or answers as a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import warnings
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mail.accounts import Security, SmtpSettings

USER, PASSWORD = "help@desk.example", "correct-horse"

logging.getLogger("mail.log").setLevel(logging.CRITICAL)

Script = Callable[["ScriptedSmtp", str], str | None]
"""Gets the server and what the client said; returns an answer instead of the usual one, "drop", "silence", or None."""


@dataclass
class Received:
    """One message that was accepted."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]


@dataclass
class ScriptedSmtp:
    """`on_mail`, `on_rcpt` and `on_data` decide about each step; without them everything is taken."""

    on_mail: Script | None = None
    on_rcpt: Script | None = None
    on_data: Script | None = None
    port: int = 0
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    certificate: ssl.SSLContext | None = None

    def account(self, **changes: object) -> SmtpSettings:
        settings: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": Security.NONE,
            "own_name": "desk.example",
        }
        return SmtpSettings(**(settings | changes))  # type: ignore[arg-type]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._scripted(self.on_mail, server, address)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._scripted(self.on_rcpt, server, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        answer = await self._scripted(self.on_data, server, raw.decode("utf-8", "replace"))
        if answer is None or answer.startswith("250"):
            sender, options = envelope.mail_from or "", tuple(envelope.mail_options)
            self.received.append(Received(sender, tuple(envelope.rcpt_tos), raw, options))
        return answer or f"250 2.0.0 Ok: queued as {len(self.received)}"

    async def _scripted(self, script: Script | None, server: SMTP, said: str) -> str | None:
        answer = script(self, said) if script else None
        if answer == "drop":
            _transport(server).abort()
        if answer in ("drop", "silence"):
            await asyncio.Event().wait()
        if answer is not None and answer.startswith("421"):
            _transport(server).write(answer.encode() + b"\r\n")
            _transport(server).close()
        return answer


@asynccontextmanager
async def scripted_smtp(
    *,
    on_mail: Script | None = None,
    on_rcpt: Script | None = None,
    on_data: Script | None = None,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    auth_required: bool = False,
    tokens: set[str] | None = None,
) -> AsyncIterator[ScriptedSmtp]:
    """Run the server in this loop. `tls` secures from the first byte, `starttls` on demand.

    With `tokens` it takes XOAUTH2 only, with any token of the set at that moment.
    """
    script = ScriptedSmtp(on_mail, on_rcpt, on_data)
    connections: list[SMTP] = []

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        success = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=success, handled=False)

    def connection() -> SMTP:
        script.connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that passwords without TLS are unsafe is known here
            made = (SMTP if tokens is None else _by_token(tokens))(
                script,
                hostname="smtp.northwind.example",
                enable_SMTPUTF8=True,
                authenticator=authenticate,
                auth_require_tls=False,
                auth_required=auth_required,
                tls_context=starttls,
                loop=asyncio.get_running_loop(),
            )
        connections.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for made in connections:
            if isinstance(made.transport, asyncio.WriteTransport):
                # A TLS transport that was closed already refuses in Python 3.11.2, Debian's.
                with contextlib.suppress(AttributeError):
                    made.transport.abort()
            if made._handler_coroutine is not None:
                made._handler_coroutine.cancel()
        await asyncio.sleep(0)


def _by_token(tokens: set[str]) -> type[SMTP]:
    """A server that signs in by XOAUTH2; a refusal comes as a challenge that wants an answer first."""

    class TokenSmtp(SMTP):
        async def auth_XOAUTH2(self, _: SMTP, words: list[str]) -> AuthResult:
            said = b64decode(words[1]).decode()
            if said.partition("auth=Bearer ")[2].rstrip("\x01") in tokens:
                return AuthResult(success=True)
            await self.push("334 " + b64encode(b'{"status":"400"}').decode())
            await self._reader.readline()
            return AuthResult(success=False, handled=False)

    return TokenSmtp


def _transport(server: SMTP) -> asyncio.WriteTransport:
    """The connection. (uvloop's transports are no subclasses of asyncio's.)"""
    return cast(asyncio.WriteTransport, server.transport)
