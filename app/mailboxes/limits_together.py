"""The brake against mail loops for many notices at once: taken for all of them, or for none where a limit is near."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.database import write_rows
from app.mailboxes.limits import HALF, Sizes, subjects_of
from app.mailboxes.models import Allowance
from mail.limits import Bucket, Limit, full, take


async def may_send_together(wanted: Sequence[tuple[str, int]], *, now: datetime, sizes: Sizes) -> bool:
    """Take a notice for each (address, case) out of its three allowances; False, with nothing taken, where one is out.

    Who gets False asks `limits.may_send` for each: it says which limit stops which. Rows are locked in its order.
    """
    shares = subjects_of("installation")
    limits: dict[str, Limit] = {}
    takes: list[tuple[str, str, str]] = []
    for address, case_id in wanted:
        (by_address,), (by_case,) = subjects_of("address", address), subjects_of("case", str(case_id))
        share = shares[case_id % sizes.shares]
        limits |= {
            by_address: sizes.limit("address"), by_case: sizes.limit("case"), share: sizes.limit("installation"),
        }  # fmt: skip
        takes.append((by_address, by_case, share))
    rows = await Allowance.filter(subject__in=sorted(limits)).order_by("subject").select_for_update()
    held = {row.subject: row for row in rows}
    left = {
        subject: Bucket(held[subject].tokens, held[subject].filled_at) if subject in held else full(limit, now)
        for subject, limit in limits.items()
    }
    for subjects in takes:
        for subject in subjects:
            taken = take(left[subject], limits[subject], now)
            if taken is None:
                return False
            left[subject] = taken
    await _write(held, left, limits)
    return True


async def _write(held: dict[str, Allowance], left: dict[str, Bucket], limits: dict[str, Limit]) -> None:
    fresh: list[Allowance] = []
    changed: list[list[object]] = []
    for subject, bucket in left.items():
        row = held.get(subject)
        if row is None:
            fresh.append(Allowance(subject=subject, tokens=bucket.tokens, filled_at=bucket.filled_at))
            continue
        over = row.tripped_at is not None and bucket.tokens < limits[subject].burst * HALF
        changed.append([bucket.tokens, bucket.filled_at, row.tripped_at if over else None, row.id])
    await Allowance.bulk_create(fresh)
    await write_rows("UPDATE allowance SET tokens = $1, filled_at = $2, tripped_at = $3 WHERE id = $4", changed)
