"""The portal: what customers may do with their cases, and what they may not even learn of."""

from __future__ import annotations

from app.cases.models import Case
from app.service_levels.models import CaseClock
from tests.support.casework import change, note, open_case, reply
from tests.support.desk import TestDesk


async def test_a_customer_opens_a_case_once_and_sees_it(desk: TestDesk) -> None:
    pavel = await desk.browser("pavel")
    body = {"subject": "Печь", "text": "Не греет.", "client_id": "c-1"}
    key = {"Idempotency-Key": "open-1234"}
    made = [(await pavel.post("/api/portal/cases", json=body, headers=key)).json() for _ in range(2)]
    assert made[0] == made[1]
    listed = (await pavel.get("/api/portal/cases")).json()["items"]
    assert [row["subject"] for row in listed] == ["Печь"]
    case = await Case.get(id=made[0]["id"])
    assert (case.channel, case.language, case.contact_id) == ("portal", "ru", desk.people["pavel"].contact_id)


async def test_mine_company_and_nobody_elses(desk: TestDesk) -> None:
    mine, colleague, stranger = [await open_case(desk, who) for who in ("pavel", "aino", "liisa")]
    pavel, aino = await desk.browser("pavel"), await desk.browser("aino")

    async def seen(browser: object, scope: str) -> set[int]:
        answer = await browser.get("/api/portal/cases", params={"scope": scope})  # type: ignore[attr-defined]
        return {row["id"] for row in answer.json()["items"]} if answer.status_code == 200 else set()

    assert await seen(pavel, "mine") == {mine.id}
    assert await seen(pavel, "company") == set()
    assert await seen(aino, "company") == {mine.id, colleague.id}
    assert (await pavel.get(f"/api/portal/cases/{colleague.id}")).status_code == 404
    assert (await aino.get(f"/api/portal/cases/{stranger.id}")).status_code == 404


async def test_the_customer_solves_it_and_opens_it_again_by_writing(desk: TestDesk) -> None:
    case, pavel = await open_case(desk), await desk.browser("pavel")
    await reply(desk, case, "maria")
    solved = await pavel.post(f"/api/portal/cases/{case.id}/resolution")
    assert solved.json()["status"]["category"] == "resolved"
    await case.refresh_from_db()
    assert case.owner_id == desk.people["maria"].id
    await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "No, it is cold again."})
    assert (await pavel.get(f"/api/portal/cases/{case.id}")).json()["status"]["category"] == "open"


async def test_seen_means_that_somebody_of_the_desk_has_read_it(desk: TestDesk) -> None:
    case, pavel, maria = await open_case(desk), await desk.browser("pavel"), await desk.browser("maria")
    await note(desk, case)
    await reply(desk, case, "pavel", "Hello?")
    assert (await pavel.get(f"/api/portal/cases/{case.id}")).json()["seen_by_staff"] == 0
    await maria.put(f"/api/cases/{case.id}/read", json={"position": 3})
    assert (await pavel.get(f"/api/portal/cases/{case.id}")).json()["seen_by_staff"] == 2


async def test_internal_work_does_not_show_in_times_or_versions(desk: TestDesk) -> None:
    case, pavel = await open_case(desk), await desk.browser("pavel")
    before = (await pavel.get(f"/api/portal/cases/{case.id}")).json()
    desk.clock.advance(hours=1)
    await note(desk, case)
    await change(desk, case, tags=["slow payer"], owner_id=desk.people["tomas"].id)
    after = (await pavel.get(f"/api/portal/cases/{case.id}")).json()
    assert {**after, "due": None} == {**before, "due": None}


async def test_the_promise_shown_is_the_next_answer_and_never_the_resolution(desk: TestDesk) -> None:
    case, pavel = await open_case(desk), await desk.browser("pavel")

    async def due() -> object:
        return (await pavel.get(f"/api/portal/cases/{case.id}")).json()["due"]

    promised = await CaseClock.get(case_id=case.id, kind="first_response")
    assert promised.due_at is not None
    assert await due() == {"answer_by": promised.due_at.isoformat().replace("+00:00", "Z"), "paused": False}
    await reply(desk, case, "maria")
    await case.refresh_from_db()
    assert case.next_due_at is not None
    assert await due() is None
    await change(desk, case, status="waiting")
    assert await due() == {"answer_by": None, "paused": True}


async def test_search_and_states_of_the_own_list(desk: TestDesk) -> None:
    first, second = await open_case(desk, subject="Печь"), await open_case(desk, subject="Счёт")
    await change(desk, second, status="closed")
    pavel = await desk.browser("pavel")

    async def ids(**query: str) -> list[int]:
        return [row["id"] for row in (await pavel.get("/api/portal/cases", params=query)).json()["items"]]

    assert await ids(q="печь") == [first.id]
    assert await ids(state="done") == [second.id]
    assert await ids(state="open") == [first.id]
    assert await ids() == [second.id, first.id]


async def test_a_customer_is_shown_what_crossed_with_their_answer_in_their_own_positions(desk: TestDesk) -> None:
    case, pavel = await open_case(desk), await desk.browser("pavel")
    await note(desk, case, "maria", "Between us.")
    await reply(desk, case, "maria", "Is the fuse in order?")
    words = {"text": "It is broken.", "client_id": "c-1", "seen": 1}
    stale = await pavel.post(f"/api/portal/cases/{case.id}/replies", json=words)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_reply")
    told = stale.json()["data"]
    assert (told["positions"], [one["text"] for one in told["entries"]]) == ([2], ["Is the fuse in order?"])
    assert (await pavel.post(f"/api/portal/cases/{case.id}/replies", json={**words, "seen": 2})).status_code == 201
    again = await pavel.post(f"/api/portal/cases/{case.id}/replies", json={**words, "seen": 1})
    assert again.status_code == 201  # it is there already: nothing to ask
    own = {"text": "And the door.", "client_id": "c-2", "seen": 2}
    assert (await pavel.post(f"/api/portal/cases/{case.id}/replies", json=own)).status_code == 201
