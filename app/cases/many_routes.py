"""The HTTP door of what concerns more than one case: merging, linking, and one change of many."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from app.cases import bulk, merging, unmerging
from app.cases.actions import KEEP
from app.cases.details import case_detail, linked_cases
from app.cases.many_schemas import BulkAnswer, BulkPatch, BulkResult, LinkTo, MergeInto
from app.cases.schemas import CaseDetail, CaseRow
from app.database import Work
from app.people.authentication import ThePerson
from app.people.rights import Actor
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@post("/api/cases/{case_id:int}/merge", summary="Let a case go on in another one", tags=["Cases"], status_code=200)
async def merge_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[MergeInto]
) -> Response[CaseDetail]:
    """Answers the other case."""

    async def action(work: Work) -> CaseDetail:
        await merging.merge(work, by=Actor.of(staff), case_id=case_id, into_case_id=data.into_case_id)
        return await case_detail(data.into_case_id, reader_id=staff.user_id)

    return await write(request, desk, action)


@post("/api/cases/{case_id:int}/unmerge", summary="Take a merge back", tags=["Cases"], status_code=200)
async def unmerge_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[CaseDetail]:
    """The case goes on by itself; what came after the merge stays where it was written. Answers the case."""

    async def action(work: Work) -> CaseDetail:
        await unmerging.unmerge(work, by=Actor.of(staff), case_id=case_id)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, action)


@get("/api/cases/{case_id:int}/links", summary="Cases that this one has to do with", tags=["Cases"])
async def list_links(staff: ThePerson, case_id: FromPath[int]) -> list[CaseRow]:
    return await linked_cases(case_id, reader_id=staff.user_id)


@post("/api/cases/{case_id:int}/links", summary="Link two cases", tags=["Cases"], status_code=201)
async def link_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[LinkTo]
) -> Response[list[CaseRow]]:
    async def action(work: Work) -> list[CaseRow]:
        await merging.link(work, by=Actor.of(staff), case_id=case_id, other_id=data.case_id)
        return await linked_cases(case_id, reader_id=staff.user_id)

    return await write(request, desk, action, status=201)


@delete("/api/cases/{case_id:int}/links/{other_id:int}", summary="Take a link back", tags=["Cases"], status_code=204)
async def unlink_case(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    case_id: FromPath[int],
    other_id: FromPath[int],
) -> Response[None]:
    async def action(work: Work) -> None:
        await merging.unlink(work, by=Actor.of(staff), case_id=case_id, other_id=other_id)

    return await write(request, desk, action, status=204)


def _change(data: BulkPatch) -> bulk.Change:
    return bulk.Change(
        status=data.status,
        priority=data.priority,
        queue_id=data.queue_id,
        owner_id=KEEP if data.owner_id is UNSET else data.owner_id,
        add_tags=data.add_tags,
        remove_tags=data.remove_tags,
        spam=data.spam,
    )


@post("/api/cases/bulk/preview", summary="What one change of many cases would do", tags=["Cases"], status_code=200)
async def preview_bulk(desk: TheDesk, staff: ThePerson, data: JSONBody[BulkPatch]) -> BulkAnswer:
    by = Actor.of(staff)
    doing = bulk.changing(_change(data), by=by)
    outcomes = await bulk.look(desk.unit_of_work(), by=by, case_ids=data.case_ids, doing=doing)
    return BulkAnswer(results=[BulkResult.of(one) for one in outcomes])


@post("/api/cases/bulk", summary="Change many cases at once", tags=["Cases"], status_code=200)
async def change_many(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[BulkPatch]
) -> Response[BulkAnswer]:
    async def action(work: Work) -> BulkAnswer:
        bulk_id, outcomes = await bulk.apply(work, by=Actor.of(staff), case_ids=data.case_ids, change=_change(data))
        return BulkAnswer(id=bulk_id, results=[BulkResult.of(one) for one in outcomes])

    return await write(request, desk, action)


@post("/api/cases/bulk/{bulk_id:int}/undo", summary="Take a change of many cases back", tags=["Cases"], status_code=200)
async def undo_bulk(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, bulk_id: FromPath[int]
) -> Response[BulkAnswer]:
    async def action(work: Work) -> BulkAnswer:
        outcomes = await bulk.undo(work, by=Actor.of(staff), bulk_id=bulk_id)
        return BulkAnswer(results=[BulkResult.of(one) for one in outcomes])

    return await write(request, desk, action)


ROUTES = [merge_case, unmerge_case, list_links, link_case, unlink_case, preview_bulk, change_many, undo_bulk]
