"""Hands messages to an SMTP server over one reused connection, and says exactly what became of each recipient.

async with SmtpSender(SmtpSettings(host="smtp.example", user="help@example", password="…")) as sender:
    outcome = await sender.send("help@example", ("aino@northwind.example",), raw)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import aiosmtplib

from mail.accounts import SmtpSettings
from mail.errors import AccountProblem, ConnectionLost, TransportError
from mail.ports import Refusal
from mail.smtp_connection import PATIENCE, open_connection

MESSAGES_PER_CONNECTION = 90
"""Common servers end a session after 100 messages (OpenSMTPD with 452 4.5.3)."""

DATA_PATIENCE = 600.0
"""Seconds for the answer to a whole message: the 10 minutes of RFC 5321, section 4.5.3.2.6, for giving up earlier
makes duplicates."""

_ACCOUNT_REFUSALS = frozenset({530, 535, 550, 551, 553, 554})
"""Answers to MAIL FROM that mean the account or its address, not this one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message: each recipient is in exactly one list.

    `maybe_delivered`: the connection broke after the message was handed over; `deferred` may have it already.
    """

    accepted: tuple[str, ...] = ()
    deferred: tuple[Refusal, ...] = ()
    refused: tuple[Refusal, ...] = ()
    maybe_delivered: bool = False
    server_text: str = ""


class SmtpSender:
    """One account's connection: opened when needed, reused, renewed before servers tire of it; messages take turns."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        patience: float = PATIENCE,
        data_patience: float = DATA_PATIENCE,
        messages_per_connection: int = MESSAGES_PER_CONNECTION,
    ) -> None:
        self.settings = settings
        self._patience = patience
        self._data_patience = data_patience
        self._limit = messages_per_connection
        self._client: aiosmtplib.SMTP | None = None
        self._sent = 0
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> SmtpSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, sender: str, recipients: Sequence[str], raw: bytes) -> Outcome:
        """Send one message to its recipients.

        Raises AccountProblem (pause the mailbox), or ConnectFailed, TimedOut and ConnectionLost when no server could
        be talked to at all: nothing was sent then. Cancellation closes the connection.
        """
        async with self._lock:
            try:
                return await self._send(sender, tuple(recipients), raw)
            except asyncio.CancelledError:
                self._abandon()
                raise

    async def close(self) -> None:
        """Say goodbye; a server that is gone is no error."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=5)
            client.close()

    async def _send(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> Outcome:
        fresh = await self._connect()
        outcome = await self._transaction(sender, recipients, raw, retry=not fresh)
        if outcome is None:
            await self._connect()
            outcome = await self._transaction(sender, recipients, raw, retry=False)
        if outcome is None:
            raise ConnectionLost("The server closed a new connection.")
        rest = tuple(refusal.recipient for refusal in outcome.deferred if _too_many(refusal))
        if outcome.accepted and rest:
            # The server takes only so many recipients per message: the rest follows at once as the next one.
            with suppress(TransportError):
                return _joined(outcome, await self._send(sender, rest, raw), rest)
        return outcome

    async def _connect(self) -> bool:
        """Have a connection; True if it is new."""
        if self._client is not None and (self._sent >= self._limit or not self._client.is_connected):
            await self.close()
        if self._client is not None:
            return False
        self._client = await open_connection(self.settings, patience=self._patience)
        self._sent = 0
        return True

    def _abandon(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _transaction(
        self, sender: str, recipients: tuple[str, ...], raw: bytes, *, retry: bool
    ) -> Outcome | None:
        """One MAIL, RCPT, DATA; None if a used connection has gone stale and a new one should be tried (`retry`)."""
        client = self._client
        if client is None:
            return None
        self._sent += 1
        handed_over = False
        accepted: list[str] = []
        deferred: list[Refusal] = []
        refused: list[Refusal] = []
        try:
            options, encoding = _mail_options(client, sender, recipients, len(raw))
            await client.mail(_ascii_domain(sender), options=options, encoding=encoding)
            for recipient in recipients:
                try:
                    await client.rcpt(_ascii_domain(recipient), encoding=encoding)
                except aiosmtplib.SMTPRecipientRefused as error:
                    refusal = Refusal(recipient=recipient, status=error.code, text=error.message)
                    if error.code < 400:
                        accepted.append(recipient)
                    elif error.code == 421:
                        raise
                    else:
                        (refused if error.code >= 500 else deferred).append(refusal)
                except UnicodeEncodeError:
                    text = "The server cannot send to addresses with letters beyond ASCII."
                    refused.append(Refusal(recipient=recipient, status=553, text=text, code="no_smtputf8"))
                else:
                    accepted.append(recipient)
            if not accepted:
                await client.rset()
                return Outcome(deferred=tuple(deferred), refused=tuple(refused))
            handed_over = True
            answer = await client.data(raw, timeout=self._data_patience)
        except aiosmtplib.SMTPSenderRefused as error:
            return await self._sender_refused(error, recipients, retry=retry)
        except aiosmtplib.SMTPResponseException as error:
            if error.code == 421:
                self._abandon()
                if retry and not isinstance(error, aiosmtplib.SMTPDataError):
                    return None
            return _all(accepted if handed_over else recipients, error.code, error.message, deferred, refused)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._abandon()
            if retry and not handed_over:
                return None
            text = _silence(error)
            left = accepted if handed_over else recipients
            return _all(left, 0, text, deferred, refused, maybe_delivered=handed_over)
        said = f"{answer.code} {answer.message}"
        return Outcome(accepted=tuple(accepted), deferred=tuple(deferred), refused=tuple(refused), server_text=said)

    async def _sender_refused(
        self, error: aiosmtplib.SMTPSenderRefused, recipients: tuple[str, ...], *, retry: bool
    ) -> Outcome | None:
        if error.code in (421, 452):
            await self.close()
            if retry:
                return None
        elif error.code in _ACCOUNT_REFUSALS:
            text = f"{self.settings.host} does not let {error.sender} send. It says: {error.code} {error.message}"
            raise AccountProblem(text, code="sign_in_required" if error.code == 530 else "sender_refused")
        return _all(recipients, error.code, error.message, [], [])


def _all(
    recipients: Sequence[str],
    status: int,
    text: str,
    deferred: list[Refusal],
    refused: list[Refusal],
    *,
    maybe_delivered: bool = False,
) -> Outcome:
    """One answer for all `recipients`, beside those that were decided before. No answer (0) is not final."""
    decided = {refusal.recipient for refusal in (*deferred, *refused)}
    same = tuple(Refusal(recipient=one, status=status, text=text) for one in recipients if one not in decided)
    final = status >= 500
    return Outcome(
        deferred=(*deferred, *(() if final else same)),
        refused=(*refused, *(same if final else ())),
        maybe_delivered=maybe_delivered,
    )


def _joined(first: Outcome, second: Outcome, retried: tuple[str, ...]) -> Outcome:
    return Outcome(
        accepted=first.accepted + second.accepted,
        deferred=tuple(one for one in first.deferred if one.recipient not in retried) + second.deferred,
        refused=first.refused + second.refused,
        maybe_delivered=second.maybe_delivered,
        server_text=second.server_text or first.server_text,
    )


def _too_many(refusal: Refusal) -> bool:
    return refusal.status == 452 and ("4.5.3" in refusal.text or "many" in refusal.text.lower())


def _mail_options(client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str], size: int) -> tuple[list[str], str]:
    options = [f"SIZE={size}"] if client.supports_extension("size") else []
    plain = all(_ascii_domain(address).isascii() for address in (sender, *recipients))
    if plain or not client.supports_extension("smtputf8"):
        return options, "ascii"
    return [*options, "SMTPUTF8", "BODY=8BITMIME"], "utf-8"


def _ascii_domain(address: str) -> str:
    """The address with its domain in punycode (RFC 5891), so that only a local part may need SMTPUTF8."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if not domain.isascii() else address
    except UnicodeError:
        return address


def _silence(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    return f"The connection broke: {error}"
