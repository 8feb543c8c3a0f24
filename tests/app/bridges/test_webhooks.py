"""Steps that call an address: signed, once, again after a failure, told in a log, and never on the own network."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

from app.bridges.webhooks import RETRIES, Webhooks, signing_secret
from app.cases.models import Case
from app.service_levels.actions import change_policy
from app.service_levels.defaults import STANDARD
from app.service_levels.models import Policy, WebhookDelivery
from tests.support.casework import open_case
from tests.support.desk import TestDesk, running_desk
from tests.support.promises import fire
from tests.support.web_server import web_server


async def calling(desk: TestDesk, url: str) -> Case:
    """A case whose breach calls the address."""
    policy = await Policy.get(name="Standard")
    step = {"id": "call", "offset_seconds": 0, "kind": "first_response", "actions": [{"what": "webhook", "url": url}]}
    async with desk.desk.unit_of_work() as work:
        await change_policy(work, policy_id=policy.id, definition={**STANDARD, "steps": [step]})
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    await fire(desk)
    await fire(desk)
    return case


async def test_a_step_calls_once_with_a_signature_that_can_be_checked(database: str, tmp_path: Path) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        case = await calling(desk, f"{server.url}/hook")
        webhooks = Webhooks(desk.desk)
        assert server.asked == [], "never inside the step's transaction"
        assert await webhooks.call_due() == 1
        assert await webhooks.call_due() == await Webhooks(desk.desk).call_due() == 0
        (asked,) = server.asked
        said = json.loads(asked.body)
        assert (asked.method, asked.path, said["event"], said["case_id"]) == (
            "POST",
            "/hook",
            "promise_broken",
            case.id,
        )
        assert (said["clock"], said["due_at"]) == ("first_response", "2026-03-02T13:00:00Z")
        stamp, digest = (part.partition("=")[2] for part in asked.headers["casefeed-signature"].split(","))
        right = hmac.new(
            signing_secret(desk.desk).encode(), stamp.encode() + b"." + asked.body, hashlib.sha256
        ).hexdigest()
        assert (digest, int(stamp)) == (right, int(desk.clock.now.timestamp()))
        row = await WebhookDelivery.get()
        assert (row.state, row.attempts, row.last_status, row.event_id) == ("delivered", 1, 200, said["id"])


async def test_a_call_that_fails_is_made_again_and_given_up_and_can_be_sent_by_hand(
    database: str, tmp_path: Path
) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        server.answer = lambda _: (503, {}, b"Come back later")
        await calling(desk, server.url)
        webhooks = Webhooks(desk.desk)
        assert await webhooks.call_due() == 1
        row = await WebhookDelivery.get()
        assert (row.state, row.last_status, row.last_response) == ("waiting", 503, "Come back later")
        assert row.due_at == desk.clock.now + RETRIES[0]
        for delay in RETRIES:
            assert await webhooks.call_due() == 0
            desk.clock.advance(seconds=delay.total_seconds())
            assert await webhooks.call_due() == 1
        row = await WebhookDelivery.get()
        assert (row.state, row.due_at, row.attempts) == ("failed", None, 1 + len(RETRIES))
        assert len({one.headers["casefeed-event"] for one in server.asked}) == 1, "the receiver can tell a repetition"
        server.answer = lambda _: (204, {}, b"")
        olga = await desk.browser("olga")
        assert (await olga.post(f"/api/admin/webhooks/{row.id}/retry")).status_code == 204
        assert (await olga.post(f"/api/admin/webhooks/{row.id}/retry")).status_code == 409
        assert await webhooks.call_due() == 1
        log = (await olga.get("/api/admin/webhooks")).json()
        assert (log["secret"], log["items"][0]["state"]) == (signing_secret(desk.desk), "delivered")


async def test_a_worker_that_died_in_a_call_loses_nothing_and_answers_late_in_vain(
    database: str, tmp_path: Path
) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        await calling(desk, server.url)
        dead = Webhooks(desk.desk)
        row = await WebhookDelivery.get()
        assert await dead._claim(row, desk.clock.now)
        assert await Webhooks(desk.desk).call_due() == 0
        desk.clock.advance(seconds=timedelta(minutes=1).total_seconds())
        assert await Webhooks(desk.desk).call_due() == 1
        await dead._keep(row, 500, "too late")
        assert (await WebhookDelivery.get()).state == "delivered"


async def test_an_address_of_the_own_network_is_refused_and_told(desk: TestDesk) -> None:
    async with web_server() as server:
        await calling(desk, server.url)
        assert await Webhooks(desk.desk).call_due() == 1
        row = await WebhookDelivery.get()
        assert "public network" in row.last_response
        assert server.asked == []


async def test_an_address_that_is_none_is_refused_when_the_policy_is_saved(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    step = {"id": "call", "offset_seconds": 0, "actions": [{"what": "webhook", "url": "ftp://example.com"}]}
    answer = await olga.patch(f"/api/admin/policies/{(await Policy.get()).id}", json={"definition": {"steps": [step]}})
    assert (answer.status_code, answer.json()["field"]) == (422, "definition.steps[0].actions[0].url")
