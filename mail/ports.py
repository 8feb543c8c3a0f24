"""What the mail engine needs from its surroundings: somewhere to put what arrives, and something to send.

`Receiver` is the ledger of inbound e-mail, `Outbox` the list of outbound e-mail. Both are implemented by
the desk on its database, and by plain dictionaries in the tests; one contract suite runs against each.
Every method may be called again after a crash at any instruction and must then lead to the same state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mail.accounts import SmtpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder of one mailbox in one numbering of the server: UIDs mean something only together with it.

    RFC 3501, section 2.3.1.1: a server that gives a folder a new `uidvalidity` has renumbered its messages.
    """

    mailbox: int
    name: str
    uidvalidity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMail:
    """One message as the server handed it out.

    `size` is its size on the server in bytes. Where that is over the desk's limit, `raw` holds only the beginning
    (`truncated` is then true): such a mail is to be quarantined as `too_large`, and its copy on the server is left.
    """

    uid: int
    raw: bytes = field(repr=False)
    size: int
    internal_date: datetime | None
    flags: frozenset[str] = frozenset()
    truncated: bool = False


class IntakeState(StrEnum):
    """What the intake of a mailbox is doing right now."""

    STANDBY = "standby"  # another process holds the mailbox
    CONNECTING = "connecting"
    WORKING = "working"
    IDLE = "idle"  # the server tells of new mail at once (RFC 2177)
    POLLING = "polling"  # the server cannot, so it is asked from time to time
    FAILED = "failed"  # with a reason; another attempt follows by itself
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeStatus:
    """One report of a mailbox's intake.

    `code` is stable (see mail.errors), `text` is a clear sentence for the administrator; both are empty while all is
    well. `server_count` is the number of messages in the folder, where it is known.
    """

    state: IntakeState
    at: datetime
    code: str = ""
    text: str = ""
    server_count: int | None = None
    uidvalidity: int | None = None


class Receiver(Protocol):
    """The ledger of inbound e-mail: one row per (mailbox, folder, UIDVALIDITY, UID), one outcome per row.

    The intake calls, for every batch: `known` → (fetch) → `store` → `handle` each → (flag, move or delete on
    the server) → `acknowledged`. The next batch is stored while one is handled. An exception of any method means that
    the desk itself cannot work now (database away, disk full): the intake stops, reports it, and tries again later;
    nothing on the server has changed.
    """

    async def hold(self, mailbox: int, *, worker: str, now: datetime, lease_seconds: float) -> bool:
        """Take or renew the lease on `mailbox` for `worker`; False while another worker's lease runs."""
        ...

    async def let_go(self, mailbox: int, *, worker: str) -> None:
        """Give the lease back, if `worker` still has it."""
        ...

    async def known(self, folder: Folder, uids: Sequence[int]) -> set[int]:
        """Those of `uids` that are stored already, whatever became of them. Called with up to some 1,000 at once."""
        ...

    async def store(self, folder: Folder, mails: Sequence[FetchedMail]) -> list[int]:
        """Commit the raw bytes of `mails` in one transaction and return their row ids in the same order.

        Idempotent: a mail that is stored already keeps its row, which is returned.
        """
        ...

    async def handle(self, row: int) -> bool:
        """Understand one stored mail and give its row an outcome; True once it has one.

        Never raises for a fault of this one mail: that is an outcome too (quarantined, with its reason). Called
        again for a row that has its outcome, it does nothing and returns True. False: not now, try again later.
        An implementation counts attempts before it starts, so that a mail that kills the process is quarantined too.
        """
        ...

    async def handle_some(self, rows: Sequence[int]) -> int:
        """`handle` the first of `rows`, or several of the first together, in their order; answers how many, 1 or more.

        Together they have the same outcomes as one by one.
        """
        ...

    async def unhandled(self, mailbox: int, *, limit: int) -> list[int]:
        """Row ids without outcome, oldest first: what a crash between `store` and `handle` left behind."""
        ...

    async def pending_acknowledgements(self, folder: Folder, *, limit: int) -> list[tuple[int, int]]:
        """(row id, UID) of handled mails of `folder` whose copy on the server is not flagged, moved or deleted yet.

        Rows that must keep their copy untouched (truncated mails) are not among them.
        """
        ...

    async def acknowledged(self, rows: Sequence[int], *, gone: bool, now: datetime) -> None:
        """The server's copies of `rows` are flagged, moved or deleted, or were gone already.

        `gone` tells that the folder holds them no longer.
        """
        ...

    async def compared(self, folder: Folder, uids: Sequence[int], *, now: datetime) -> None:
        """The folder holds exactly `uids` now: what the ledger has beside them was taken away by people or programs.

        Called at every comparison of the whole folder, which may hold hundreds of thousands.
        """
        ...

    async def status(self, mailbox: int, status: IntakeStatus) -> None:
        """Show what the intake is doing; must not raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One claimed row of the outbox, ready to send.

    `recipients` are those still open: a retry leaves out whom the server has accepted or refused for good. `raw` is
    the whole message with its Message-ID, which is the same at every attempt. `token` is the fencing token of the
    claim: it grows with every claim of the row, and a record with an older one is refused. `attempts` counts the
    attempts before this one.
    """

    row: int
    mailbox: int
    token: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)
    attempts: int
    first_due: datetime
    """When the row was due first: the days of retrying count from here."""
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One recipient that the server did not take, and what it said. `status` is 0 where no server spoke."""

    recipient: str
    status: int
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one attempt to send: each open recipient stands in exactly one of the three lists.

    `retry_at` is set when `deferred` is not empty and another attempt is worth it; recipients deferred without it have
    used up their days and have failed for good. `maybe_delivered`: the connection broke after the message was handed
    over, so the deferred recipients may have it already; the next attempt carries the same Message-ID.
    """

    at: datetime
    accepted: tuple[str, ...] = ()
    deferred: tuple[Refusal, ...] = ()
    refused: tuple[Refusal, ...] = ()
    retry_at: datetime | None = None
    maybe_delivered: bool = False
    server_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why a mailbox sends nothing for now: its account or server is at fault, not any mail."""

    at: datetime
    until: datetime
    code: str
    text: str


class Outbox(Protocol):
    """The outbound e-mail: rows that are due are claimed by lease, sent, and recorded under the token of the claim."""

    async def claim(
        self, *, now: datetime, limit: int, lease_seconds: float, worker: str, busy: frozenset[int] = frozenset()
    ) -> list[Outgoing]:
        """Lease up to `limit` due rows, oldest due first, of mailboxes that are neither paused nor `busy` nor beyond
        their rate.

        Nobody else gets them until `now + lease_seconds`; each gets a new, greater token. A row that cannot be
        composed is the implementation's to mark as failed; it is not returned and blocks no other.
        """
        ...

    async def record_all(self, attempts: Sequence[tuple[Outgoing, Attempt]]) -> set[int]:
        """Write down what became of several mails and give their leases back, all in one transaction.

        The rows that were written; one that has a newer token is not among them and keeps its state.
        """
        ...

    async def release(self, mails: Sequence[Outgoing]) -> None:
        """Give leases back unused (the worker stops, or the mailbox was paused); does not count as an attempt."""
        ...

    async def pause_mailbox(self, mailbox: int, pause: Pause) -> None:
        """Claim nothing of `mailbox` until `pause.until`, and tell the administrator why."""
        ...

    async def resume_mailbox(self, mailbox: int) -> None:
        """The mailbox's server accepted a sign-in again: forget an earlier pause."""
        ...

    async def next_due(self, *, now: datetime, busy: frozenset[int] = frozenset()) -> datetime | None:
        """The earliest moment at which `claim` may find something: due rows of mailboxes that are neither paused nor
        `busy`, ends of pauses with waiting rows, leases that run out. None if nothing waits."""
        ...

    async def smtp_settings(self, mailbox: int) -> SmtpSettings:
        """How to reach the mailbox's SMTP server now; asked before each batch, so that changes take effect at once."""
        ...
