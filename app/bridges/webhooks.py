"""Steps of promises → somebody else's addresses: stored with the step, called afterwards, signed, and tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise.expressions import F

from app.database import Work
from app.desk import Desk
from app.events import Event
from app.outside import Outside, OutsideError
from app.service_levels.models import WebhookDelivery

log = structlog.get_logger(__name__)

RETRIES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=18),
)
"""After each failure; when they are used up the call has failed, and a person may send it again."""
SECONDS = 10.0  # for one call
LIMIT = 64 * 1024  # bytes of an answer; nobody reads more than its beginning
SHOWN = 400  # characters of an answer kept in the log
LEASE = timedelta(minutes=1)
AT_ONCE = 10  # calls at the same time: a receiver that hangs holds up nobody else's
LOOK_EVERY = 2.0  # seconds; calls of this process are made at once
KEPT = timedelta(days=30)
"""For so long the log is kept."""


class WebhookWanted(Event):
    """There is something to call."""


async def store_call(work: Work, *, event_id: str, case_id: int, url: str, what: Mapping[str, Any]) -> None:
    """Keep a call inside the transaction of what it tells of; the same event is kept once."""
    if await WebhookDelivery.exists(event_id=event_id):
        return
    await WebhookDelivery.create(
        event_id=event_id,
        case_id=case_id,
        url=url,
        body=json.dumps({"id": event_id, **what}, ensure_ascii=False, separators=(",", ":")),
        created_at=work.now,
        due_at=work.now,
    )
    work.record(WebhookWanted())


def signing_secret(desk: Desk) -> str:
    """What receivers check signatures with: the same for all calls of this installation."""
    return desk.keys.derive("webhooks").hex()


def signature(secret: str, at: datetime, body: bytes) -> str:
    """`t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`: the receiver can refuse old repetitions."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


class Webhooks:
    """Calls what is due. Several processes may run it: each call is claimed by one of them at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._outside = Outside(private=desk.settings.private_hosts)
        self._poked = asyncio.Event()

    def subscribe(self) -> None:
        self._desk.bus.after(WebhookWanted, self._wanted)

    async def _wanted(self, _: WebhookWanted) -> None:
        self._poked.set()

    async def run(self) -> None:
        """Until cancelled; what is being called when it ends is called again after its lease."""
        while True:
            self._poked.clear()
            try:
                while await self.call_due():
                    pass
                await WebhookDelivery.filter(finished_at__lt=self._desk.now() - KEPT).delete()
            except Exception:
                log.exception("webhooks_not_called")
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._poked.wait()
            except TimeoutError:
                pass

    async def call_due(self) -> int:
        """Claim and make the calls that are due; answers how many there were."""
        now = self._desk.now()
        due = await WebhookDelivery.filter(due_at__lte=now).order_by("due_at", "id").limit(AT_ONCE)
        claimed = [row for row in due if await self._claim(row, now)]
        await asyncio.gather(*(self._call(row) for row in claimed))
        return len(claimed)

    async def _claim(self, row: WebhookDelivery, now: datetime) -> bool:
        token = row.claim_token
        row.claim_token += 1
        return bool(
            await WebhookDelivery.filter(id=row.id, claim_token=token, due_at__lte=now).update(
                due_at=now + LEASE, claim_token=F("claim_token") + 1
            )
        )

    async def _call(self, row: WebhookDelivery) -> None:
        body = row.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Casefeed",
            "Casefeed-Event": row.event_id,
            "Casefeed-Signature": signature(signing_secret(self._desk), self._desk.now(), body),
        }
        status, said = None, ""
        try:
            answer = await self._outside.ask(
                row.url, method="POST", body=body, headers=headers, limit=LIMIT, seconds=SECONDS
            )
            status, said = answer.status, answer.body.decode("utf-8", "replace").replace("\x00", "")
        except OutsideError as error:
            said = str(error)
        await self._keep(row, status, said[:SHOWN])

    async def _keep(self, row: WebhookDelivery, status: int | None, said: str) -> None:
        now = self._desk.now()
        columns: dict[str, Any] = {"attempts": row.attempts + 1, "last_status": status, "last_response": said}
        if status is not None and 200 <= status < 300:
            columns |= {"state": "delivered", "due_at": None, "finished_at": now}
        elif row.attempts < len(RETRIES):
            columns |= {"due_at": now + RETRIES[row.attempts]}
        else:
            columns |= {"state": "failed", "due_at": None, "finished_at": now}
        await WebhookDelivery.filter(id=row.id, claim_token=row.claim_token).update(**columns)
