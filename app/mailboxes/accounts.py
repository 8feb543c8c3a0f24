"""A stored mailbox as the settings that the mail engine takes; passwords are unsealed only here."""

from __future__ import annotations

from app.desk import Desk
from app.mailboxes.models import Mailbox
from mail.accounts import AfterHandling, ImapSettings, Security, SmtpSettings


def imap_settings(desk: Desk, mailbox: Mailbox) -> ImapSettings:
    return ImapSettings(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=Security(mailbox.imap_security),
        user=mailbox.imap_user,
        password=desk.keys.open(mailbox.imap_password) if mailbox.imap_password else "",
        folder=mailbox.imap_folder,
        after_handling=AfterHandling(mailbox.after_handling),
        move_to=mailbox.move_to,
    )


def smtp_settings(desk: Desk, mailbox: Mailbox) -> SmtpSettings:
    return SmtpSettings(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security=Security(mailbox.smtp_security),
        user=mailbox.smtp_user,
        password=desk.keys.open(mailbox.smtp_password) if mailbox.smtp_password else "",
    )
