"""Links that work once: made with a random token of which only the hash is stored, used in one conditional update."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from app.database import Work
from app.errors import Gone
from app.people.models import OneTimeLink
from app.people.tokens import token_hash

Purpose = Literal["password_reset", "sign_in", "claim", "invite"]
LIFETIMES: dict[Purpose, timedelta] = {
    "password_reset": timedelta(hours=2),
    "sign_in": timedelta(hours=1),
    "claim": timedelta(days=3),
    "invite": timedelta(days=7),
}
KEPT = timedelta(days=30)  # how long used and expired links stay, to answer questions about them


async def make_link(
    work: Work,
    *,
    purpose: Purpose,
    email: str,
    token: str,
    user_id: int | None = None,
    data: dict[str, object] | None = None,
) -> OneTimeLink:
    return await OneTimeLink.create(
        purpose=purpose,
        token_hash=token_hash(token),
        email=email,
        user_id=user_id,
        data=data or {},
        created_at=work.now,
        expires_at=work.now + LIFETIMES[purpose],
    )


async def look_at_link(token: str, *, purposes: tuple[Purpose, ...], now: datetime) -> OneTimeLink:
    """The link behind a token, still unused. Raises Gone, the same for unknown, used and expired ones."""
    link = await OneTimeLink.get_or_none(
        token_hash=token_hash(token), purpose__in=purposes, used_at__isnull=True, expires_at__gt=now
    )
    if link is None:
        raise Gone("This link was used already or has expired. Ask for a new one.")
    return link


async def use_link(work: Work, *, token: str, purposes: tuple[Purpose, ...]) -> OneTimeLink:
    """Use it up; of two who try at the same moment only one succeeds, the other gets Gone."""
    link = await look_at_link(token, purposes=purposes, now=work.now)
    if not await OneTimeLink.filter(id=link.id, used_at__isnull=True).update(used_at=work.now):
        raise Gone("This link was used already or has expired. Ask for a new one.")
    return link


async def retire_links(work: Work, *, user_id: int) -> None:
    """Make all open links of a user worthless: after a new password, and when the user may no longer sign in."""
    await OneTimeLink.filter(user_id=user_id, used_at__isnull=True).update(used_at=work.now)


async def forget_old_links(now: datetime) -> int:
    return await OneTimeLink.filter(expires_at__lt=now - KEPT).delete()
