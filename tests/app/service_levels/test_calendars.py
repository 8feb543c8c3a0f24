"""Holidays of countries, feeds of others and the year of a calendar, over HTTP and with the years going on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.service_levels.feeds import freshen_years, read_due_feeds
from app.service_levels.models import Calendar, CalendarFeed, CaseClock, Policy, PolicyVersion
from tests.support.casework import open_case
from tests.support.desk import Browser, TestDesk, running_desk
from tests.support.web_server import web_server

HOURS = {"tz": "Europe/Helsinki", "hours": {"thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]}}
MIDSUMMER = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tests//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTART;VALUE=DATE:{day}\r\nSUMMARY:Midsummer party\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


async def add(olga: Browser, **more: Any) -> dict[str, Any]:
    return (await olga.post("/api/admin/calendars", json={"name": "Helsinki", "definition": HOURS, **more})).json()


async def year(olga: Browser, calendar: dict[str, Any], of: int = 2026) -> dict[str, dict[str, Any]]:
    names = ("definition", "country", "subdivision", "holiday_language")
    body = {**{name: calendar[name] for name in names}, "calendar_id": calendar["id"], "year": of}
    days = (await olga.post("/api/admin/calendars/year", json=body)).json()["days"]
    return {day["date"]: day for day in days}


async def test_the_holidays_of_a_country_close_with_their_names(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = await add(olga, country="FI", holiday_language="en_US")
    days = await year(olga, made)
    assert len(days) == 365
    assert (days["2026-04-03"]["holiday"], days["2026-04-03"]["open_seconds"]) == ("Good Friday", 0)
    assert days["2026-04-10"] == {
        "date": "2026-04-10",
        "periods": [["09:00", "17:00"]],
        "open_seconds": 8 * 3600,
        "holiday": None,
        "shift": False,
        "broken": False,
        "clock_change": 0,
    }
    assert days["2026-03-29"]["clock_change"] == 3600
    assert days["2026-10-25"]["clock_change"] == -3600
    row = await Calendar.get(id=made["id"])
    assert row.definition["holidays"] == [], "what is the country's is not mixed into what was typed"


async def test_years_that_come_into_sight_make_a_new_version_by_themselves(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = await add(olga, country="FI")
    await olga.post("/api/admin/policies", json={"name": "P", "calendar_id": made["id"], "definition": {}})
    assert await freshen_years(desk.desk) == 0
    assert (await year(olga, made, 2029))["2029-12-06"]["holiday"] is None
    desk.clock.advance(days=365)
    olga = await desk.browser("olga")
    assert await freshen_years(desk.desk) == 1
    assert await freshen_years(desk.desk) == 0
    assert (await year(olga, made, 2029))["2029-12-06"]["holiday"] == "Itsenäisyyspäivä"
    versions = (await olga.get(f"/api/admin/calendars/{made['id']}/versions")).json()
    assert [(one["version"], one["by"]) for one in versions] == [(2, ""), (1, desk.people["olga"].name)]
    assert {"what": "holidays.2029-12-06", "before": None, "after": "Itsenäisyyspäivä"} in versions[0]["changes"]
    policy = await Policy.get(name="P")
    kept = await PolicyVersion.get(policy_id=policy.id, version=policy.version)
    assert policy.version == 2
    assert {"date": "2029-12-06", "name": "Itsenäisyyspäivä"} in kept.calendar["holidays"]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"country": "FI", "subdivision": "BY"}, "subdivision"),
        ({"subdivision": "BY"}, "subdivision"),
        ({"country": "FI", "holiday_language": "tlh"}, "holiday_language"),
    ],
)
async def test_a_choice_of_holidays_that_does_not_exist_is_told(
    desk: TestDesk, choice: dict[str, str], field: str
) -> None:
    olga = await desk.browser("olga")
    answer = await olga.post("/api/admin/calendars", json={"name": "N", "definition": HOURS, **choice})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_who_changed_what_and_when_is_kept_and_open_cases_keep_their_version(desk: TestDesk) -> None:
    olga, case = await desk.browser("olga"), await open_case(desk)
    before = (await CaseClock.get(case_id=case.id, kind="resolution")).pinned
    (calendar,) = (await olga.get("/api/admin/calendars")).json()
    desk.clock.advance(hours=1)
    path = f"/api/admin/calendars/{calendar['id']}"
    changed = {**calendar["definition"], "holidays": [{"date": "2026-12-24", "name": "Christmas Eve"}]}
    await olga.patch(path, json={"definition": changed})
    versions = (await olga.get(f"{path}/versions")).json()
    assert versions[0]["by"] == desk.people["olga"].name
    assert versions[0]["created_at"] == desk.clock.now.isoformat().replace("+00:00", "Z")
    assert versions[0]["changes"] == [{"what": "holidays.2026-12-24", "before": None, "after": "Christmas Eve"}]
    policy = await Policy.get()
    history = (await olga.get(f"/api/admin/policies/{policy.id}/versions")).json()
    assert history[0]["changes"] == versions[0]["changes"]
    assert (await CaseClock.get(case_id=case.id, kind="resolution")).pinned == before


async def test_a_file_closes_its_days_and_can_be_taken_out_again(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = await add(olga)
    path = f"/api/admin/calendars/{made['id']}/feeds"
    wrong = await olga.post(path, json={"name": "Parties", "text": "<html>"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "text")
    neither = await olga.post(path, json={"name": "Parties"})
    assert (neither.status_code, neither.json()["field"]) == (422, "url")
    added = (await olga.post(path, json={"name": "Parties", "text": MIDSUMMER.format(day="20260618")})).json()
    assert (await year(olga, added))["2026-06-18"]["holiday"] == "Midsummer party"
    assert added["version"] == 2
    (feed,) = added["feeds"]
    assert (await olga.delete(f"/api/admin/calendars/feeds/{feed['id']}")).status_code == 204
    assert (await year(olga, added))["2026-06-18"]["open_seconds"] == 8 * 3600


async def test_a_feed_is_read_daily_and_keeps_what_it_knew_when_it_fails(database: str, tmp_path: Path) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        olga = await desk.browser("olga")
        made = await add(olga)
        server.answer = lambda _: (200, {}, MIDSUMMER.format(day="20260618").encode())
        path = f"/api/admin/calendars/{made['id']}/feeds"
        added = (await olga.post(path, json={"name": "Parties", "url": f"{server.url}/a.ics"})).json()
        assert (await year(olga, added))["2026-06-18"]["holiday"] == "Midsummer party"
        assert await read_due_feeds(desk.desk) == 0
        server.answer = lambda _: (200, {}, MIDSUMMER.format(day="20260619").encode())
        desk.clock.advance(days=1)
        assert await read_due_feeds(desk.desk) == 1
        assert (await year(olga, added))["2026-06-19"]["holiday"] == "Midsummer party"
        for answer, words in (((500, {}, b""), "status 500"), ((200, {}, b"<html>"), "not an iCalendar")):
            server.answer = lambda _, answer=answer: answer
            desk.clock.advance(days=1)
            assert await read_due_feeds(desk.desk) == 1
            feed = await CalendarFeed.get()
            assert words in feed.problem
            assert feed.check_at == desk.clock.now + timedelta(hours=1)
            assert (await year(olga, added))["2026-06-19"]["holiday"] == "Midsummer party"


async def test_a_feed_on_the_own_network_is_refused(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    made = await add(olga)
    async with web_server() as server:
        body = {"name": "Parties", "url": server.url}
        answer = await olga.post(f"/api/admin/calendars/{made['id']}/feeds", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "url")
        assert "public network" in answer.json()["detail"]
        assert server.asked == []
