"""Administering calendars and policies over HTTP, and asking why a clock is due when it is."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.service_levels.models import Calendar, CaseClock, Policy, PolicyVersion
from app.service_levels.queries import zone_of_case
from tests.support.casework import open_case, reply
from tests.support.desk import Browser, TestDesk

HOURS = {"tz": "Europe/Helsinki", "hours": {"mon": [["09:00", "12:00"], ["22:00", "06:00"]]}}


async def refused(browser: Browser, path: str, body: dict[str, Any]) -> tuple[int, str, str]:
    answer = await browser.post(path, json=body)
    problem = answer.json()
    return answer.status_code, problem["field"], problem["detail"]


async def test_the_first_start_promises_something_at_once(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    (calendar,) = (await olga.get("/api/admin/calendars")).json()
    (policy,) = (await olga.get("/api/admin/policies")).json()
    assert (calendar["name"], calendar["definition"]["tz"], calendar["version"]) == ("Office hours", "UTC", 1)
    assert (policy["name"], policy["calendar_id"], policy["active"]) == ("Standard", calendar["id"], True)
    assert {target["kind"] for target in policy["definition"]["targets"]} == {
        "first_response",
        "next_response",
        "resolution",
    }


async def test_a_calendar_is_added_changed_and_versioned(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = (await olga.post("/api/admin/calendars", json={"name": "Nights", "definition": HOURS})).json()
    assert (made["version"], made["definition"]["hours"]) == (1, HOURS["hours"])
    path = f"/api/admin/calendars/{made['id']}"
    renamed = (await olga.patch(path, json={"name": "Late"})).json()
    assert (renamed["name"], renamed["version"]) == ("Late", 1), "another name is no other promise"
    same = (await olga.patch(path, json={"definition": made["definition"]})).json()
    assert same["version"] == 1
    holiday = {**HOURS, "holidays": [{"date": "2026-12-25", "name": "Christmas"}, "2026-12-26"]}
    changed = (await olga.patch(path, json={"definition": holiday})).json()
    assert (changed["version"], changed["definition"]["holidays"]) == (2, holiday["holidays"])


async def test_a_changed_calendar_makes_new_versions_of_its_policies_and_keeps_promises(desk: TestDesk) -> None:
    olga, case = await desk.browser("olga"), await open_case(desk)
    calendar = await Calendar.get()
    definition = {"tz": "Europe/Helsinki", "hours": {"fri": [["09:00", "17:00"]]}}
    await olga.patch(f"/api/admin/calendars/{calendar.id}", json={"definition": definition})
    assert (await Policy.get()).version == 2
    desk.clock.advance(hours=1)
    await reply(desk, case, "pavel")
    clocks = await CaseClock.filter(case_id=case.id, kind="first_response")
    assert clocks[0].due_at == case.opened_at + timedelta(hours=4)
    assert str(await zone_of_case(case.id)) == "UTC"
    later = await open_case(desk, "aino")
    assert str(await zone_of_case(later.id)) == "Europe/Helsinki"


async def test_the_zone_of_a_case_without_promises_is_unknown(desk: TestDesk) -> None:
    await Policy.all().update(active=False)
    assert await zone_of_case((await open_case(desk)).id) is None


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        ({}, "definition.tz"),
        ({"tz": "Europe/Helsink"}, "definition.tz"),
        ({"tz": "UTC", "hours": {"monday": []}}, "definition.hours.monday"),
        ({"tz": "UTC", "hours": {"mon": [["9", "17:00"]]}}, "definition.hours.mon[0][0]"),
        ({"tz": "UTC", "holidays": ["25.12.2026"]}, "definition.holidays[0]"),
        ({"tz": "UTC", "shifts": {"soon": []}}, "definition.shifts.soon"),
        ({"tz": "UTC", "colour": "red"}, "definition.colour"),
        ({"tz": "UTC", "holidays": ["2026-12-25"] * 4001}, "definition.holidays"),
    ],
)
async def test_a_wrong_calendar_is_refused_at_its_field(desk: TestDesk, definition: Any, field: str) -> None:
    olga = await desk.browser("olga")
    status, told, words = await refused(olga, "/api/admin/calendars", {"name": "New", "definition": definition})
    assert (status, told) == (422, field)
    assert words.endswith(".")
    assert await refused(olga, "/api/admin/calendars/preview", {"definition": definition}) == (status, told, words)


async def test_names_are_unique_and_needed(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    for name in ("Office hours", " "):
        body = {"name": name, "definition": HOURS}
        assert (await refused(olga, "/api/admin/calendars", body))[:2] == (422, "name")
    body = {"name": "Standard", "calendar_id": 1, "definition": {}}
    assert (await refused(olga, "/api/admin/policies", body))[:2] == (422, "name")


async def test_the_preview_shows_the_coming_days_in_the_calendars_zone(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    definition = {**HOURS, "holidays": [{"date": "2026-03-03", "name": "Shrove Tuesday"}]}
    answer = await olga.post("/api/admin/calendars/preview", json={"definition": definition, "days": 3})
    monday, tuesday, wednesday = answer.json()["days"]
    assert monday == {
        "date": "2026-03-02",
        "periods": [["2026-03-02T07:00:00Z", "2026-03-02T10:00:00Z"], ["2026-03-02T20:00:00Z", "2026-03-02T22:00:00Z"]],
        "holiday": None,
    }
    assert (tuesday["periods"], tuesday["holiday"]) == ([], "Shrove Tuesday"), "the night ends where the holiday begins"
    assert (wednesday["date"], wednesday["periods"], wednesday["holiday"]) == ("2026-03-04", [], None)


async def test_a_policy_is_added_changed_and_versioned(desk: TestDesk) -> None:
    olga, calendar = await desk.browser("olga"), await Calendar.get()
    definition = {
        "when": {"all": [{"fact": "priority", "operator": "in", "value": ["high", "urgent"]}]},
        "targets": [{"kind": "first_response", "seconds": 900}],
        "pausing": ["waiting"],
        "steps": [
            {
                "id": "warning",
                "offset_seconds": -300,
                "actions": [{"what": "notify", "whom": ["owner"]}],
                "kind": None,
                "wall": True,
            }
        ],
    }
    body = {"name": "Fast", "calendar_id": calendar.id, "definition": definition, "sort": 1, "active": True}
    made = (await olga.post("/api/admin/policies", json=body)).json()
    assert made["version"] == 1
    assert made["definition"]["steps"] == definition["steps"]
    assert made["definition"]["when"] == definition["when"]
    path = f"/api/admin/policies/{made['id']}"
    assert (await olga.patch(path, json={"sort": 7, "active": False})).json()["version"] == 1
    changed = (await olga.patch(path, json={"definition": {**definition, "pausing": []}})).json()
    assert (changed["version"], changed["sort"], changed["active"]) == (2, 7, False)
    assert await PolicyVersion.filter(policy_id=made["id"]).count() == 2
    assert [one["name"] for one in (await olga.get("/api/admin/policies")).json()] == ["Fast", "Standard"]


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        ({"conditions": {}}, "definition.conditions"),
        ({"name": "x"}, "definition.name"),
        ({"when": {"fact": "priority", "operator": "like", "value": 1}}, "definition.when.operator"),
        ({"when": {"not": {"fact": "owner", "operator": "is", "value": 1}}}, "definition.when"),
        ({"when": {"fact": "priority", "operator": "is", "value": "huge"}}, "definition.when"),
        ({"targets": [{"kind": "lunch", "seconds": 60}]}, "definition.targets[0].kind"),
        ({"targets": [{"kind": "resolution", "seconds": 0}]}, "definition.targets[0].seconds"),
        ({"targets": [{"kind": "resolution", "seconds": 60}] * 201}, "definition.targets"),
        ({"steps": [{"id": "breach", "offset_seconds": 0}]}, "definition.steps[0].id"),
        (
            {"steps": [{"id": "a", "offset_seconds": 0, "actions": [{"what": "dance"}]}]},
            "definition.steps[0].actions[0]",
        ),
        (
            {"steps": [{"id": "a", "offset_seconds": 0, "actions": [{"what": "webhook", "url": "x.example"}]}]},
            "definition.steps[0].actions[0].url",
        ),
        (
            {"steps": [{"id": "a", "offset_seconds": 0, "actions": [{"what": "notify", "whom": "owner"}]}]},
            "definition.steps[0].actions[0].whom",
        ),
        (
            {"steps": [{"id": "a", "offset_seconds": 0, "actions": [{"what": "raise_priority", "to": ["high"]}]}]},
            "definition.steps[0].actions[0].to",
        ),
        (
            {"steps": [{"id": "a", "offset_seconds": 0, "actions": [{"what": "raise_priority", "levels": "two"}]}]},
            "definition.steps[0].actions[0].levels",
        ),
    ],
)
async def test_a_wrong_policy_is_refused_at_its_field(desk: TestDesk, definition: Any, field: str) -> None:
    olga, calendar = await desk.browser("olga"), await Calendar.get()
    body = {"name": "New", "calendar_id": calendar.id, "definition": definition}
    status, told, words = await refused(olga, "/api/admin/policies", body)
    assert status == 422
    assert told.startswith(field)
    assert words.endswith(".")


async def test_a_policy_needs_a_calendar_that_exists(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    body = {"name": "New", "calendar_id": 999, "definition": {}}
    assert (await refused(olga, "/api/admin/policies", body))[:2] == (422, "calendar_id")
    policy = await Policy.get()
    answer = await olga.patch(f"/api/admin/policies/{policy.id}", json={"calendar_id": 999})
    assert (answer.status_code, answer.json()["field"]) == (422, "calendar_id")
    assert (await olga.patch("/api/admin/policies/999", json={"sort": 1})).status_code == 404
    assert (await olga.patch("/api/admin/calendars/999", json={"name": "X"})).status_code == 404


async def test_an_explanation_has_no_gaps_and_its_sums_are_the_promise(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=2)
    await reply(desk, case, "maria", "A photo, please?", status="waiting")
    desk.clock.advance(hours=3)
    await reply(desk, case, "pavel", "Here it is.")
    desk.clock.advance(days=1)
    maria = await desk.browser("maria")
    clocks = {one["kind"]: one for one in (await maria.get(f"/api/cases/{case.id}/clocks")).json()}
    solution = clocks["resolution"]
    segments = solution["segments"]
    assert [(one["sort"], one["planned"]) for one in segments] == [
        ("counted", False),
        ("paused", False),
        ("counted", False),
        ("closed", False),
        ("counted", False),
        ("counted", True),
        ("closed", True),
        ("counted", True),
    ]
    for one, following in itertools.pairwise(segments):
        assert one["end"] == following["start"]
    assert segments[0]["start"] == solution["started_at"]
    assert segments[-1]["end"] == solution["due_at"]
    sums: dict[str, float] = {}
    for one in segments:
        length = datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"])
        assert one["seconds"] == length.total_seconds()
        sums[one["sort"]] = sums.get(one["sort"], 0) + one["seconds"]
    assert sums == {sort: seconds for sort, seconds in solution["totals"].items() if seconds}
    assert sums["counted"] == solution["target_seconds"] == 16 * 3600
    assert sums["paused"] == 3 * 3600
    assert (
        sum(one["seconds"] for one in segments if one["sort"] == "counted" and not one["planned"])
        == (solution["counted_seconds"])
    )
    assert solution["remaining_seconds"] == solution["target_seconds"] - solution["counted_seconds"]
    assert "Maria Keller" in next(one["note"] for one in segments if one["sort"] == "paused")
    assert solution["policy"] == {"id": (await Policy.get()).id, "name": "Standard", "version": 1}
    assert (clocks["first_response"]["phase"], clocks["next_response"]["phase"]) == ("met", "breached")


async def test_a_case_without_promises_has_nothing_to_explain(desk: TestDesk) -> None:
    await Policy.all().update(active=False)
    case, maria = await open_case(desk), await desk.browser("maria")
    assert (await maria.get(f"/api/cases/{case.id}/clocks")).json() == []
    assert (await maria.get("/api/cases/999999/clocks")).status_code == 404
