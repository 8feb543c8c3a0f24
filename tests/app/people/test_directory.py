"""Contacts and accounts."""

from __future__ import annotations

import asyncio

from app.cases.models import Case
from app.people.actions.contacts import contact_for_address, heard_from
from app.people.models import Account, Contact, ContactAddress
from app.queues.models import Queue
from tests.support.casework import open_case
from tests.support.desk import TestDesk


async def test_who_writes_becomes_a_contact_of_their_company(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        kaisa = await contact_for_address(work, "Kaisa.Laine@Northwind.example")
        again = await contact_for_address(work, "kaisa.laine@northwind.example", "Somebody Else")
        public = await contact_for_address(work, "kaisa.laine@gmail.com", "Kaisa")
    northwind = await Account.get(name="Northwind Bakery")
    assert (kaisa.name, kaisa.account_id) == ("Kaisa Laine", northwind.id)
    assert again.id == kaisa.id
    assert public.account_id is None


async def test_two_mails_of_one_new_sender_make_one_contact(desk: TestDesk) -> None:
    async def arrive() -> int:
        async with desk.desk.unit_of_work() as work:
            return (await contact_for_address(work, "kaisa@northwind.example", "Kaisa Laine")).id

    ids = await asyncio.gather(*(arrive() for _ in range(6)))
    assert len(set(ids)) == 1
    assert await Contact.filter(name="Kaisa Laine").count() == 1


async def test_an_address_that_writes_is_alive_again(desk: TestDesk) -> None:
    await ContactAddress.filter(address="pavel@northwind.example").update(dead_since=desk.clock.now)
    await heard_from("pavel@northwind.example")
    assert (await ContactAddress.get(address="pavel@northwind.example")).dead_since is None


async def test_contacts_are_found_by_name_address_and_phone(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    await maria.post(
        "/api/contacts", json={"name": "Юлия Орлова", "addresses": ["yulia@desk.test.example"], "phone": "+358 40 1"}
    )

    async def found(words: str) -> list[str]:
        answer = await maria.get("/api/contacts", params={"q": words})
        return [row["name"] for row in answer.json()["items"]]

    assert await found("virta") == ["Aino Virtanen"]
    assert await found("NORTHWIND.example") == ["Aino Virtanen", "Pavel Orlov"]
    assert await found("орлова") == ["Юлия Орлова"]
    assert await found("+358 40") == ["Юлия Орлова"]
    assert await found("100%") == []
    assert await found("nobody at all") == []


async def test_a_long_list_comes_in_pages_without_gap_or_repetition(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        for n in range(120):
            await contact_for_address(work, f"guest{n}@else.example", f"Guest {n % 7}")
    maria = await desk.browser("maria")
    seen: list[int] = []
    cursor: str | None = None
    while True:
        params = {"q": "Guest", **({"cursor": cursor} if cursor else {})}
        page = (await maria.get("/api/contacts", params=params)).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 120
    wrong = await maria.get("/api/contacts", params={"cursor": "garbage"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "cursor")


async def test_a_contact_is_entered_and_corrected(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    northwind = await Account.get(name="Northwind Bakery")
    made = await maria.post(
        "/api/contacts",
        json={"name": " Kaisa  Laine ", "addresses": ["Kaisa@home.example", "k@work.example"], "language": "fi"},
    )
    assert made.status_code == 201
    assert made.json()["name"] == "Kaisa Laine"
    assert [(row["address"], row["primary"]) for row in made.json()["addresses"]] == [
        ("kaisa@home.example", True),
        ("k@work.example", False),
    ]
    path = f"/api/contacts/{made.json()['id']}"
    changed = await maria.patch(
        path, json={"addresses": ["k@work.example"], "account_id": northwind.id, "phone": "123", "language": None}
    )
    body = changed.json()
    assert [(row["address"], row["primary"]) for row in body["addresses"]] == [("k@work.example", True)]
    assert body["account"] == {"id": northwind.id, "name": "Northwind Bakery"}
    assert (body["phone"], body["language"], body["name"]) == ("123", None, "Kaisa Laine")
    assert (await maria.get(path)).json() == body


async def test_an_address_belongs_to_one_contact(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    taken = await maria.post("/api/contacts", json={"name": "Eve", "addresses": ["pavel@northwind.example"]})
    assert (taken.status_code, taken.json()["field"]) == (422, "addresses")
    assert "Pavel Orlov" in taken.json()["detail"]
    assert not await Contact.exists(name="Eve")
    contact_id = desk.people["pavel"].contact_id
    lost = await maria.patch(f"/api/contacts/{contact_id}", json={"addresses": ["other@northwind.example"]})
    assert (lost.status_code, lost.json()["field"]) == (422, "addresses")


async def test_missing_contacts_and_accounts_are_told(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    assert (await maria.get("/api/contacts/99999")).json()["code"] == "not_found"
    nowhere = await maria.post("/api/contacts", json={"name": "Eve", "account_id": 99999})
    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "account_id")


async def test_an_account_owns_its_domains(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    made = await maria.post("/api/accounts", json={"name": "Hill Farm", "domains": ["Hill.example", "@hill.example"]})
    assert (made.status_code, made.json()["domains"]) == (201, ["hill.example"])
    taken = await maria.post("/api/accounts", json={"name": "Other", "domains": ["northwind.example"]})
    assert (taken.status_code, taken.json()["field"]) == (422, "domains")
    public = await maria.post("/api/accounts", json={"name": "Other", "domains": ["gmail.com"]})
    assert (public.status_code, public.json()["field"]) == (422, "domains")
    path = f"/api/accounts/{made.json()['id']}"
    assert (await maria.patch(path, json={"name": "Hill Farm Ltd"})).json()["name"] == "Hill Farm Ltd"
    assert [row["name"] for row in (await maria.get("/api/accounts?q=hill")).json()["items"]] == ["Hill Farm Ltd"]


async def test_a_lead_sets_the_class_of_an_account_and_its_cases_find_their_new_place(desk: TestDesk) -> None:
    case = await open_case(desk, "pavel")
    await Queue.all().update(class_minutes=30)
    before = (await Case.get(id=case.id)).work_rank
    path = f"/api/accounts/{case.account_id}"
    maria, olga = await desk.browser("maria"), await desk.browser("olga")
    assert (await maria.patch(path, json={"service_class": 2})).status_code == 403
    assert (await olga.patch(path, json={"service_class": 3})).status_code == 422
    assert (await olga.patch(path, json={"service_class": 2})).json()["service_class"] == 2
    assert (await Case.get(id=case.id)).work_rank == before - 2 * 30 * 60


async def test_text_with_nul_is_refused_in_words(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    raw = {"content": b'{"name": "A\\u0000B", "addresses": []}', "headers": {"Content-Type": "application/json"}}
    answer = await maria.post("/api/contacts", **raw)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    spoken = {"content": b'{"name": "A\\\\u0000B"}', "headers": {"Content-Type": "application/json"}}
    assert (await maria.post("/api/contacts", **spoken)).json()["name"] == "A\\u0000B"
    query = await maria.get("/api/contacts?q=%00")
    assert (query.status_code, query.json()["code"]) == (422, "invalid")
