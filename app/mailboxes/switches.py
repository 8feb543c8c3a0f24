"""Notices that are switched off, by event, queue and contact; and the signed link by which a contact does it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable

from tortoise.expressions import Q

from app.database import Work
from app.desk import Desk
from app.mailboxes.models import NoticeSwitch

SIGNATURE_LENGTH = 22  # characters of base64url: 132 bits


async def is_off(*, event: str, queue_id: int, contact_id: int) -> bool:
    """Whether any switch turns this notice off."""
    return await NoticeSwitch.filter(
        Q(event="") | Q(event=event),
        Q(queue_id__isnull=True) | Q(queue_id=queue_id),
        Q(contact_id__isnull=True) | Q(contact_id=contact_id),
    ).exists()


async def switched_off(event: str, contact_ids: Iterable[int]) -> Callable[[int, int], bool]:
    """`is_off` of a notice for many: a function that says it for a queue and one of these contacts."""
    rows = await NoticeSwitch.filter(
        Q(event="") | Q(event=event), Q(contact_id__isnull=True) | Q(contact_id__in=list(contact_ids))
    )

    def off(queue_id: int, contact_id: int) -> bool:
        return any(row.queue_id in (None, queue_id) and row.contact_id in (None, contact_id) for row in rows)

    return off


async def switch(
    work: Work,
    *,
    off: bool,
    event: str = "",
    queue_id: int | None = None,
    contact_id: int | None = None,
    by_contact: bool = False,
) -> None:
    """Turn notices off, or back on. Doing it twice is doing it once."""
    rows = NoticeSwitch.filter(event=event, queue_id=queue_id, contact_id=contact_id)
    if not off:
        await rows.delete()
    elif not await rows.exists():
        await NoticeSwitch.create(
            event=event, queue_id=queue_id, contact_id=contact_id, by_contact=by_contact, created_at=work.now
        )


async def contact_is_off(contact_id: int) -> bool:
    return await NoticeSwitch.exists(event="", queue_id=None, contact_id=contact_id)


def unsubscribe_token(desk: Desk, contact_id: int) -> str:
    """Names the contact, and proves that the desk gave the link out. It never expires: old mails are read late."""
    digest = hmac.digest(desk.keys.derive("notices"), str(contact_id).encode(), "sha256")
    return f"{contact_id}.{base64.urlsafe_b64encode(digest).decode()[:SIGNATURE_LENGTH]}"


def read_unsubscribe_token(desk: Desk, token: str) -> int | None:
    """The contact, or None for a token that the desk did not make."""
    number, _, _ = token.partition(".")
    if not number.isascii() or not number.isdecimal() or len(number) > 10:
        return None
    return int(number) if hmac.compare_digest(unsubscribe_token(desk, int(number)), token) else None


def unsubscribe_link(desk: Desk, contact_id: int) -> str:
    return f"{desk.settings.public_url.rstrip('/')}/notices/{unsubscribe_token(desk, contact_id)}"
