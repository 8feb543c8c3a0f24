"""A write that is repeated happens once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from app.people.models import Contact, Team
from app.web.idempotency import REMEMBERED, forget_old_answers
from app.web.models import RememberedAnswer
from tests.support.desk import TestDesk

KEY = "a6f0c9de-0001-4c5a-9d0e-000000000001"


async def test_a_repeated_write_answers_the_same_and_happens_once(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    body, headers = {"name": "Kaisa Laine", "addresses": ["kaisa@home.example"]}, {"Idempotency-Key": KEY}
    first = await maria.post("/api/contacts", json=body, headers=headers)
    second = await maria.post("/api/contacts", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await Contact.filter(name="Kaisa Laine").count() == 1


async def test_repetitions_at_the_same_moment_happen_once(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    answers = await asyncio.gather(
        *(olga.post("/api/admin/teams", json={"name": "Nights"}, headers={"Idempotency-Key": KEY}) for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await Team.filter(name="Nights").count() == 1


async def test_the_same_key_for_another_request_is_refused(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    headers = {"Idempotency-Key": KEY}
    await maria.post("/api/contacts", json={"name": "Kaisa Laine"}, headers=headers)
    other = await maria.post("/api/contacts", json={"name": "Eve"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert not await Contact.exists(name="Eve")


async def test_keys_of_different_people_are_different(desk: TestDesk) -> None:
    headers = {"Idempotency-Key": KEY}
    for who in ("maria", "tomas"):
        answer = await (await desk.browser(who)).post("/api/contacts", json={"name": "Kaisa Laine"}, headers=headers)
        assert "idempotency-replayed" not in answer.headers
    assert await Contact.filter(name="Kaisa Laine").count() == 2


async def test_an_error_is_not_remembered(desk: TestDesk) -> None:
    olga, headers = await desk.browser("olga"), {"Idempotency-Key": KEY}
    body = {"name": "Support"}
    assert (await olga.post("/api/admin/teams", json=body, headers=headers)).status_code == 422
    await Team.filter(name="Support").delete()
    assert (await olga.post("/api/admin/teams", json=body, headers=headers)).status_code == 201


async def test_an_answer_without_content_is_remembered_too(desk: TestDesk) -> None:
    olga, headers = await desk.browser("olga"), {"Idempotency-Key": KEY}
    team = await Team.get(name="Support")
    for _ in range(2):
        assert (await olga.delete(f"/api/admin/teams/{team.id}", headers=headers)).status_code == 204


async def test_a_key_must_be_a_key(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    for key in ("short", "k" * 81, "with space in it"):
        answer = await maria.post("/api/contacts", json={"name": "K"}, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_old_answers_are_forgotten(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    await maria.post("/api/contacts", json={"name": "Kaisa"}, headers={"Idempotency-Key": KEY})
    assert await forget_old_answers(desk.clock.now + REMEMBERED - timedelta(hours=1)) == 0
    assert await forget_old_answers(desk.clock.now + REMEMBERED + timedelta(hours=1)) == 1
    assert not await RememberedAnswer.exists()
