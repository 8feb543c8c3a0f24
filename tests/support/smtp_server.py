"""SMTP servers for tests: a sink whose every answer can be scripted, and a real OpenSMTPD that delivers to Maildirs."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.packages import ProgramMissing, ensure_debian
from tests.support.ports import free_port, wait_until_listening
from tests.support.processes import Server, throwaway_folder

ACCEPTED = "250 2.0.0 Accepted"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message the sink took responsibility for."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class SmtpSink:
    """A server that keeps what it accepts, and refuses what a test tells it to refuse.

    `refuse_recipient` answers an SMTP reply such as "550 5.1.1 No such user", or None to accept the recipient.
    `data_replies` is used up one reply per message ("451 4.3.0 Try again later", or "hang up" to cut the connection
    after the content was received); when it is empty, messages are accepted. `deliver` is called with each recipient
    and the content of each accepted message.
    """

    port: int = 0
    accounts: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    refuse_recipient: Callable[[str], str | None] = lambda _: None
    data_replies: deque[str] = field(default_factory=deque)
    deliver: Callable[[str, bytes], None] | None = None
    accepted: list[Accepted] = field(default_factory=list)
    sessions: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _server: asyncio.Server | None = None
    _transports: set[asyncio.BaseTransport] = field(default_factory=set)

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection, as an outage would."""
        if self._server is not None:
            self._server.close()
            for transport in self._transports.copy():
                transport.abort()  # type: ignore[attr-defined]
            await self._server.wait_closed()
            self._server = None

    async def wait_for(self, count: int = 1, *, seconds: float = 10.0) -> list[Accepted]:
        """The messages accepted so far, as soon as there are `count`; raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.accepted) >= count)
        return list(self.accepted)

    def _session(self) -> SMTP:
        self.sessions += 1
        return _Connection(
            self,
            hostname="sink.test",
            enable_SMTPUTF8=True,
            tls_context=self.tls,
            authenticator=self._authenticate if self.accounts else None,
            auth_required=bool(self.accounts),
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        right = self.accounts.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if refusal := self.refuse_recipient(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient accepted"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        reply = self.data_replies.popleft() if self.data_replies else ACCEPTED
        if reply == "hang up":
            assert server.transport is not None, "content arrived over a connection"
            server.transport.abort()
            return ""
        if reply.startswith("2"):
            content = bytes(envelope.original_content or b"")
            message = Accepted(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
            for recipient in message.recipients if self.deliver else ():
                self.deliver(recipient, content)
            async with self._changed:
                self.accepted.append(message)
                self._changed.notify_all()
        return reply


class _Connection(SMTP):
    """Keeps the sink's list of open connections, so that an outage can cut them."""

    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        super().__init__(sink, **options)
        self._open = sink._transports
        self._own: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = transport
        self._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._own is not None:
            self._open.discard(self._own)
        super().connection_lost(error)


@asynccontextmanager
async def running_sink(**options: Any) -> AsyncIterator[SmtpSink]:
    """A started sink on a free port; the options are SmtpSink's fields."""
    sink = SmtpSink(**options)
    await sink.start()
    try:
        yield sink
    finally:
        await sink.stop()


@dataclass(frozen=True, slots=True)
class OpenSmtpd:
    """A running OpenSMTPD: mail for anybody@anywhere, or anybody+detail, lands in the Maildir `mail_folder`/anybody."""

    port: int
    mail_folder: Path
    server: Server


# `unknown.test` refuses everybody, which makes a permanent refusal that is not scripted.
_CONFIGURATION = """\
table catchall {{ "@" = "{owner}" }}
listen on 127.0.0.1 port {port} hostname mail.test
action "store" maildir "{mail_folder}/%{{dest.user:strip}}" virtual <catchall>
match from any for domain "unknown.test" reject
match from any for any action "store"
"""
# Spool and control socket have fixed places: a mount namespace of its own keeps this server off the machine's.
_START = """\
mkdir -p /var/spool/smtpd
mount -t tmpfs -o mode=711 tmpfs /var/spool/smtpd
mount -t tmpfs -o mode=755 tmpfs /run
exec "$0" -d -f "$1"
"""


@contextmanager
def running_opensmtpd(mail_folder: Path, *, owner: str) -> Iterator[OpenSmtpd]:
    """Start OpenSMTPD delivering into Maildirs under `mail_folder` as the system user `owner`; needs root on Linux."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        raise ProgramMissing("OpenSMTPD can only be started by root on Linux: run the tests as root in a container.")
    program = ensure_debian("opensmtpd", "smtpd")
    folder, port = throwaway_folder("opensmtpd"), free_port()
    configuration = folder / "smtpd.conf"
    configuration.write_text(_CONFIGURATION.format(owner=owner, port=port, mail_folder=mail_folder))
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", _START, program, str(configuration)]
    server = Server(command, log=folder / "smtpd.log")
    try:
        wait_until_listening(port)
        yield OpenSmtpd(port, mail_folder, server)
    finally:
        server.stop()
