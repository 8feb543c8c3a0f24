"""The HTTP door of macros: writing them, and using them on one case or on many."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from app.cases import bulk
from app.cases.conditions import Look, case_condition
from app.cases.details import case_detail, name_newer
from app.cases.many_schemas import BulkAnswer, BulkResult
from app.cases.queries import case_by_id, case_by_number
from app.database import Work
from app.desk import Desk
from app.errors import StaleReply
from app.macros import actions, queries
from app.macros.running import Use
from app.macros.schemas import (
    ChangeMacro,
    MacroOut,
    NewMacro,
    TriedMacro,
    TryMacro,
    UsedMacro,
    UseMacro,
    UseOnMany,
    given,
)
from app.people.authentication import ThePerson
from app.people.rights import Actor, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import unless_unchanged

TAGS = ["Macros"]


@get("/api/macros", summary="Macros that you may use or change", tags=TAGS)
async def list_macros(request: Request[Any, Any, Any], staff: ThePerson) -> Response[list[MacroOut]]:
    return unless_unchanged(request, [_out(row, staff) for row in await queries.macros(staff)])


@post("/api/macros", status_code=201, summary="Keep a macro", tags=TAGS)
async def add_macro(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewMacro]
) -> Response[MacroOut]:
    async def add(work: Work) -> MacroOut:
        return _out(await actions.create_macro(work, staff, **given(data)), staff)

    return await write(request, desk, add, status=201)


@patch("/api/macros/{macro_id:int}", summary="Change a macro", tags=TAGS)
async def change_macro(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    macro_id: FromPath[int],
    data: JSONBody[ChangeMacro],
) -> Response[MacroOut]:
    async def change(work: Work) -> MacroOut:
        return _out(await actions.change_macro(work, staff, macro_id, **given(data)), staff)

    return await write(request, desk, change)


@delete("/api/macros/{macro_id:int}", status_code=204, summary="Delete a macro", tags=TAGS)
async def delete_macro(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, macro_id: FromPath[int]
) -> Response[None]:
    async def remove(work: Work) -> None:
        await actions.delete_macro(work, staff, macro_id)

    return await write(request, desk, remove, status=204)


@get("/api/cases/{case_id:int}/macros", summary="Macros that are offered on a case", tags=TAGS)
async def offer_macros(desk: TheDesk, staff: ThePerson, case_id: FromPath[int]) -> list[MacroOut]:
    case, look = await case_by_id(case_id), Look(now=desk.now(), user_id=staff.user_id)
    return [MacroOut.of(row, staff, usable=True) for row in await queries.macros_for(staff, case, look)]


@post("/api/cases/{case_id:int}/macros/{macro_id:int}", status_code=200, summary="Use a macro on a case", tags=TAGS)
async def use_macro(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    case_id: FromPath[int],
    macro_id: FromPath[int],
    data: JSONBody[UseMacro],
) -> Response[UsedMacro]:
    """All of its actions happen, or none."""

    async def use(work: Work) -> UsedMacro:
        doing = await _use(desk, staff, macro_id, {case_id: data.seen})
        bulk_id, _ = await bulk.do_to_one(work, by=Actor.of(staff), case_id=case_id, doing=doing)
        return UsedMacro(case=await case_detail(case_id, reader_id=staff.user_id), id=bulk_id)

    try:
        return await write(request, desk, use)
    except StaleReply as stale:
        await name_newer(stale, case_id, seen=data.seen)
        raise


@post("/api/macros/{macro_id:int}/uses", status_code=200, summary="Use a macro on many cases", tags=TAGS)
async def use_on_many(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, macro_id: FromPath[int], data: JSONBody[UseOnMany]
) -> Response[BulkAnswer]:
    """On each case all of its actions happen, or none; a case that refuses does not stop the others."""

    async def use(work: Work) -> BulkAnswer:
        doing = await _use(desk, staff, macro_id, data.seen)
        bulk_id, outcomes = await bulk.do_to_each(work, by=Actor.of(staff), case_ids=data.case_ids, doing=doing)
        return BulkAnswer(id=bulk_id, results=[BulkResult.of(one) for one in outcomes])

    return await write(request, desk, use)


@post("/api/macros/{macro_id:int}/preview", status_code=200, summary="What a macro would do to cases", tags=TAGS)
async def preview_on_many(
    desk: TheDesk, staff: ThePerson, macro_id: FromPath[int], data: JSONBody[UseOnMany]
) -> BulkAnswer:
    doing = await _use(desk, staff, macro_id, data.seen)
    outcomes = await bulk.look(desk.unit_of_work(), by=Actor.of(staff), case_ids=data.case_ids, doing=doing)
    return BulkAnswer(results=[BulkResult.of(one) for one in outcomes])


@post("/api/macros/preview", status_code=200, summary="What a macro being written would do", tags=TAGS)
async def try_macro(desk: TheDesk, staff: ThePerson, data: JSONBody[TryMacro]) -> TriedMacro:
    await actions.check_actions(data.actions)
    condition = case_condition(data.condition).to_json()
    case, look = await case_by_number(data.case_number), Look(now=desk.now(), user_id=staff.user_id)
    doing = Use(desk=desk, person=staff, steps=data.actions)
    (outcome,) = await bulk.look(desk.unit_of_work(), by=Actor.of(staff), case_ids=[case.id], doing=doing)
    return TriedMacro(
        offered=await queries.is_offered(condition, data.queue_id, case, look), result=BulkResult.of(outcome)
    )


async def _use(desk: Desk, staff: ThePerson, macro_id: int, seen: dict[int, int]) -> Use:
    macro = await queries.find_macro(staff, macro_id)
    require(queries.usable(macro, staff), "This macro is for another team.")
    return Use.of(desk, staff, macro, seen=seen)


def _out(row: Any, staff: ThePerson) -> MacroOut:
    return MacroOut.of(row, staff, usable=queries.usable(row, staff))


ROUTES = (
    list_macros,
    add_macro,
    change_macro,
    delete_macro,
    offer_macros,
    use_macro,
    use_on_many,
    preview_on_many,
    try_macro,
)
