"""What happens to people and must be told to others: mails wanted, rights changed, sessions ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.events import Event

MailKind = Literal["password_reset", "sign_in_link", "claim", "invite"]


@dataclass(frozen=True, slots=True)
class MailWanted(Event):
    """Somebody is to get one of the desk's own mails.

    `values` has `link` (absolute URL), `name` (of the person) and `hours` (how long the link works, as text).
    """

    kind: MailKind
    to: str
    language: str
    values: dict[str, str] = field(repr=False)  # the link is a secret and must not reach a log


@dataclass(frozen=True, slots=True)
class RightsChanged(Event):
    """The role, the teams or the activity of a user changed: what was allowed before must be asked again."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AccountWeighed(Event):
    """The class of an account changed, which queues may weigh: its cases have other places in the order of work."""

    account_id: int


@dataclass(frozen=True, slots=True)
class TokensRevoked(Event):
    """API tokens ended: whatever hangs on them must end too."""

    token_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """Sessions ended: whatever hangs on them must end too."""

    session_ids: tuple[int, ...]
