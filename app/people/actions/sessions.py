"""Opening, renewing and ending sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Work
from app.errors import NotFound
from app.people.events import SignedOut
from app.people.models import Session, User
from app.people.tokens import token_hash

SEEN_EVERY = timedelta(minutes=5)  # how exact "last seen" is; each step costs a write
MAX_AGENT = 300


async def open_session(
    work: Work, *, user: User, token: str, lifetime: timedelta, address: str = "", agent: str = ""
) -> Session:
    """A new session under a token that was never used before (an offered one is never taken over)."""
    await User.filter(id=user.id).update(last_seen_at=work.now)
    return await Session.create(
        user_id=user.id,
        token_hash=token_hash(token),
        created_at=work.now,
        seen_at=work.now,
        expires_at=work.now + lifetime,
        address=address[:64],
        agent=_storable(agent)[:MAX_AGENT],
    )


async def renew_session(*, session_id: int, user_id: int, now: datetime, lifetime: timedelta) -> None:
    """Note that the session is in use: it then lasts `lifetime` from now."""
    await Session.filter(id=session_id).update(seen_at=now, expires_at=now + lifetime)
    await User.filter(id=user_id).update(last_seen_at=now)


async def change_token(work: Work, *, session_id: int, token: str) -> None:
    """The same session under a new token: whoever had copied the old one is out."""
    await Session.filter(id=session_id).update(token_hash=token_hash(token), seen_at=work.now)


async def close_session(work: Work, *, session_id: int, user_id: int) -> None:
    """End one session of this user. Raises NotFound when they have no such session."""
    if not await Session.filter(id=session_id, user_id=user_id).delete():
        raise NotFound("This session has ended already.")
    work.record(SignedOut((session_id,)))


async def close_one(work: Work, *, session_id: int) -> None:
    """End a session whoever it belongs to; no error when it has ended already."""
    if await Session.filter(id=session_id).delete():
        work.record(SignedOut((session_id,)))


async def close_sessions(work: Work, *, user_id: int, except_session: int | None = None) -> int:
    """End all sessions of a user, or all others than one; answers how many."""
    query = Session.filter(user_id=user_id)
    if except_session is not None:
        query = query.exclude(id=except_session)
    ids = tuple([session.id for session in await query.only("id")])
    if ids:
        await Session.filter(id__in=ids).delete()
        work.record(SignedOut(ids))
    return len(ids)


async def forget_expired_sessions(now: datetime) -> int:
    return await Session.filter(expires_at__lt=now).delete()


def _storable(agent: str) -> str:
    return "".join(letter for letter in agent if letter.isprintable())
