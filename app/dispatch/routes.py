"""The HTTP door of dispatch: the next case, its lease, putting off, sending back, and who is on duty."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from app.cases import work as casework
from app.cases.details import case_detail
from app.cases.schemas import CaseDetail
from app.database import Work
from app.dispatch import actions
from app.dispatch.models import AgentState
from app.dispatch.rules import PRESENT
from app.dispatch.schemas import AgentView, ChangeAgent, ChangeDuty, LeaseView, NextCase, SendBack, Snooze
from app.errors import NotFound
from app.people.authentication import ThePerson
from app.people.models import User
from app.people.rights import STAFF_ROLES, Actor, may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@post("/api/next-case", summary="Pull the next case: it is yours, and kept for you", tags=["Dispatch"])
async def next_case(request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson) -> Response[NextCase]:
    async def pull(work: Work) -> NextCase:
        pulled = await actions.take_next(work, staff)
        if pulled is None:
            return NextCase(case=None)
        detail = await case_detail(pulled.case_id, reader_id=staff.user_id)
        return NextCase(case=detail, until=pulled.until, again=pulled.again, why=pulled.why)

    return await write(request, desk, pull)


@get("/api/cases/{case_id:int}/lease", summary="Until when a pulled case is kept for you", tags=["Dispatch"])
async def show_lease(desk: TheDesk, staff: ThePerson, case_id: FromPath[int]) -> LeaseView:
    until, why = await actions.lease_of(case_id, staff.user_id or 0, desk.now())
    return LeaseView(until=until, why=why)


@put("/api/cases/{case_id:int}/lease", summary="Keep a pulled case: a sign of life", tags=["Dispatch"])
async def keep_lease(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[LeaseView]:
    async def keep(work: Work) -> LeaseView:
        return LeaseView(until=await actions.keep_lease(work, staff, case_id))

    return await write(request, desk, keep)


@post("/api/cases/{case_id:int}/send-back", status_code=200, summary="Back to the queue", tags=["Dispatch"])
async def send_back(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[SendBack]
) -> Response[CaseDetail]:
    async def back(work: Work) -> CaseDetail:
        await actions.send_back(work, staff, case_id, reason=data.reason, queue_id=data.queue_id)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, back)


@put("/api/cases/{case_id:int}/snooze", summary="Put off until a moment", tags=["Dispatch"])
async def snooze(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[Snooze]
) -> Response[CaseDetail]:
    async def put_off(work: Work) -> CaseDetail:
        await casework.snooze(work, by=Actor.of(staff), case_id=case_id, until=data.until, reason=data.reason)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, put_off)


@delete("/api/cases/{case_id:int}/snooze", status_code=200, summary="Bring back now", tags=["Dispatch"])
async def wake(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[CaseDetail]:
    async def bring_back(work: Work) -> CaseDetail:
        await casework.wake(work, by=Actor.of(staff), case_id=case_id, because="person")
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, bring_back)


@get("/api/agents", summary="Who works how, and who is on duty and present", tags=["Dispatch"])
async def list_agents(desk: TheDesk, staff: ThePerson) -> list[AgentView]:
    users = await User.filter(active=True, role__in=STAFF_ROLES).order_by("name", "id")
    states = {row.user_id: row for row in await AgentState.filter(user_id__in=[user.id for user in users])}
    fresh = {user.id: states.get(user.id) or AgentState(user_id=user.id, languages=[], skills=[]) for user in users}
    return [_view(desk, row) for row in fresh.values()]


@put("/api/agents/me/duty", summary="Go on or off duty", tags=["Dispatch"])
async def change_duty(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[ChangeDuty]
) -> Response[AgentView]:
    async def change(work: Work) -> AgentView:
        return _view(desk, await actions.change_state(work, staff.user_id or 0, on_duty=data.on_duty))

    return await write(request, desk, change)


@patch("/api/agents/{user_id:int}", summary="Change how an agent works", tags=["Dispatch"])
async def change_agent(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    user_id: FromPath[int],
    data: JSONBody[ChangeAgent],
) -> Response[AgentView]:
    require(may_administer(staff, "queues"))

    async def change(work: Work) -> AgentView:
        if not await User.exists(id=user_id, active=True, role__in=STAFF_ROLES):
            raise NotFound("There is no such agent.")
        names = ("on_duty", "languages", "skills", "capacity")
        given = {name: value for name in names if (value := getattr(data, name)) is not UNSET}
        return _view(desk, await actions.change_state(work, user_id, **given))

    return await write(request, desk, change)


def _view(desk: TheDesk, row: AgentState) -> AgentView:
    return AgentView.of(row, present=row.present_at is not None and desk.now() - row.present_at <= PRESENT)


ROUTES = (
    next_case,
    show_lease,
    keep_lease,
    send_back,
    snooze,
    wake,
    list_agents,
    change_duty,
    change_agent,
)
