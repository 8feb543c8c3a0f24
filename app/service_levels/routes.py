"""Calendars and policies for those who may administer them, and the clocks of a case for all of staff."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from app.cases.queries import heads
from app.database import Work
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.service_levels import actions, queries
from app.service_levels.models import Calendar, Policy
from app.service_levels.schemas import (
    CalendarOut,
    ChangeCalendar,
    ChangePolicy,
    ClockExplained,
    NewCalendar,
    NewPolicy,
    PolicyOut,
    Preview,
    PreviewDay,
    PreviewWanted,
)
from app.web.handed_in import TheDesk
from app.web.idempotency import write

TAGS = ["Administration"]


@get("/api/admin/calendars", summary="All calendars", tags=TAGS)
async def list_calendars(staff: ThePerson) -> list[CalendarOut]:
    require(may_administer(staff, "service_levels"))
    return [CalendarOut.of(row) for row in await Calendar.all().order_by("id")]


@post("/api/admin/calendars", status_code=201, summary="Add a calendar", tags=TAGS)
async def add_calendar(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewCalendar]
) -> Response[CalendarOut]:
    require(may_administer(staff, "service_levels"))

    async def add(work: Work) -> CalendarOut:
        return CalendarOut.of(await actions.create_calendar(work, name=data.name, definition=data.definition))

    return await write(request, desk, add, status=201)


@patch("/api/admin/calendars/{calendar_id:int}", summary="Change a calendar", tags=TAGS)
async def change_calendar(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    calendar_id: FromPath[int],
    data: JSONBody[ChangeCalendar],
) -> Response[CalendarOut]:
    """Promises that are made already go on by the hours that they were made by."""
    require(may_administer(staff, "service_levels"))

    async def change(work: Work) -> CalendarOut:
        row = await actions.change_calendar(work, calendar_id=calendar_id, name=data.name, definition=data.definition)
        return CalendarOut.of(row)

    return await write(request, desk, change)


@post("/api/admin/calendars/preview", status_code=200, summary="The next days of a calendar", tags=TAGS)
async def preview_calendar(desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewWanted]) -> Preview:
    """Today and the days after it, closed ones included, in the calendar's own zone."""
    require(may_administer(staff, "service_levels"))
    days = queries.coming_days(actions.hours_of(data.definition), desk.now(), data.days)
    return Preview(days=[PreviewDay(date=day, periods=periods, holiday=name) for day, periods, name in days])


@get("/api/admin/policies", summary="All policies, in the order in which they are tried", tags=TAGS)
async def list_policies(staff: ThePerson) -> list[PolicyOut]:
    require(may_administer(staff, "service_levels"))
    return [PolicyOut.of(row) for row in await Policy.all().order_by("sort", "id")]


@post("/api/admin/policies", status_code=201, summary="Add a policy", tags=TAGS)
async def add_policy(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewPolicy]
) -> Response[PolicyOut]:
    require(may_administer(staff, "service_levels"))

    async def add(work: Work) -> PolicyOut:
        row = await actions.create_policy(
            work,
            name=data.name,
            calendar_id=data.calendar_id,
            definition=data.definition,
            sort=data.sort,
            active=data.active,
        )
        return PolicyOut.of(row)

    return await write(request, desk, add, status=201)


@patch("/api/admin/policies/{policy_id:int}", summary="Change a policy", tags=TAGS)
async def change_policy(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    policy_id: FromPath[int],
    data: JSONBody[ChangePolicy],
) -> Response[PolicyOut]:
    """Cases that are open keep the version that they were promised."""
    require(may_administer(staff, "service_levels"))

    async def change(work: Work) -> PolicyOut:
        row = await actions.change_policy(
            work,
            policy_id=policy_id,
            name=data.name,
            calendar_id=data.calendar_id,
            definition=data.definition,
            sort=data.sort,
            active=data.active,
        )
        return PolicyOut.of(row)

    return await write(request, desk, change)


@get("/api/cases/{case_id:int}/clocks", summary="Why each clock is due when it is", tags=["Cases"])
async def explain_clocks(desk: TheDesk, staff: ThePerson, case_id: FromPath[int]) -> list[ClockExplained]:
    require(staff.staff)
    await heads(case_id)
    now = desk.now()
    found = await queries.explanations(case_id, now)
    return [ClockExplained.of(explanation, version, now) for explanation, version in found]


ROUTES = [
    list_calendars,
    add_calendar,
    change_calendar,
    preview_calendar,
    list_policies,
    add_policy,
    change_policy,
    explain_clocks,
]
