"""Tries out a mailbox's settings and says in clear words what is wrong, before anybody waits for mail in vain."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from mail.accounts import AfterHandling, ImapSettings, SmtpSettings
from mail.errors import MailError, TransportError
from mail.imap import ImapSession
from mail.smtp_connection import open_connection

PATIENCE = 10.0
"""Seconds for one answer; an administrator looks at a form meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one try. `code` is stable ("ok" or an error's), `field` the setting to look at, if one is known."""

    ok: bool
    code: str
    text: str
    field: str = ""


FIELDS = {
    "host_unknown": "host",
    "refused": "port",
    "no_answer": "port",
    "unreachable": "host",
    "tls_certificate": "host",
    "tls_handshake": "security",
    "no_starttls": "security",
    "login_disabled": "security",
    "no_sign_in": "security",
    "sign_in_refused": "password",
    "sign_in_required": "user",
    "token_refused": "oauth_provider",
    "token_unavailable": "oauth_provider",
    "not_connected": "oauth_provider",
    "folder_missing": "folder",
    "read_only": "folder",
    "same_folder": "move_to",
    "move_target_refused": "move_to",
    "sender_refused": "address",
}
"""Which setting a code points at."""


async def probe_imap(settings: ImapSettings, *, patience: float = PATIENCE) -> Finding:
    """Sign in, open the folder, and see whether mails can be treated as set. Nothing on the server is changed, but for
    a missing target folder, which is made."""
    try:
        async with asyncio.timeout(patience * 4):
            session = await ImapSession.open(settings, patience=patience)
            try:
                return await _look_around(session, settings)
            finally:
                await session.log_out()
    except TimeoutError:
        return _wrong("no_answer", f"{settings.host} takes too long to answer.")
    except MailError as error:
        return _wrong(error.code, str(error))


async def probe_smtp(settings: SmtpSettings, *, sender: str, patience: float = PATIENCE) -> Finding:
    """Sign in and ask whether `sender` may send, without sending anything."""
    try:
        async with asyncio.timeout(patience * 4):
            client = await open_connection(settings, patience=patience)
            try:
                return await _ask_for_sender(client, settings, sender)
            finally:
                with suppress(aiosmtplib.SMTPException, OSError):
                    await client.quit(timeout=2)
                client.close()
    except TimeoutError:
        return _wrong("no_answer", f"{settings.host} takes too long to answer.")
    except TransportError as error:
        return _wrong(error.code, error.text)
    except (aiosmtplib.SMTPException, OSError) as error:
        return _wrong("connection_lost", f"{settings.host} ended the conversation: {error}")


async def _look_around(session: ImapSession, settings: ImapSettings) -> Finding:
    folder = await session.select(settings.folder)
    if folder.read_only and settings.after_handling is not AfterHandling.LEAVE:
        return _wrong(
            "read_only", f"The folder {settings.folder} may only be read; set that mails are left as they are."
        )
    if settings.after_handling is AfterHandling.MOVE:
        if settings.move_to == settings.folder:
            return _wrong("same_folder", "Handled mails would be moved to the folder they come from.")
        names = {listed.name for listed in await session.list_folders() if listed.selectable}
        if settings.move_to not in names:
            try:
                await session.create(settings.move_to)
            except TransportError as error:
                return _wrong("move_target_refused", error.text)
    tells = "It tells of new mail at once." if session.has("IDLE") else "It has to be asked for new mail (no IDLE)."
    return Finding(ok=True, code="ok", text=f"Signed in; {settings.folder} holds {folder.exists} messages. {tells}")


async def _ask_for_sender(client: aiosmtplib.SMTP, settings: SmtpSettings, sender: str) -> Finding:
    try:
        await client.mail(sender)
        # Many servers judge the sender only when a recipient is named (Postfix, by smtpd_delay_reject).
        with suppress(_Elsewhere):
            await _name_recipient(client, sender)
        await client.rset()
    except aiosmtplib.SMTPRecipientRefused as error:
        said = f"It says: {error.code} {error.message}"
        return _wrong("sender_refused", f"{settings.host} does not let {sender} send. {said}")
    except aiosmtplib.SMTPSenderRefused as error:
        code = "sign_in_required" if error.code == 530 else "sender_refused"
        return _wrong(code, f"{settings.host} does not let {sender} send. It says: {error.code} {error.message}")
    except UnicodeEncodeError:
        return _wrong("sender_refused", f"{settings.host} cannot send for an address with letters beyond ASCII.")
    signed_in = f"Signed in as {settings.user}; " if settings.user else "No sign-in is needed; "
    return Finding(ok=True, code="ok", text=f"{signed_in}{sender} may send.")


class _Elsewhere(Exception):
    """The recipient was refused for a reason that says nothing about the sender."""


async def _name_recipient(client: aiosmtplib.SMTP, sender: str) -> None:
    try:
        await client.rcpt(sender)
    except aiosmtplib.SMTPRecipientRefused as error:
        said = error.message.lower()
        if error.code >= 500 and (error.code == 553 or "sender" in said or "5.7." in said or "relay" in said):
            raise
        raise _Elsewhere from error


def _wrong(code: str, text: str) -> Finding:
    return Finding(ok=False, code=code, text=text, field=FIELDS.get(code, ""))
