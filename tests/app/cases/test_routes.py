"""The HTTP door of cases: lists in the order of work, cursors, ETags, idempotency, stale answers, search."""

from __future__ import annotations

import uuid

import pytest

from app.cases.models import Entry
from app.people.models import Contact
from app.queues.models import Queue
from tests.support.casework import change, open_case, reply
from tests.support.desk import TestDesk


async def test_a_queue_is_ordered_by_priority_then_age_and_pages_without_repeating(desk: TestDesk) -> None:
    made = [await open_case(desk, subject=f"Case {number}") for number in range(7)]
    await change(desk, made[3], priority="urgent")
    await change(desk, made[5], priority="high")
    maria = await desk.browser("maria")
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await maria.get(f"/api/queues/{made[0].queue_id}/cases", params=query)).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
    rest = [case.id for case in made if case not in (made[3], made[5])]
    assert seen == [made[3].id, made[5].id, *rest]


async def test_a_cursor_that_is_not_ours_gets_a_clear_error(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    for cursor in ("x", "!!!", "W10", "WzEsMiwzLDRd"):
        answer = await maria.get(f"/api/queues/{case.queue_id}/cases", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_a_list_that_did_not_change_is_not_sent_again(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    for path in ("/api/queues", f"/api/queues/{case.queue_id}/cases", f"/api/cases/{case.id}"):
        tag = (await maria.get(path)).headers["etag"]
        assert (await maria.get(path, headers={"If-None-Match": tag})).status_code == 304
        await change(desk, case, priority="high" if path == "/api/queues" else "low", tags=[path])
        if path != "/api/queues":
            assert (await maria.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_a_write_that_is_repeated_with_its_key_is_done_once(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answers = [await maria.post(f"/api/cases/{case.id}/replies", json={"text": "Once."}, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].json() == answers[2].json()
    assert await Entry.filter(case_id=case.id, kind="message").count() == 1


async def test_a_stale_answer_is_shown_what_is_new(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await reply(desk, case, "pavel", "It works again.")
    answer = await maria.post(f"/api/cases/{case.id}/replies", json={"text": "We come.", "seen": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_reply")
    assert [entry["text"] for entry in answer.json()["data"]["entries"]] == ["It works again."]


@pytest.mark.parametrize(
    "words", ["#{number}", "{number}", "ПЕЧЬ", "печь не", "pavel@northwind", "ORLOV", "northwind bak"]
)
async def test_search_finds_by_number_subject_contact_and_company_in_any_case(desk: TestDesk, words: str) -> None:
    case = await open_case(desk, subject="Печь не греет")
    await open_case(desk, "liisa", subject="100% other_things")
    maria = await desk.browser("maria")
    found = (await maria.get("/api/cases", params={"q": words.format(number=case.number)})).json()["items"]
    assert [row["id"] for row in found] == [case.id]


async def test_the_case_with_the_number_comes_before_those_that_mention_it(desk: TestDesk) -> None:
    case = await open_case(desk)
    mentions = await open_case(desk, "liisa", subject=f"Like #{case.number}")
    maria = await desk.browser("maria")
    found = (await maria.get("/api/cases", params={"q": f"#{case.number}"})).json()["items"]
    assert [row["id"] for row in found] == [case.id, mentions.id]


@pytest.mark.parametrize(("words", "count"), [("100%", 1), ("other_", 1), ("%", 0), ("zzz", 0), ("' OR 1=1 --", 0)])
async def test_search_takes_wildcards_and_quotes_as_they_are(desk: TestDesk, words: str, count: int) -> None:
    await open_case(desk, subject="Печь")
    await open_case(desk, "liisa", subject="100% other_things")
    maria = await desk.browser("maria")
    assert len((await maria.get("/api/cases", params={"q": words})).json()["items"]) == count


async def test_staff_open_a_case_for_somebody_new(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    body = {
        "subject": "Called in",
        "text": "The line is dead.",
        "contact": {"name": "Kaisa Niemi", "address": "Kaisa@Northwind.example"},
        "priority": "high",
    }
    answer = await maria.post("/api/cases", json=body)
    assert answer.status_code == 201, answer.text
    detail = answer.json()
    assert detail["account"]["name"] == "Northwind Bakery"
    assert detail["contact_card"]["addresses"][0]["address"] == "kaisa@northwind.example"
    assert await Contact.filter(name="Kaisa Niemi").count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "No subject", "contact_id": 1}, "subject"),
        ({"subject": "x", "text": "y"}, "contact_id"),
        ({"subject": "x", "text": "y", "contact_id": 999_999}, "contact_id"),
        ({"subject": "x", "text": "y", "contact": {"name": "K", "address": "not an address"}}, "address"),
        ({"subject": "x", "text": "y", "contact_id": 1, "queue_id": 999_999}, "queue_id"),
        ({"subject": "x", "text": "y", "contact_id": 1, "files": [999_999]}, "files"),
        ({"subject": "x", "text": "y", "contact_id": 1, "custom": {"oven": 1}}, "custom.oven"),
    ],
)
async def test_bad_input_names_the_field_and_makes_nothing(desk: TestDesk, body: dict[str, object], field: str) -> None:
    maria = await desk.browser("maria")
    answer = await maria.post("/api/cases", json=body)
    assert answer.status_code == 422, answer.text
    assert field in {problem["field"] for problem in answer.json()["errors"]}
    assert (await maria.get("/api/cases")).json()["items"] == []


async def test_the_counters_tell_what_waits(desk: TestDesk) -> None:
    first, second = await open_case(desk), await open_case(desk)
    await change(desk, second, owner_id=desk.people["maria"].id, status="waiting")
    maria = await desk.browser("maria")
    queues = {queue["id"]: queue["counters"] for queue in (await maria.get("/api/queues")).json()}
    counters = queues[first.queue_id]
    assert (counters["new"], counters["waiting"], counters["unowned"]) == (1, 1, 1)


async def test_an_archived_queue_stays_in_sight_until_its_work_is_done(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await Queue.filter(id=case.queue_id).update(archived=True)
    assert case.queue_id in {queue["id"] for queue in (await maria.get("/api/queues")).json()}
    await change(desk, case, status="closed")
    assert case.queue_id not in {queue["id"] for queue in (await maria.get("/api/queues")).json()}


async def test_reading_is_remembered_and_never_goes_back(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await reply(desk, case, "pavel")
    for position in (2, 1, 99):
        await maria.put(f"/api/cases/{case.id}/read", json={"position": position})
    assert (await maria.get(f"/api/cases/{case.id}")).json()["read_position"] == 2
