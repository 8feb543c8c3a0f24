"""Links by mail: each works once, for a while, and tells nobody who is known."""

from __future__ import annotations

import asyncio

import pytest

from app.people.actions.contacts import contact_for_address
from app.people.actions.users import change_user
from app.people.events import SignedOut
from app.people.models import ContactAddress, OneTimeLink, User
from app.people.tokens import token_hash
from app.portal.models import Branding
from tests.support.desk import TestDesk

NEW = "nine orange lighthouses"


async def test_a_forgotten_password_is_replaced_by_mail(desk: TestDesk) -> None:
    old_place, browser = await desk.browser("pavel"), await desk.stranger()
    asked = await browser.post("/api/password-resets", json={"email": "PAVEL@northwind.example"})
    assert asked.status_code == 202
    [mail] = desk.mails
    assert (mail.kind, mail.to, mail.language) == ("password_reset", "pavel@northwind.example", "ru")
    assert mail.values["link"].startswith(f"{desk.url}/reset/")
    assert mail.values["name"] == "Pavel Orlov"
    answer = await browser.post(f"/api/password-resets/{desk.last_link()}", json={"password": NEW})
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "pavel@northwind.example"
    assert (await browser.get("/api/me")).status_code == 200
    assert (await old_place.get("/api/me")).status_code == 401
    assert [type(event) for event in desk.events] == [SignedOut]
    assert (await browser.patch("/api/me", json={"name": "X"})).status_code == 403  # without the new session's token
    elsewhere = await desk.stranger()
    assert (await elsewhere.sign_in("pavel@northwind.example")).status_code == 401
    assert (await elsewhere.sign_in("pavel@northwind.example", NEW)).status_code == 200


async def test_a_link_works_once(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.post("/api/sign-in-links", json={"email": "pavel@northwind.example"})
    link = desk.last_link()
    assert (await browser.post(f"/api/sign-in-links/{link}")).status_code == 200
    again = await (await desk.stranger()).post(f"/api/sign-in-links/{link}")
    assert (again.status_code, again.json()["code"]) == (410, "link_expired")


async def test_a_link_can_be_looked_at_without_using_it(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.post("/api/password-resets", json={"email": "pavel@northwind.example"})
    link = desk.last_link()
    assert [(await browser.get(f"/api/links/{link}")).status_code for _ in range(2)] == [204, 204]
    assert (await browser.post(f"/api/password-resets/{link}", json={"password": NEW})).status_code == 200
    for token in (link, "made-up-by-somebody"):
        gone = await browser.get(f"/api/links/{token}")
        assert (gone.status_code, gone.json()["code"]) == (410, "link_expired")


async def test_of_two_at_the_same_moment_one_gets_in(desk: TestDesk) -> None:
    await (await desk.stranger()).post("/api/sign-in-links", json={"email": "pavel@northwind.example"})
    browsers = [await desk.stranger() for _ in range(4)]
    answers = await asyncio.gather(*(browser.post(f"/api/sign-in-links/{desk.last_link()}") for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]


@pytest.mark.parametrize(("kind", "hours"), [("password-resets", 2), ("sign-in-links", 1)])
async def test_a_link_expires(desk: TestDesk, kind: str, hours: int) -> None:
    browser = await desk.stranger()
    await browser.post(f"/api/{kind}", json={"email": "pavel@northwind.example"})
    assert desk.mails[-1].values["hours"] == str(hours)
    desk.clock.advance(hours=hours)
    answer = await browser.post(f"/api/{kind}/{desk.last_link()}", json={"password": NEW})
    assert answer.json()["code"] == "link_expired"


async def test_a_link_of_one_purpose_opens_no_other_door(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.post("/api/sign-in-links", json={"email": "pavel@northwind.example"})
    link = desk.last_link()
    for path in ("/api/password-resets", "/api/registrations"):
        assert (await browser.post(f"{path}/{link}", json={"password": NEW})).status_code == 410
    assert (await browser.post("/api/sign-in-links/made-up-by-somebody")).status_code == 410


async def test_only_the_hash_of_a_link_is_stored(desk: TestDesk) -> None:
    await (await desk.stranger()).post("/api/password-resets", json={"email": "pavel@northwind.example"})
    link = await OneTimeLink.all().get()
    assert link.token_hash == token_hash(desk.last_link())
    assert desk.last_link() not in repr(desk.mails)


@pytest.mark.parametrize("path", ["/api/password-resets", "/api/sign-in-links", "/api/registrations"])
async def test_asking_sounds_the_same_for_known_and_unknown(desk: TestDesk, path: str) -> None:
    browser = await desk.stranger()
    more = {"name": "Kaisa Laine", "language": "fi"} if "registrations" in path else {}
    answers = [
        await browser.post(path, json={"email": email, **more})
        for email in ("pavel@northwind.example", "maria@desk.example", "nobody@else.example")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"null")}


async def test_staff_get_no_sign_in_link(desk: TestDesk) -> None:
    await (await desk.stranger()).post("/api/sign-in-links", json={"email": "maria@desk.example"})
    assert desk.mails == []


async def test_a_deactivated_user_gets_no_mail_and_their_links_are_worthless(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.post("/api/password-resets", json={"email": "pavel@northwind.example"})
    link = desk.last_link()
    async with desk.desk.unit_of_work() as work:
        await change_user(work, user_id=desk.people["pavel"].id, active=False)
    desk.mails.clear()
    await browser.post("/api/password-resets", json={"email": "pavel@northwind.example"})
    assert desk.mails == []
    assert (await browser.post(f"/api/password-resets/{link}", json={"password": NEW})).status_code == 410


async def test_a_mailbox_cannot_be_filled_with_links(desk: TestDesk) -> None:
    browser = await desk.stranger()
    answers = [await browser.post("/api/password-resets", json={"email": "pavel@northwind.example"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert len(desk.mails) == 5


async def test_a_stranger_registers(desk: TestDesk) -> None:
    browser = await desk.stranger()
    body = {"name": "Kaisa Laine", "email": "kaisa@else.example", "language": "fi"}
    assert (await browser.post("/api/registrations", json=body)).status_code == 202
    assert desk.mails[-1].kind == "claim"
    assert not await User.exists(email="kaisa@else.example")
    answer = await browser.post(f"/api/registrations/{desk.last_link()}", json={"password": NEW})
    me = answer.json()["user"]
    assert (me["name"], me["role"], me["language"], me["account_id"]) == ("Kaisa Laine", "customer", "fi", None)
    assert (await ContactAddress.get(address="kaisa@else.example")).verified_at == desk.clock.now


async def test_who_wrote_a_mail_claims_the_contact_that_it_made(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        contact = await contact_for_address(work, "Kaisa@Northwind.example", "Kaisa Laine")
    browser = await desk.stranger()
    await browser.post(
        "/api/registrations", json={"name": "Somebody", "email": "kaisa@northwind.example", "language": "en"}
    )
    answer = await browser.post(f"/api/registrations/{desk.last_link()}", json={"password": NEW})
    me = answer.json()["user"]
    assert (me["contact_id"], me["name"]) == (contact.id, "Kaisa Laine")
    assert me["account_id"] == (await desk.people["aino"].contact).account_id


async def test_a_contact_who_asks_for_a_password_is_led_to_claim(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        await contact_for_address(work, "kaisa@northwind.example", "Kaisa Laine")
    await (await desk.stranger()).post("/api/password-resets", json={"email": "kaisa@northwind.example"})
    assert [mail.kind for mail in desk.mails] == ["claim"]


async def test_registering_with_a_known_address_helps_its_owner_in(desk: TestDesk) -> None:
    await (await desk.stranger()).post(
        "/api/registrations", json={"name": "Eve", "email": "pavel@northwind.example", "language": "en"}
    )
    [mail] = desk.mails
    assert (mail.kind, mail.to, mail.values["name"]) == ("sign_in_link", "pavel@northwind.example", "Pavel Orlov")


async def test_a_second_address_leads_to_the_first_ones_owner(desk: TestDesk) -> None:
    contact = await desk.people["pavel"].contact
    await ContactAddress.create(contact_id=contact.id, address="pavel@home.example")
    await (await desk.stranger()).post(
        "/api/registrations", json={"name": "Eve", "email": "pavel@home.example", "language": "en"}
    )
    assert [mail.to for mail in desk.mails] == ["pavel@northwind.example"]


async def test_where_registration_is_closed_only_known_contacts_get_in(desk: TestDesk) -> None:
    await Branding.create(name="Harbour Support", registration_open=False, updated_at=desk.clock.now)
    async with desk.desk.unit_of_work() as work:
        await contact_for_address(work, "kaisa@northwind.example", "Kaisa Laine")
    browser = await desk.stranger()
    for email in ("stranger@else.example", "kaisa@northwind.example"):
        answer = await browser.post("/api/registrations", json={"name": "X", "email": email, "language": "en"})
        assert answer.status_code == 202
    assert [mail.to for mail in desk.mails] == ["kaisa@northwind.example"]


async def test_two_claims_of_one_address_make_one_user(desk: TestDesk) -> None:
    browser = await desk.stranger()
    body = {"name": "Kaisa Laine", "email": "kaisa@else.example", "language": "fi"}
    await browser.post("/api/registrations", json=body)
    first = desk.last_link()
    await browser.post("/api/registrations", json=body)
    assert (await browser.post(f"/api/registrations/{first}", json={"password": NEW})).status_code == 200
    other = await desk.stranger()
    late = await other.post(f"/api/registrations/{desk.last_link()}", json={"password": "another long password"})
    assert late.status_code == 410
    assert await User.filter(email="kaisa@else.example").count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "email": "kaisa@else.example"}, "name"),
        ({"name": "   ", "email": "kaisa@else.example"}, "name"),
        ({"name": "x" * 300, "email": "kaisa@else.example"}, "name"),
        ({"name": "Kaisa", "email": "kaisa"}, "email"),
        ({"name": "Kaisa", "email": "kaisa@localhost"}, "email"),
        ({"name": "Kaisa", "email": "a b@else.example"}, "email"),
        ({"name": "Kaisa", "email": f"{'k' * 65}@else.example"}, "email"),
        ({"name": "Kaisa", "email": "kaisa@else.example", "language": "xx"}, "language"),
        ({"name": "Kaisa"}, "email"),
        ({"name": 7, "email": "kaisa@else.example"}, "name"),
        ({"name": "Kaisa", "email": "kaisa@else.example", "admin": True}, "admin"),
    ],
)
async def test_bad_input_names_its_field(desk: TestDesk, body: dict[str, object], field: str) -> None:
    answer = await (await desk.stranger()).post("/api/registrations", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert answer.json()["field"] == field
    assert desk.mails == []


async def test_a_weak_password_does_not_use_the_link_up(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.post("/api/password-resets", json={"email": "pavel@northwind.example"})
    link = desk.last_link()
    weak = await browser.post(f"/api/password-resets/{link}", json={"password": "short"})
    assert (weak.status_code, weak.json()["field"]) == (422, "password")
    assert (await browser.post(f"/api/password-resets/{link}", json={"password": NEW})).status_code == 200
