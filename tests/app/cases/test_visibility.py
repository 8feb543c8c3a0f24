"""A customer never sees an internal entry: by type, by filter, and through every door."""

from __future__ import annotations

import inspect

import pytest

from app.cases import queries
from app.cases.entries import InternalEntry, PublicEntry, public_only
from app.cases.feed import Draft, lock_case
from app.cases.models import Entry
from app.cases.schemas import customer_entry
from app.cases.visibility import Sight, place, visible
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk


def test_sight_has_no_default_anywhere() -> None:
    for function in (visible, place, queries.entries):
        parameter = inspect.signature(function).parameters["seen_by"]
        assert parameter.default is inspect.Parameter.empty
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert inspect.signature(Draft).parameters["public"].default is inspect.Parameter.empty


def test_the_renderer_for_customers_is_typed_for_public_entries_only() -> None:
    assert inspect.get_annotations(customer_entry, eval_str=True)["entry"] is PublicEntry
    assert not issubclass(InternalEntry, PublicEntry)


async def test_the_two_readers_get_their_own_positions(desk: TestDesk) -> None:
    case = await open_case(desk)
    await note(desk, case)
    await change(desk, case, priority="low")
    await reply(desk, case, "pavel")
    staff = await queries.entries(case.id, seen_by=Sight.STAFF)
    public = await queries.entries(case.id, seen_by=Sight.CUSTOMER)
    assert [entry.position for entry in staff] == [1, 2, 3, 4]
    assert [entry.public_position for entry in public_only(public)] == [1, 2]
    assert all(isinstance(entry, PublicEntry) for entry in public)


async def test_a_note_can_never_be_made_public(desk: TestDesk) -> None:
    case = await open_case(desk)
    async with desk.desk.unit_of_work() as work:
        locked = await lock_case(work, case.id)
        with pytest.raises(ValueError, match="never public"):
            await locked.append(Draft(kind="note", public=True, text="x"), by=actor(desk.people["maria"]))


async def test_nothing_internal_leaves_by_any_door_of_the_portal(desk: TestDesk) -> None:
    case = await open_case(desk)
    secret = "the customer is always late with paying"
    await note(desk, case, text=secret)
    await change(desk, case, tags=["difficult"], owner_id=desk.people["tomas"].id, priority="low")
    pavel = await desk.browser("pavel")
    doors = ("/api/portal/cases", f"/api/portal/cases/{case.id}", f"/api/portal/cases/{case.id}/entries", "/api/me")
    told = "".join([(await pavel.get(door)).text for door in doors])
    assert secret not in told
    assert "difficult" not in told
    assert "Tomas" not in told
    assert await Entry.filter(case_id=case.id, audience="internal").count() == 4
