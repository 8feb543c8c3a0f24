"""Users, teams and portal colleagues: who may change them, and what holds then."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from app.people.actions.users import change_user
from app.people.events import RightsChanged, SignedOut
from app.people.models import Team, TeamMember, User
from tests.support.desk import TestDesk

NEW = "nine orange lighthouses"


async def test_a_new_colleague_is_invited_and_comes_in(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    team = await Team.get(name="Support")
    body = {"email": "Veera@desk.example", "name": "Veera Niemi", "role": "agent", "teams": [team.id], "language": "fi"}
    made = await helmi.post("/api/admin/users", json=body)
    assert made.status_code == 201
    assert made.json()["invited"] is True
    assert made.json()["teams"] == [team.id]
    assert [(mail.kind, mail.to, mail.language) for mail in desk.mails] == [("invite", "veera@desk.example", "fi")]
    veera = await desk.stranger()
    assert (await veera.sign_in("veera@desk.example", "")).status_code == 401
    answer = await veera.post(f"/api/registrations/{desk.last_link()}", json={"password": NEW})
    assert answer.json()["staff"] is True
    listed = {row["email"]: row for row in (await helmi.get("/api/admin/users")).json()}
    assert listed["veera@desk.example"]["invited"] is False
    again = await helmi.post(f"/api/admin/users/{made.json()['id']}/invitation")
    assert again.json()["code"] == "conflict"


async def test_an_invitation_can_be_sent_again(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    body = {"email": "veera@desk.example", "name": "Veera Niemi", "role": "agent"}
    user_id = (await helmi.post("/api/admin/users", json=body)).json()["id"]
    assert (await helmi.post(f"/api/admin/users/{user_id}/invitation")).status_code == 202
    assert [mail.kind for mail in desk.mails] == ["invite", "invite"]


async def test_a_taken_address_and_a_wrong_role_are_told(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    taken = {"email": "maria@desk.example", "name": "Maria", "role": "agent"}
    answer = await helmi.post("/api/admin/users", json=taken)
    assert (answer.status_code, answer.json()["field"]) == (422, "email")
    answer = await helmi.post("/api/admin/users", json={"email": "new@desk.example", "name": "New", "role": "customer"})
    assert (answer.status_code, answer.json()["field"]) == (422, "role")
    answer = await helmi.post("/api/admin/users", json={"email": "new@desk.example", "name": "New", "role": "king"})
    assert (answer.status_code, answer.json()["field"]) == (422, "role")
    assert not await User.exists(email="new@desk.example")


async def test_deactivating_signs_out_at_once(desk: TestDesk) -> None:
    helmi, maria = await desk.browser("helmi"), await desk.browser("maria")
    user_id = desk.people["maria"].id
    assert (await helmi.patch(f"/api/admin/users/{user_id}", json={"active": False})).status_code == 200
    assert (await maria.get("/api/me")).status_code == 401
    assert [type(event) for event in desk.events] == [RightsChanged, SignedOut]


async def test_the_last_administrator_stays(desk: TestDesk) -> None:
    helmi, user_id = await desk.browser("helmi"), desk.people["helmi"].id
    for change in ({"active": False}, {"role": "agent"}):
        answer = await helmi.patch(f"/api/admin/users/{user_id}", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await helmi.get("/api/me")).json()["user"]["role"] == "administrator"
    await helmi.post("/api/admin/users", json={"email": "v@desk.example", "name": "V", "role": "administrator"})
    invited_only = await helmi.patch(f"/api/admin/users/{user_id}", json={"active": False})
    assert invited_only.status_code == 409
    await helmi.patch(f"/api/admin/users/{desk.people['maria'].id}", json={"role": "administrator"})
    assert (await helmi.patch(f"/api/admin/users/{user_id}", json={"role": "agent"})).status_code == 200


async def test_two_administrators_cannot_remove_each_other(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    maria_id, helmi_id = desk.people["maria"].id, desk.people["helmi"].id
    await helmi.patch(f"/api/admin/users/{maria_id}", json={"role": "administrator"})
    maria = await desk.browser("maria")
    answers = await asyncio.gather(
        helmi.patch(f"/api/admin/users/{maria_id}", json={"active": False}),
        maria.patch(f"/api/admin/users/{helmi_id}", json={"active": False}),
    )
    assert 200 in [answer.status_code for answer in answers]
    assert await User.filter(role="administrator", active=True).count() == 1


async def test_changes_at_the_same_time_put_nothing_back(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody chooses a language at the moment at which their role is taken: it must not return with the language."""
    user_id, save, saving, both = desk.people["olga"].id, User.save, 0, asyncio.Event()

    async def save_together(user: User, *arguments: Any, **options: Any) -> None:
        nonlocal saving
        saving += 1
        if saving == 2:
            both.set()
        with suppress(TimeoutError):  # the other one waits for us, as it should
            async with asyncio.timeout(0.3):
                await both.wait()
        await save(user, *arguments, **options)

    monkeypatch.setattr(User, "save", save_together)

    async def change(**what: str) -> None:
        async with desk.desk.unit_of_work() as work:
            await change_user(work, user_id=user_id, **what)  # type: ignore[arg-type]  # texts only

    assert (desk.people["olga"].role, desk.people["olga"].language) == ("team_lead", "ru")
    await asyncio.gather(change(language="fi"), change(role="agent"), change(name="Olga Berg-Lind"))
    olga = await User.get(id=user_id)
    assert (olga.role, olga.language, olga.name) == ("agent", "fi", "Olga Berg-Lind")


async def test_staff_do_not_turn_into_customers(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    for who, role in (("maria", "customer"), ("pavel", "agent")):
        answer = await helmi.patch(f"/api/admin/users/{desk.people[who].id}", json={"role": role})
        assert (answer.status_code, answer.json()["field"]) == (422, "role")
    promoted = await helmi.patch(f"/api/admin/users/{desk.people['pavel'].id}", json={"role": "company_administrator"})
    assert promoted.status_code == 200
    portal = await helmi.get("/api/admin/users?kind=portal")
    assert [row["name"] for row in portal.json()] == ["Aino Virtanen", "Liisa Koski", "Pavel Orlov"]


async def test_a_team_lead_keeps_teams(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    maria, tomas = desk.people["maria"].id, desk.people["tomas"].id
    made = await olga.post("/api/admin/teams", json={"name": "Billing", "members": [maria]})
    assert (made.status_code, made.json()["members"]) == (201, [maria])
    changed = await olga.patch(f"/api/admin/teams/{made.json()['id']}", json={"members": [tomas]})
    assert changed.json()["members"] == [tomas]
    assert [event.user_id for event in desk.events if isinstance(event, RightsChanged)] == [maria, maria, tomas]
    colleagues = {row["name"]: row["teams"] for row in (await olga.get("/api/colleagues")).json()}
    assert made.json()["id"] in colleagues["Tomas Lind"]
    assert (await olga.post("/api/admin/teams", json={"name": "Billing"})).json()["field"] == "name"
    strangers = await olga.patch(f"/api/admin/teams/{made.json()['id']}", json={"members": [desk.people["pavel"].id]})
    assert strangers.json()["field"] == "members"
    assert (await olga.delete(f"/api/admin/teams/{made.json()['id']}")).status_code == 204
    assert not await TeamMember.exists(team_id=made.json()["id"])


async def test_a_company_administrator_invites_and_removes_colleagues(desk: TestDesk) -> None:
    aino = await desk.browser("aino")
    made = await aino.post("/api/portal/colleagues", json={"name": "Kaisa Laine", "email": "kaisa@home.example"})
    assert made.status_code == 201
    assert [(mail.kind, mail.to) for mail in desk.mails] == [("invite", "kaisa@home.example")]
    kaisa = await desk.stranger()
    answer = await kaisa.post(f"/api/registrations/{desk.last_link()}", json={"password": NEW})
    assert answer.json()["user"]["account_id"] == (await desk.people["aino"].contact).account_id
    names = [row["name"] for row in (await aino.get("/api/portal/colleagues")).json()]
    assert names == ["Aino Virtanen", "Kaisa Laine", "Pavel Orlov"]
    gone = await aino.patch(f"/api/portal/colleagues/{made.json()['id']}", json={"active": False})
    assert gone.json()["active"] is False
    assert (await kaisa.get("/api/me")).status_code == 401


async def test_a_company_administrator_reaches_nobody_else(desk: TestDesk) -> None:
    aino = await desk.browser("aino")
    for who in ("liisa", "maria"):
        answer = await aino.patch(f"/api/portal/colleagues/{desk.people[who].id}", json={"active": False})
        assert answer.status_code == 404
    stolen = await aino.post("/api/portal/colleagues", json={"name": "Liisa", "email": "liisa@tours.example"})
    assert (stolen.status_code, stolen.json()["field"]) == (422, "email")
    oneself = await aino.patch(f"/api/portal/colleagues/{desk.people['aino'].id}", json={"active": False})
    assert oneself.status_code == 409
    assert desk.mails == []


async def test_changing_ones_password_moves_this_session_and_ends_the_others(desk: TestDesk) -> None:
    here, there = await desk.stranger(), await desk.browser("maria")
    await here.sign_in("maria@desk.example")
    before = here.csrf_token
    answer = await here.patch("/api/me", json={"current_password": "three blue herons", "new_password": NEW})
    assert answer.status_code == 200
    assert answer.json()["csrf_token"] != before
    assert (await here.get("/api/me")).status_code == 200
    assert (await there.get("/api/me")).status_code == 401
    assert (await (await desk.stranger()).sign_in("maria@desk.example", NEW)).status_code == 200


async def test_a_password_is_not_changed_without_the_current_one(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    wrong = await maria.patch("/api/me", json={"current_password": "guess", "new_password": NEW})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "current_password")
    weak = await maria.patch("/api/me", json={"current_password": "three blue herons", "new_password": "short"})
    assert (weak.status_code, weak.json()["field"]) == (422, "new_password")


async def test_one_changes_ones_name_language_and_preferences(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    answer = await maria.patch(
        "/api/me", json={"name": "Maria Keller-Lind", "language": "ru", "preferences": {"theme": "dark"}}
    )
    assert answer.status_code == 200
    me = (await maria.get("/api/me")).json()
    assert (me["user"]["name"], me["user"]["language"]) == ("Maria Keller-Lind", "ru")
    assert me["preferences"] == {"theme": "dark"}
    too_much = await maria.patch("/api/me", json={"preferences": {"x": "y" * 20_000}})
    assert (too_much.status_code, too_much.json()["field"]) == (422, "preferences")
