"""The HTTP door of views."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET

from app.cases.conditions import Look, case_condition
from app.cases.schemas import CasePage
from app.database import Work
from app.people.authentication import ThePerson
from app.views import actions, queries
from app.views.schemas import ChangeView, NewView, PreviewAsked, PreviewCount, ViewOut
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import MAX_PAGE_SIZE, PAGE_SIZE, decode_cursor, encode_cursor, unless_unchanged


@get("/api/views", summary="My views and the shared ones, with their counts", tags=["Views"])
async def list_views(request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson) -> Response[list[ViewOut]]:
    rows = await queries.views_of(staff.user_id)
    counted = await queries.counts(rows, Look(now=desk.now(), user_id=staff.user_id))
    views = [ViewOut.of(row, user_id=staff.user_id, count=counted[row.id]) for row in rows]
    return unless_unchanged(request, views)


@post("/api/views", status_code=201, summary="Save a view", tags=["Views"])
async def add_view(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewView]
) -> Response[ViewOut]:
    async def add(work: Work) -> ViewOut:
        row = await actions.create_view(
            work, staff, name=data.name, condition=data.condition, shared=data.shared, sort=data.sort
        )
        return ViewOut.of(row, user_id=staff.user_id, count=await _count(desk, staff, row.condition))

    return await write(request, desk, add, status=201)


@patch("/api/views/{view_id:int}", summary="Change a view", tags=["Views"])
async def change_view(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, view_id: FromPath[int], data: JSONBody[ChangeView]
) -> Response[ViewOut]:
    async def change(work: Work) -> ViewOut:
        names = ("name", "condition", "shared", "sort")
        given = {name: value for name in names if (value := getattr(data, name)) is not UNSET}
        row = await actions.change_view(work, staff, view_id, **given)
        return ViewOut.of(row, user_id=staff.user_id, count=await _count(desk, staff, row.condition))

    return await write(request, desk, change)


@delete("/api/views/{view_id:int}", status_code=204, summary="Delete a view", tags=["Views"])
async def delete_view(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, view_id: FromPath[int]
) -> Response[None]:
    async def remove(work: Work) -> None:
        await actions.delete_view(work, staff, view_id)

    return await write(request, desk, remove, status=204)


@post("/api/views/preview", status_code=200, summary="How many cases a condition finds", tags=["Views"])
async def preview(desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewAsked]) -> PreviewCount:
    return PreviewCount(await _count(desk, staff, data.condition))


@get("/api/views/{view_id:int}/cases", summary="Cases of a view in the order of work", tags=["Views"])
async def list_view_cases(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    view_id: FromPath[int],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)] = PAGE_SIZE,
) -> Response[CasePage]:
    row = await actions.find_view(staff, view_id)
    after = decode_cursor(cursor, int, int) if cursor else None
    look = Look(now=desk.now(), user_id=staff.user_id)
    rows, following = await queries.view_page(case_condition(row.condition), look, after=after, limit=limit)
    return unless_unchanged(request, CasePage(rows, encode_cursor(*following) if following else None))


async def _count(desk: TheDesk, staff: ThePerson, condition: dict[str, Any]) -> int:
    return await queries.count(case_condition(condition), Look(now=desk.now(), user_id=staff.user_id))


ROUTES = (list_views, add_view, change_view, delete_view, preview, list_view_cases)
