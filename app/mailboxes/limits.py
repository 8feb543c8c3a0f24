"""The brake against mail loops: how many notices may still go to one address, about one case, and in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app.mailboxes.models import Allowance
from app.settings import Settings
from mail.limits import Bucket, Limit, filled, full, next_at, take

SHARES = 16
"""Rows that hold the installation's allowance together. A row is locked until the transaction that takes from it ends,
so a single one would make every new case of a busy desk wait for the one before."""
HALF = 0.5  # of a bucket: a limit that tripped counts as over once so much is there again

Kind = Literal["address", "case", "installation"]
KINDS: tuple[Kind, ...] = ("address", "case", "installation")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Notices an hour to one address, about one case, in all."""

    address: int
    case: int
    installation: int

    @classmethod
    def of(cls, settings: Settings) -> Sizes:
        return cls(
            settings.notices_per_address_hour, settings.notices_per_case_hour, settings.notices_per_installation_hour
        )

    def limit(self, kind: Kind) -> Limit:
        """The bucket of this kind; for the installation that of one share."""
        if kind == "installation":
            return Limit(max(self.installation // SHARES, 1))
        return Limit(self.address if kind == "address" else self.case)

    @property
    def shares(self) -> int:
        return min(SHARES, self.installation)


@dataclass(frozen=True, slots=True)
class Tripped:
    """The limit that stops a notice; `first` is true for the first one it stops."""

    limit: Kind
    first: bool


async def may_send(*, address: str, case_id: int, now: datetime, sizes: Sizes) -> Tripped | None:
    """Take one notice out of all three allowances; None when it may go. What is stopped takes from none of them.

    Locked in one order, so that two transactions never wait for each other in a circle. Where the installation's own
    share is empty, another one that nobody holds just now gives.
    """
    ready: list[tuple[Allowance, Bucket, Limit]] = []
    counted: tuple[tuple[Kind, str], ...] = (("address", f"address:{address}"[:400]), ("case", f"case:{case_id}"))
    for kind, subject in counted:
        limit = sizes.limit(kind)
        row = await _locked(subject, limit, now)
        left = take(Bucket(row.tokens, row.filled_at), limit, now)
        if left is None:
            return await _trip(kind, row, now)
        ready.append((row, left, limit))
    limit = sizes.limit("installation")
    own = case_id % sizes.shares
    row = await _locked(_share(own), limit, now)
    left = take(Bucket(row.tokens, row.filled_at), limit, now)
    if left is None:
        for other in await _free_shares(sizes, now, but=own):
            if (spare := take(Bucket(other.tokens, other.filled_at), limit, now)) is not None:
                row, left = other, spare
                break
    if left is None:
        return await _trip("installation", row, now)
    for one, bucket, size in [*ready, (row, left, limit)]:
        over = one.tripped_at is not None and bucket.tokens < size.burst * HALF
        await Allowance.filter(id=one.id).update(
            tokens=bucket.tokens, filled_at=bucket.filled_at, tripped_at=one.tripped_at if over else None
        )
    return None


async def take_sending(mailbox_id: int, *, per_minute: int, wanted: int, now: datetime) -> int:
    """How many mails a mailbox may send now, at most `wanted`; they count as sent."""
    limit = sending_limit(per_minute)
    async with in_transaction():
        row = await _locked(f"mailbox:{mailbox_id}", limit, now)
        ready = filled(Bucket(row.tokens, row.filled_at), limit, now)
        count = min(int(ready.tokens + 1e-9), wanted)
        await Allowance.filter(id=row.id).update(tokens=max(ready.tokens - count, 0.0), filled_at=ready.filled_at)
    return count


async def give_back_sending(mailbox_id: int, count: int) -> None:
    """Mails that were claimed and not tried."""
    async with in_transaction():
        row = await Allowance.filter(subject=f"mailbox:{mailbox_id}").select_for_update().first()
        if row is not None:
            await Allowance.filter(id=row.id).update(tokens=row.tokens + count)


async def next_sending(mailbox_id: int, *, per_minute: int, now: datetime) -> datetime:
    """When a mailbox may send its next mail."""
    row = await Allowance.get_or_none(subject=f"mailbox:{mailbox_id}")
    return now if row is None else next_at(Bucket(row.tokens, row.filled_at), sending_limit(per_minute), now)


def sending_limit(per_minute: int) -> Limit:
    """A tenth of the minute's mails at once, so that a provider who counts by the second sees no burst either."""
    burst = max(per_minute // 10, 1)
    return Limit(burst, timedelta(minutes=1) * (burst / per_minute))


async def forget_full(now: datetime) -> None:
    """A bucket that nobody has taken from for a day is full, as one that is not there."""
    await Allowance.filter(filled_at__lt=now - timedelta(days=1)).delete()


async def refill(subjects: list[str]) -> None:
    """Somebody has looked: the allowances are full again."""
    await Allowance.filter(subject__in=subjects).delete()


def subjects_of(kind: Kind, key: str = "") -> list[str]:
    """The rows of an address, of a case, or of the installation."""
    if kind == "installation":
        return [_share(number) for number in range(SHARES)]
    return [f"{kind}:{key}"[:400]]


async def _trip(kind: Kind, row: Allowance, now: datetime) -> Tripped:
    subjects = subjects_of(kind) if kind == "installation" else [row.subject]
    first = not await Allowance.filter(subject__in=subjects, tripped_at__isnull=False).exists()
    await Allowance.filter(id=row.id, tripped_at=None).update(tripped_at=now)
    return Tripped(kind, first)


async def _locked(subject: str, limit: Limit, now: datetime) -> Allowance:
    found = await Allowance.filter(subject=subject).select_for_update().first()
    if found is not None:
        return found
    bucket = full(limit, now)
    try:
        async with in_transaction():
            return await Allowance.create(subject=subject, tokens=bucket.tokens, filled_at=bucket.filled_at)
    except IntegrityError:
        return await Allowance.filter(subject=subject).select_for_update().get()


async def _free_shares(sizes: Sizes, now: datetime, *, but: int) -> list[Allowance]:
    names = [_share(number) for number in range(sizes.shares) if number != but]
    held = {row.subject for row in await Allowance.filter(subject__in=names)}
    for name in names:
        if name not in held:
            await _locked(name, sizes.limit("installation"), now)
    return await Allowance.filter(subject__in=names).select_for_update(skip_locked=True).order_by("id")


def _share(number: int) -> str:
    return f"installation:{number}"
