"""The ports of the mail engine on plain dictionaries: a ledger and an outbox that tests can look into."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mail.accounts import SmtpSettings
from mail.ports import Attempt, FetchedMail, Folder, IntakeStatus, Outgoing, Pause, Refusal

POISON_ATTEMPTS = 3
"""Attempts after which a mail that kills the process is quarantined."""


@dataclass
class LedgerRow:
    """One stored mail."""

    folder: Folder
    mail: FetchedMail
    outcome: str = ""
    attempts: int = 0
    acknowledged: bool = False
    gone: bool = False


@dataclass
class MemoryReceiver:
    """A ledger. `understand` is called once per mail and may raise: then the mail is quarantined.

    `journal` tells in order what happened; `fail_next` makes the named method raise once, as a database that is away.
    """

    understand: Callable[[bytes], Awaitable[str]] | None = None
    rows: dict[int, LedgerRow] = field(default_factory=dict)
    leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    statuses: list[IntakeStatus] = field(default_factory=list)
    journal: list[tuple[str, object]] = field(default_factory=list)
    fail_next: set[str] = field(default_factory=set)
    on_status: Callable[[IntakeStatus], None] | None = None

    def _called(self, name: str, about: object) -> None:
        if name in self.fail_next:
            self.fail_next.discard(name)
            raise OSError(f"database away in {name}")
        self.journal.append((name, about))

    async def hold(self, mailbox: int, *, worker: str, now: datetime, lease_seconds: float) -> bool:
        owner, until = self.leases.get(mailbox, (worker, now))
        if owner != worker and until > now:
            return False
        self.leases[mailbox] = (worker, now + timedelta(seconds=lease_seconds))
        return True

    async def let_go(self, mailbox: int, *, worker: str) -> None:
        if self.leases.get(mailbox, ("", None))[0] == worker:
            del self.leases[mailbox]

    async def known(self, folder: Folder, uids: Sequence[int]) -> set[int]:
        stored = {row.mail.uid for row in self.rows.values() if row.folder == folder}
        return stored & set(uids)

    async def store(self, folder: Folder, mails: Sequence[FetchedMail]) -> list[int]:
        self._called("store", [mail.uid for mail in mails])
        found = {row.mail.uid: key for key, row in self.rows.items() if row.folder == folder}
        ids = []
        for mail in mails:
            if mail.uid not in found:
                key = len(self.rows) + 1
                self.rows[key] = LedgerRow(folder, mail)
                found[mail.uid] = key
            ids.append(found[mail.uid])
        return ids

    async def handle(self, row: int) -> bool:
        self._called("handle", row)
        entry = self.rows[row]
        if entry.outcome:
            return True
        entry.attempts += 1
        if entry.mail.truncated or entry.attempts > POISON_ATTEMPTS:
            entry.outcome = "quarantined"
            return True
        try:
            entry.outcome = await self.understand(entry.mail.raw) if self.understand else "opened"
        except Exception:
            entry.outcome = "quarantined"
        return bool(entry.outcome)

    async def handle_some(self, rows: Sequence[int]) -> int:
        await self.handle(rows[0])
        return 1

    async def unhandled(self, mailbox: int, *, limit: int) -> list[int]:
        waiting = (key for key, row in self.rows.items() if row.folder.mailbox == mailbox and not row.outcome)
        return sorted(waiting)[:limit]

    async def pending_acknowledgements(self, folder: Folder, *, limit: int) -> list[tuple[int, int]]:
        pending = [
            (key, row.mail.uid)
            for key, row in sorted(self.rows.items())
            if row.folder == folder and row.outcome and not row.acknowledged and not row.mail.truncated
        ]
        return pending[:limit]

    async def acknowledged(self, rows: Sequence[int], *, gone: bool, now: datetime) -> None:
        self._called("acknowledged", list(rows))
        for row in rows:
            self.rows[row].acknowledged = True
            self.rows[row].gone = self.rows[row].gone or gone

    async def compared(self, folder: Folder, uids: Sequence[int], *, now: datetime) -> None:
        for row in self.rows.values():
            if row.folder == folder and row.mail.uid not in uids:
                row.gone = True

    async def status(self, mailbox: int, status: IntakeStatus) -> None:
        self.statuses.append(status)
        if self.on_status is not None:
            self.on_status(status)

    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows.values()]


@dataclass
class OutboxRow:
    """One outgoing mail and its state."""

    mailbox: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    due: datetime | None
    first_due: datetime
    attempts: int = 0
    token: int = 0
    lease_until: datetime | None = None
    accepted: list[str] = field(default_factory=list)
    failed: list[Refusal] = field(default_factory=list)
    history: list[Attempt] = field(default_factory=list)


@dataclass
class MemoryOutbox:
    """An outbox; `settings` gives each mailbox's SMTP server."""

    settings: dict[int, SmtpSettings] = field(default_factory=dict)
    rows: dict[int, OutboxRow] = field(default_factory=dict)
    pauses: dict[int, Pause] = field(default_factory=dict)
    fail_next: set[str] = field(default_factory=set)
    on_record: Callable[[int, Attempt], None] | None = None

    def add(self, *, mailbox: int, sender: str, recipients: Sequence[str], raw: bytes, due: datetime) -> int:
        key = len(self.rows) + 1
        self.rows[key] = OutboxRow(mailbox, sender, tuple(recipients), raw, due, due)
        return key

    async def claim(
        self, *, now: datetime, limit: int, lease_seconds: float, worker: str, busy: frozenset[int] = frozenset()
    ) -> list[Outgoing]:
        if "claim" in self.fail_next:
            self.fail_next.discard("claim")
            raise OSError("database away in claim")
        due = [(row.due, key) for key, row in self.rows.items() if row.due is not None and self._free(row, now)]
        claimed = []
        for moment, key in sorted(due):
            row = self.rows[key]
            if moment > now or len(claimed) == limit or self._paused(row.mailbox, now) or row.mailbox in busy:
                continue
            row.token += 1
            row.lease_until = now + timedelta(seconds=lease_seconds)
            claimed.append(
                Outgoing(
                    row=key,
                    mailbox=row.mailbox,
                    token=row.token,
                    sender=row.sender,
                    recipients=row.recipients,
                    raw=row.raw,
                    attempts=row.attempts,
                    first_due=row.first_due,
                    lease_until=row.lease_until,
                )
            )
        return claimed

    async def record_all(self, attempts: Sequence[tuple[Outgoing, Attempt]]) -> set[int]:
        return {mail.row for mail, attempt in attempts if self._record(mail, attempt)}

    def _record(self, mail: Outgoing, attempt: Attempt) -> bool:
        row = self.rows[mail.row]
        if row.token != mail.token:
            return False
        row.attempts += 1
        row.history.append(attempt)
        row.accepted += attempt.accepted
        row.failed += attempt.refused
        if attempt.retry_at is None:
            row.failed += attempt.deferred
        row.recipients = tuple(one.recipient for one in attempt.deferred) if attempt.retry_at else ()
        row.due = attempt.retry_at
        row.lease_until = None
        if self.on_record is not None:
            self.on_record(mail.row, attempt)
        return True

    async def release(self, mails: Sequence[Outgoing]) -> None:
        for mail in mails:
            if self.rows[mail.row].token == mail.token:
                self.rows[mail.row].lease_until = None

    async def pause_mailbox(self, mailbox: int, pause: Pause) -> None:
        self.pauses[mailbox] = pause

    async def resume_mailbox(self, mailbox: int) -> None:
        self.pauses.pop(mailbox, None)

    async def next_due(self, *, now: datetime, busy: frozenset[int] = frozenset()) -> datetime | None:
        moments = []
        for row in self.rows.values():
            if row.due is None or row.mailbox in busy:
                continue
            moment = max(row.due, row.lease_until) if row.lease_until else row.due
            if self._paused(row.mailbox, now):
                moment = max(moment, self.pauses[row.mailbox].until)
            moments.append(moment)
        return min(moments, default=None)

    async def smtp_settings(self, mailbox: int) -> SmtpSettings:
        return self.settings[mailbox]

    def _free(self, row: OutboxRow, now: datetime) -> bool:
        return row.lease_until is None or row.lease_until <= now

    def _paused(self, mailbox: int, now: datetime) -> bool:
        return mailbox in self.pauses and self.pauses[mailbox].until > now
