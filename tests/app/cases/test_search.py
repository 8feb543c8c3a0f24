"""Full-text search: what is found where, by whom, in which order, page by page, on both databases."""

from __future__ import annotations

from typing import Any

from app.cases import search
from app.cases.feed import Draft, lock_case
from app.cases.models import Case
from app.people.actions.contacts import contact_for_address
from app.people.rights import SYSTEM
from tests.support.casework import change, note, open_case, reply
from tests.support.desk import TestDesk


async def found(desk: TestDesk, words: str, who: str = "maria", **more: Any) -> list[int]:
    staff = who in ("maria", "tomas", "olga", "helmi")
    browser = await desk.browser(who)
    answer = await browser.get("/api/cases" if staff else "/api/portal/cases", params={"q": words, **more})
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


async def test_words_of_answers_and_notes_are_found_and_notes_by_staff_alone(desk: TestDesk) -> None:
    case, other = await open_case(desk), await open_case(desk)
    await reply(desk, case, "maria", text="Replace the thermostat.")
    await note(desk, case, text="The invoice is unpaid.")
    assert await found(desk, "THERMO") == [case.id]
    assert await found(desk, "unpaid invoice") == [case.id]
    assert await found(desk, "thermostat", "pavel") == [case.id]
    assert await found(desk, "unpaid", "pavel") == []
    assert await found(desk, "oven", "pavel") == [case.id, other.id]
    assert await found(desk, "oven", "liisa") == []


async def test_names_addresses_and_numbers_are_found(desk: TestDesk) -> None:
    case, other = await open_case(desk), await open_case(desk, "liisa", subject="Печь не греет", text="Väärin!")
    assert await found(desk, "orlov bakery") == [case.id]
    assert await found(desk, "liisa@tours.example") == [other.id]
    assert await found(desk, "печь väär") == [other.id]
    assert await found(desk, f"{other.number} печь") == [other.id]
    assert await found(desk, f"#{case.number}") == [case.id]
    assert await found(desk, "fenster") == []


async def test_a_new_subject_is_found_and_the_old_one_no_more(desk: TestDesk) -> None:
    case = await open_case(desk, text="It does nothing.")
    await change(desk, case, subject="Broken kettle")
    assert await found(desk, "kettle nothing") == [case.id]
    assert await found(desk, "stays cold nothing") == []


async def test_an_entry_that_was_amended_is_not_found_by_its_old_words(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "maria", text="Your password is swordfish.")
    async with desk.desk.unit_of_work() as work:
        locked = await lock_case(work, case.id)
        await locked.append(Draft(kind="redacted", public=False, amends=2, text="A secret was here."), by=SYSTEM)
        await locked.save()
    assert await found(desk, "swordfish") == []
    assert await found(desk, "secret") == [case.id]


async def test_the_newest_hit_comes_first_and_pages_repeat_no_case(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(7)]
    for case in (cases[2], cases[5], cases[2]):
        await reply(desk, case, "maria", text="The oven again.")
    wanted = [cases[number].id for number in (2, 5, 6, 4, 3, 1, 0)]
    maria = await desk.browser("maria")
    ids: list[int] = []
    cursor = None
    while True:
        page = (
            await maria.get("/api/cases", params={"q": "oven", "limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        ids += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert ids == wanted
    assert await found(desk, "oven", owner="me") == [cases[2].id, cases[5].id]
    assert await found(desk, "oven", state="done") == []


async def test_a_case_of_another_contact_is_found_by_its_new_name(desk: TestDesk) -> None:
    case = await open_case(desk)
    async with desk.desk.unit_of_work() as work:
        contact = await contact_for_address(work, "kaisa@tours.example", "Kaisa Niemi")
    await Case.filter(id=case.id).update(contact_id=contact.id)
    assert await found(desk, "kaisa oven") == [case.id]


def test_what_is_typed_is_split_as_the_databases_split_texts() -> None:
    assert search.words_of("  Wörld-wide, ПЕЧЬ_2 'x' ") == ["wörld", "wide", "печь", "2", "x"]
    assert search.words_of("%%%") == []
