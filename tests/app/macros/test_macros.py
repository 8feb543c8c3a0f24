"""Macros: all of their actions or none, the same entries and mails as one by one, on one case and on many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.cases import actions
from app.cases.events import CaseChanged
from app.cases.models import Case, Entry
from app.dispatch.models import CaseTimer
from app.mailboxes.models import OutboundEmail
from app.notifications.models import Watch
from app.people.models import Team
from app.queues.models import Queue
from tests.support.casework import actor, change, kinds, open_case, reply
from tests.support.desk import Browser, TestDesk
from tests.support.mailwork import a_mailbox

THANKS = {"en": "Dear {{contact.name}}, a part is on its way. {{me.name}}", "ru": "{{contact.name}}, деталь в пути."}
SEND_A_PART = [
    {"do": "reply", "texts": THANKS},
    {"do": "note", "text": "Part ordered for {{case.number}}."},
    {"do": "add_tags", "tags": ["Part"]},
    {"do": "priority", "priority": "high"},
    {"do": "owner", "owner": "me"},
    {"do": "status", "status": "on_hold"},
    {"do": "snooze", "minutes": 60},
    {"do": "watch"},
]


async def keep(browser: Browser, steps: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    wanted = {"name": "Send a part", "actions": SEND_A_PART if steps is None else steps, **more}
    answer = await browser.post("/api/macros", json=wanted)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def path_on(case: Case, macro: dict[str, Any]) -> str:
    return f"/api/cases/{case.id}/macros/{macro['id']}"


async def test_all_actions_of_a_macro_are_one_change_of_the_case(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    macro = await keep(maria)
    desk.events.clear()
    told: list[CaseChanged] = []

    async def listen(event: CaseChanged) -> None:
        told.append(event)

    desk.desk.bus.after(CaseChanged, listen)
    used = await maria.post(path_on(case, macro), json={})
    assert used.status_code == 200, used.text
    assert len(told) == 1, "one change, told once"
    assert [entry.position for entry in told[0].entries] == list(range(2, 2 + len(told[0].entries)))
    row = await Case.get(id=case.id).select_related("status")
    assert (row.status.key, row.priority, row.owner_id, row.tags) == ("on_hold", 3, desk.people["maria"].id, ["part"])
    assert row.snoozed_until == desk.desk.now() + timedelta(minutes=60)
    assert (await CaseTimer.get(case_id=case.id, kind="snooze")).wake_at == row.snoozed_until
    assert await Watch.exists(case_id=case.id, user_id=desk.people["maria"].id)
    written = await Entry.filter(case_id=case.id, kind__in=("message", "note")).order_by("position")
    assert written[0].text == "Pavel Orlov, деталь в пути."
    assert written[1].text == f"Part ordered for #{row.number}."


async def test_a_macro_does_what_its_actions_do_one_by_one(desk: TestDesk) -> None:
    """The same entries, columns and mails as `reply` with a status, by a person's own hand."""
    await a_mailbox(desk)
    by_hand, by_macro = await open_case(desk), await open_case(desk)
    maria = await desk.browser("maria")
    async with desk.desk.unit_of_work() as work:
        by = actor(desk.people["maria"])
        await actions.reply(work, by=by, case_id=by_hand.id, text="Solved.", status="resolved")
    solve = [{"do": "reply", "texts": {"en": "Solved."}}, {"do": "status", "status": "resolved"}]
    assert (await maria.post(path_on(by_macro, await keep(maria, solve)), json={})).status_code == 200
    assert await kinds(by_macro) == await kinds(by_hand)
    rows = [await Case.get(id=case.id) for case in (by_hand, by_macro)]
    for name in ("status_id", "owner_id", "first_replied_at", "resolved_at", "preview", "last_public_position"):
        assert getattr(rows[0], name) == getattr(rows[1], name), name
    mails = [
        [(mail.kind, mail.content.get("notice")) for mail in await OutboundEmail.filter(case_id=case.id).order_by("id")]
        for case in (by_hand, by_macro)
    ]
    assert mails[0] == mails[1]


async def test_an_action_that_is_refused_undoes_all_before_it(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    macro = await keep(maria, [*SEND_A_PART[:2], {"do": "status", "status": "closed"}, SEND_A_PART[6]])
    refused = await maria.post(path_on(case, macro), json={})
    assert (refused.status_code, refused.json()["field"]) == (422, "until")
    assert await kinds(case) == ["opened"]
    assert (await Case.get(id=case.id)).last_position == 1
    await change(desk, case, priority="urgent")
    assert await kinds(case) == ["opened", "priority_changed"], "positions go on without a hole"


async def test_newer_messages_refuse_the_answer_and_are_named(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    macro = await keep(maria)
    await reply(desk, case, "pavel", "It works again!")
    stale = await maria.post(path_on(case, macro), json={"seen": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_reply")
    assert [entry["text"] for entry in stale.json()["data"]["entries"]] == ["It works again!"]
    assert await kinds(case) == ["opened", "message"]
    assert (await maria.post(path_on(case, macro), json={"seen": 2})).status_code == 200


async def test_the_same_key_uses_a_macro_once(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    macro, key = await keep(maria), {"Idempotency-Key": "macro-once-1"}
    first = await maria.post(path_on(case, macro), json={}, headers=key)
    again = await maria.post(path_on(case, macro), json={}, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert (await kinds(case)).count("message") == 1


async def test_many_cases_are_previewed_changed_and_taken_back(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(3)]
    await change(desk, cases[1], status="closed")
    await reply(desk, cases[2], "pavel", "Anybody there?")
    maria = await desk.browser("maria")
    macro = await keep(maria)
    seen = {str(case.id): 1 for case in (cases[0], cases[2])}
    wanted, entries = {"case_ids": [case.id for case in cases], "seen": seen}, await Entry.all().count()
    told = (await maria.post(f"/api/macros/{macro['id']}/preview", json=wanted)).json()
    assert await Entry.all().count() == entries
    assert [one["refused"] is None for one in told["results"]] == [True, False, False]
    assert [one["kind"] for one in told["results"][0]["beside"]] == ["message", "note", "watch"]
    assert not await Watch.exists(case_id=cases[0].id)
    done = (await maria.post(f"/api/macros/{macro['id']}/uses", json=wanted)).json()
    assert done["results"] == told["results"], "what the preview said is what happens"
    undone = (await maria.post(f"/api/cases/bulk/{done['id']}/undo")).json()
    assert [one["refused"] for one in undone["results"]] == [None]
    row = await Case.get(id=cases[0].id).select_related("status")
    assert (row.status.key, row.priority, row.owner_id, row.tags, row.snoozed_until) == ("new", 2, None, [], None)
    assert not await CaseTimer.exists(case_id=row.id, kind="snooze")
    assert "message" in await kinds(cases[0]), "what was said stays said"


async def test_it_is_offered_where_its_condition_holds_and_refused_elsewhere(desk: TestDesk) -> None:
    usual, high = await open_case(desk), await open_case(desk)
    await change(desk, high, priority="high")
    maria, billing = await desk.browser("maria"), await Queue.get(name="Urgent")
    only_high = {"all": [{"fact": "priority", "operator": "is", "value": "high"}]}
    macro = await keep(maria, SEND_A_PART[2:3], condition=only_high)
    await keep(maria, SEND_A_PART[2:3], queue_id=billing.id)
    offered = [
        [one["id"] for one in (await maria.get(f"/api/cases/{case.id}/macros")).json()] for case in (usual, high)
    ]
    assert offered == [[], [macro["id"]]]
    refused = await maria.post(path_on(usual, macro), json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    odd = await maria.post("/api/macros", json={"name": "Odd", "actions": SEND_A_PART, "condition": {"some": []}})
    assert (odd.status_code, odd.json()["field"]) == (422, "condition")


async def test_own_macros_are_ones_own_and_shared_ones_are_kept_by_leads(desk: TestDesk) -> None:
    maria, tomas, olga = [await desk.browser(who) for who in ("maria", "tomas", "olga")]
    own = await keep(maria)
    assert (await tomas.get("/api/macros")).json() == []
    case = await open_case(desk)
    assert (await tomas.post(path_on(case, own), json={})).status_code == 404
    assert (await maria.patch(f"/api/macros/{own['id']}", json={"shared": True})).status_code == 403
    shared = await keep(olga, shared=True)
    assert [(one["id"], one["editable"]) for one in (await tomas.get("/api/macros")).json()] == [(shared["id"], False)]
    assert (await tomas.delete(f"/api/macros/{shared['id']}")).status_code == 403
    assert (await olga.patch(f"/api/macros/{shared['id']}", json={"name": "New"})).json()["name"] == "New"
    elsewhere = await Team.create(name="Elsewhere", created_at=desk.desk.now())
    await olga.patch(f"/api/macros/{shared['id']}", json={"team_id": elsewhere.id})
    assert (await tomas.get("/api/macros")).json() == []
    assert (await olga.get("/api/macros")).json()[0]["usable"] is False
    assert (await olga.post(path_on(case, shared), json={})).status_code == 403
    assert (await olga.delete(f"/api/macros/{shared['id']}")).status_code == 204


async def test_what_could_never_be_done_is_refused_when_it_is_written(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    for step, field in (
        ({"do": "reply", "texts": {"en": "{{weather}}"}}, "actions[0].texts.en"),
        ({"do": "reply", "texts": {"xx": "Hello"}}, "actions[0].texts"),
        ({"do": "reply", "texts": {"en": "  "}}, "actions[0].texts.en"),
        ({"do": "status", "status": "cold"}, "actions[0].status"),
        ({"do": "queue", "queue_id": 999_999}, "actions[0].queue_id"),
        ({"do": "owner", "owner": desk.people["pavel"].id}, "actions[0].owner"),
        ({"do": "add_tags", "tags": [" "]}, "actions[0].tags"),
    ):
        answer = await maria.post("/api/macros", json={"name": "Odd", "actions": [step]})
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
    two = [{"do": "reply", "texts": {"en": "One."}}, {"do": "reply", "texts": {"en": "Two."}}]
    assert (await maria.post("/api/macros", json={"name": "Two", "actions": two})).status_code == 422


async def test_a_macro_being_written_is_tried_on_a_real_case(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    entries = await Entry.all().count()
    wanted = {"actions": SEND_A_PART, "case_number": f"#{case.number}", "condition": {"not": {"all": []}}}
    tried = (await maria.post("/api/macros/preview", json=wanted)).json()
    assert tried["offered"] is False
    assert tried["result"]["after"]["status"] == "on_hold"
    assert tried["result"]["beside"][1] == {"kind": "note", "text": f"Part ordered for #{case.number}."}
    assert await Entry.all().count() == entries
    missing = await maria.post("/api/macros/preview", json={"actions": SEND_A_PART, "case_number": "999999"})
    assert (missing.status_code, missing.json()["field"]) == (422, "case_number")
