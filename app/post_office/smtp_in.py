"""Takes mail in by SMTP for any address and puts it into that address's inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.post_office.store import PostStore

# It warns at every sign-in about an attribute of its own that nobody here uses.
logging.getLogger("mail.log").setLevel(logging.ERROR)

LARGEST_MAIL = 50 * 1024 * 1024
"""Bytes; the post office is for trying things out, and its file should not run away."""


def home_address(address: str) -> str:
    """The mailbox an address belongs to: lower case, and without the detail behind a plus sign (RFC 5233)."""
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


class Counter:
    """The handler that aiosmtpd calls for every message."""

    def __init__(self, store: PostStore) -> None:
        self._store = store

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "@" not in address:
            return "553 5.1.3 An address has an @ in it"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        now = datetime.now(UTC)
        sender = envelope.mail_from or ""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            address = home_address(recipient)
            folder = self._store.folder(address)
            if folder is None:
                return "451 4.3.0 The mailbox cannot be made now"
            trace = (
                f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
                f"Received: from {session.host_name or 'unknown'} by post-office.localhost with SMTP\r\n"
                f" for <{recipient}>; {format_datetime(now)}\r\n"
            )
            self._store.add(folder, trace.encode() + content, received_at=now, envelope_from=home_address(sender))
        return "250 2.0.0 Stored"


class PatientSMTP(SMTP):
    """aiosmtpd ends the conversation at lines over 1,000 bytes; real servers take them, and so do we."""

    line_length_limit = 1024 * 1024


class SmtpServer:
    """The listening server. Signing in is possible (PLAIN, LOGIN) and never required; a wrong password is refused."""

    def __init__(self, store: PostStore, passwords: Mapping[str, str]) -> None:
        self._store = store
        self._passwords = passwords
        self._connections: WeakSet[SMTP] = WeakSet()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Start; the port that is listened on."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)  # so that the connections hear of it while the loop still runs

    def _connection(self) -> SMTP:
        connection = PatientSMTP(
            Counter(self._store),
            hostname="post-office.localhost",
            ident="Casefeed post office",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )
        self._connections.add(connection)
        return connection

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        user = home_address(login.login.decode("utf-8", "replace"))
        matches = self._passwords.get(user) == login.password.decode("utf-8", "replace")
        return AuthResult(success=matches, handled=False)
