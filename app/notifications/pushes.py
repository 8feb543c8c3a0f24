"""Web Push as rows: which browsers take it, what is on its way to them, and the claims of those who send it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from app.database import Work
from app.errors import Invalid
from app.notifications import rules
from app.notifications.events import Notified, PushesGrew
from app.notifications.models import PushMessage, PushSubscription
from app.notifications.wording import push_payload
from app.people.models import Session, User

LEASE = timedelta(seconds=60)  # a claim of somebody who died ends after this long
PER_USER = 20  # browsers; the oldest gives way


@dataclass(frozen=True, slots=True)
class Claimed:
    """One push that this process alone may send now."""

    id: int
    claim: int
    attempts: int
    created_at: datetime
    payload: dict[str, object]
    subscription_id: int
    endpoint: str
    p256dh: str
    auth: str


async def subscribe(
    work: Work, *, user_id: int, session_id: int, endpoint: str, p256dh: str, auth: str, services: str
) -> None:
    """This browser takes pushes for this user from now on, whoever used it before. Raises Invalid."""
    if not rules.may_push_to(endpoint, services):
        raise Invalid("This desk does not send to that push service; see CASEFEED_PUSH_SERVICES.", field="endpoint")
    _check_keys(p256dh, auth)
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    await PushSubscription.filter(endpoint_hash=digest).delete()
    others = await PushSubscription.filter(user_id=user_id).order_by("-id").offset(PER_USER - 1).limit(PER_USER)
    await PushSubscription.filter(id__in=[one.id for one in others]).delete()
    await PushSubscription.create(
        user_id=user_id,
        session_id=session_id,
        endpoint=endpoint,
        endpoint_hash=digest,
        p256dh=p256dh,
        auth=auth,
        created_at=work.now,
    )


async def unsubscribe(*, user_id: int, endpoint: str) -> None:
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    await PushSubscription.filter(user_id=user_id, endpoint_hash=digest).delete()


async def forget_sessions(session_ids: Iterable[int]) -> None:
    """Who signed out of a browser is told nothing there any more."""
    await PushSubscription.filter(session_id__in=list(session_ids)).delete()


def _check_keys(p256dh: str, auth: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes_of(p256dh))
        fits = len(_bytes_of(auth)) == 16
    except ValueError:
        fits = False
    if not fits:
        raise Invalid("These are not the keys of a push subscription (RFC 8291).", field="keys")


def _bytes_of(base64url: str) -> bytes:
    return base64.urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))


async def enqueue(work: Work, event: Notified, desk_name: str) -> None:
    """Put the notification on its way to each browser of its user."""
    subscriptions = await PushSubscription.filter(user_id=event.user_id).only("id")
    if not subscriptions:
        return
    user = await User.get(id=event.user_id)
    payload = push_payload(event.notification, user.language, desk_name)
    for one in subscriptions:
        await PushMessage.create(subscription_id=one.id, payload=payload, created_at=work.now, due_at=work.now)
    work.record(PushesGrew())


async def claim(now: datetime, limit: int) -> list[Claimed]:
    """Up to `limit` pushes that are due, each claimed for this process until its lease ends."""
    due = await PushMessage.filter(due_at__lte=now).order_by("due_at").limit(limit).select_related("subscription")
    mine = []
    for row in due:
        won = await PushMessage.filter(id=row.id, claim=row.claim).update(claim=row.claim + 1, due_at=now + LEASE)
        if won:
            at = row.subscription
            mine.append(
                Claimed(
                    row.id,
                    row.claim + 1,
                    row.attempts,
                    row.created_at,
                    row.payload,
                    at.id,
                    at.endpoint,
                    at.p256dh,
                    at.auth,
                )
            )
    return mine


async def still_wanted(push: Claimed, now: datetime) -> bool:
    """False when it came too late, or when the session or the user behind the browser has ended."""
    subscription = await PushSubscription.get_or_none(id=push.subscription_id).select_related("user")
    if subscription is None or (now - push.created_at).total_seconds() > rules.PUSH_LIFE:
        return False
    lives = await Session.exists(id=subscription.session_id, user_id=subscription.user_id, expires_at__gt=now)
    return lives and subscription.user.active


async def forget(push: Claimed) -> None:
    await PushMessage.filter(id=push.id, claim=push.claim).delete()


async def taken(push: Claimed, now: datetime) -> None:
    await PushSubscription.filter(id=push.subscription_id).update(sent_at=now)
    await forget(push)


async def subscription_ended(push: Claimed) -> None:
    """The push service knows this browser no more (404, 410): neither do we."""
    await PushSubscription.filter(id=push.subscription_id).delete()


async def try_again(push: Claimed, now: datetime, *, asked: int | None) -> None:
    attempts = push.attempts + 1
    due = now + timedelta(seconds=rules.retry_in(attempts, asked))
    await PushMessage.filter(id=push.id, claim=push.claim).update(attempts=attempts, due_at=due)
