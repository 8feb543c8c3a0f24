"""How to reach a mailbox: the settings of its IMAP and SMTP servers as plain values."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

TokenSource = Callable[[str], Awaitable[str]]
"""Answers an OAuth 2 access token that holds for some minutes; its argument is one that a server has just refused, or
empty. Raises TransportError; SignInRefused where the consent is gone."""


class Security(StrEnum):
    """How the connection is protected: from its first byte, by STARTTLS before the sign-in, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class AfterHandling(StrEnum):
    """What happens to the server's copy once the desk has handled a mail."""

    LEAVE = "leave"
    FLAG = "flag"  # \Seen is set
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """One folder of one IMAP account. With `token` (asked for an OAuth 2 access token) no password is used."""

    host: str
    port: int = 993
    security: Security = Security.TLS
    user: str
    password: str = field(default="", repr=False)
    token: TokenSource | None = field(default=None, repr=False, compare=False)
    """Not compared: it answers what holds at the moment of the sign-in."""
    folder: str = "INBOX"
    after_handling: AfterHandling = AfterHandling.FLAG
    move_to: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    """Trust other certificates than the system does; None verifies against the system's. Two contexts cannot be told
    apart by value, so they do not count when settings are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """One SMTP submission account. Without a user no sign-in is tried."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    token: TokenSource | None = field(default=None, repr=False, compare=False)
    own_name: str = ""
    """Name given in EHLO; empty: the domain of the user, or the name of this computer."""
    connections: int = 1
    """How many at once."""
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
