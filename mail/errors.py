"""The error tree of the mail engine, so that callers can tell "try again" from "never" from "not understood"."""

from __future__ import annotations


class MailError(Exception):
    """Anything the mail engine reports; `code` is stable and may be stored and shown."""

    code = "mail_error"


class ParseRefused(MailError):
    """A message that could not be understood within the limits; the raw bytes stay good for a later try.

    `reason` is one of the stable words in `REFUSAL_REASONS`; `detail` says more to a person.
    """

    code = "parse_refused"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[ParseRefused], tuple[str, str]]:
        # The error crosses a process border; BaseException would hand the joined text to __init__ as the reason.
        return type(self), (self.reason, self.detail)


REFUSAL_REASONS = {
    "too_large": "The message is larger than the desk accepts.",
    "too_deep": "Parts are nested deeper than any real mail program does.",
    "too_many_parts": "The message has more parts than any real mail program makes.",
    "too_many_headers": "The message has more header lines than any real mail program makes.",
    "deadline": "Understanding the message took too long.",
    "worker_died": "The process that read the message died while reading it.",
    "internal": "The reader failed on this message; the desk's log tells where.",
}


class Transient(MailError):
    """Something outside failed for now; the same thing may succeed later."""

    code = "transient"


class Permanent(MailError):
    """The other side refused for good; repeating the same thing is pointless."""

    code = "permanent"


class TransportError(MailError):
    """A mail server could not be reached or did not do as asked.

    `text` is a clear sentence for the administrator, without secrets; `lasting` tells that somebody must change
    something (a setting, a password, a folder) before another attempt is likely to succeed.
    """

    code = "transport_error"
    lasting = False

    def __init__(self, text: str, *, code: str = "") -> None:
        super().__init__(text)
        self.text = text
        if code:
            self.code = code


class ConnectionLost(TransportError, Transient):
    """The connection broke, or the server closed it; what was under way is undecided."""

    code = "connection_lost"


class ConnectFailed(TransportError, Transient):
    """No connection: the host is unknown, refuses, or does not answer (see mail.failures)."""

    code = "connect_failed"


class TimedOut(TransportError, Transient):
    """The server took longer than the deadline; the connection is dropped."""

    code = "timed_out"


class ProtocolViolation(TransportError, Transient):
    """The server sent what no mail server may send; the connection is dropped."""

    code = "protocol_violation"


class CommandRefused(TransportError):
    """The server answered NO or BAD to one command; the connection stays usable."""

    code = "command_refused"


class SignInRefused(TransportError, Permanent):
    """Wrong user name or password, or the token has expired."""

    code = "sign_in_refused"
    lasting = True


class TlsFailed(TransportError, Permanent):
    """No safe connection: wrong or untrusted certificate, or the server offers no TLS."""

    code = "tls_failed"
    lasting = True


class FolderMissing(TransportError, Permanent):
    """The folder does not exist or may not be opened."""

    code = "folder_missing"
    lasting = True


class AccountProblem(TransportError):
    """The sending account is at fault (sign-in, TLS, sender address), so every mail of the mailbox would fail alike.

    The mailbox is to be paused and the administrator told; no mail counts as tried.
    """

    code = "account_problem"
    lasting = True


class ComposeRefused(MailError):
    """A message that cannot be written: no recipient, or an address that is none. `field` names the culprit."""

    code = "compose_refused"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text
