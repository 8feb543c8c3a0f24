"""A stored mailbox as the settings that the mail engine takes; passwords are unsealed only here."""

from __future__ import annotations

from app.desk import Desk
from app.mailboxes.models import Mailbox
from app.mailboxes.oauth import MailboxToken
from mail.accounts import AfterHandling, ImapSettings, Security, SmtpSettings, TokenSource


def imap_settings(desk: Desk, mailbox: Mailbox) -> ImapSettings:
    return ImapSettings(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=Security(mailbox.imap_security),
        user=mailbox.imap_user,
        password=_password(desk, mailbox, mailbox.imap_password),
        token=_token(desk, mailbox),
        folder=mailbox.imap_folder,
        after_handling=AfterHandling(mailbox.after_handling),
        move_to=mailbox.move_to,
    )


def smtp_settings(desk: Desk, mailbox: Mailbox) -> SmtpSettings:
    return SmtpSettings(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security=Security(mailbox.smtp_security),
        user=mailbox.smtp_user or (mailbox.imap_user if mailbox.oauth_provider else ""),
        password=_password(desk, mailbox, mailbox.smtp_password),
        token=_token(desk, mailbox),
        connections=mailbox.send_connections,
    )


def _password(desk: Desk, mailbox: Mailbox, sealed: str) -> str:
    return desk.keys.open(sealed) if sealed and not mailbox.oauth_provider else ""


def _token(desk: Desk, mailbox: Mailbox) -> TokenSource | None:
    return MailboxToken(desk, mailbox.id) if mailbox.oauth_provider else None
