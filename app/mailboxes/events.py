"""What the mailboxes feature tells the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class MailboxChanged(Event):
    """A mailbox was added or its settings changed: intake and delivery must look again."""

    mailbox_id: int
