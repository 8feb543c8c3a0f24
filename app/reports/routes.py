"""The HTTP door of reports, for team leads and administrators."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from app.errors import Invalid
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.reports import queries
from app.reports.exporting import as_csv, as_workbook
from app.reports.facts import NONE, Narrowed
from app.reports.periods import Period, period
from app.reports.schemas import By, Cell, Report, ReportCases, Wallboard
from app.reports.wallboard import wallboard
from app.web.handed_in import TheDesk
from app.web.paging import PAGE_SIZE, decode_cursor, encode_cursor, unless_unchanged

Zone = Annotated[str, Meta(max_length=64)]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def _report(chosen: Period, by: By, narrowed: Narrowed) -> Report:
    (total,) = await queries.figures(chosen, by=None, narrowed=narrowed)
    (before,) = await queries.figures(chosen.before, by=None, narrowed=narrowed)
    steps: By = "day" if len(chosen.steps()) == chosen.days else "week"
    return Report(
        first=chosen.first.isoformat(),
        last=chosen.last.isoformat(),
        by=by,
        rows=await queries.figures(chosen, by=by, narrowed=narrowed),
        total=total,
        before=before,
        curve=await queries.figures(chosen, by=steps, narrowed=narrowed),
    )


@get("/api/reports", summary="What came in, was done, promised and kept", tags=["Reports"])
async def show_report(
    request: Request[Any, Any, Any],
    staff: ThePerson,
    first: FromQuery[date],
    last: FromQuery[date],
    by: FromQuery[By] = "queue",
    zone: FromQuery[Zone] = "UTC",
    queue_id: FromQuery[int | None] = None,
    owner_id: FromQuery[int | None] = None,
    account_id: FromQuery[int | None] = None,
) -> Response[Report]:
    require(may_administer(staff, "reports"))
    narrowed = Narrowed(queue_id=queue_id, owner_id=owner_id, account_id=account_id)
    return unless_unchanged(request, await _report(period(first, last, zone), by, narrowed))


@get("/api/reports/file", summary="The same as a file", tags=["Reports"], media_type="application/octet-stream")
async def download_report(
    staff: ThePerson,
    first: FromQuery[date],
    last: FromQuery[date],
    form: Annotated[Literal["csv", "xlsx"], QueryParameter(name="format")] = "csv",
    by: FromQuery[By] = "queue",
    zone: FromQuery[Zone] = "UTC",
    queue_id: FromQuery[int | None] = None,
    owner_id: FromQuery[int | None] = None,
    account_id: FromQuery[int | None] = None,
) -> Response[bytes]:
    require(may_administer(staff, "reports"))
    chosen = period(first, last, zone)
    narrowed = Narrowed(queue_id=queue_id, owner_id=owner_id, account_id=account_id)
    lines = await queries.figures(chosen, by=by, narrowed=narrowed)
    name = f"casefeed-{by}-{chosen.first}-{chosen.last}"
    content = as_csv(lines) if form == "csv" else as_workbook(lines, f"{name} ({zone})")
    return Response(
        content,
        media_type="text/csv; charset=utf-8" if form == "csv" else WORKBOOK,
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"},
    )


@get("/api/reports/cases", summary="The cases behind a number of a report", tags=["Reports"])
async def list_cases_behind(
    staff: ThePerson,
    cell: FromQuery[Cell],
    first: FromQuery[date],
    last: FromQuery[date],
    by: FromQuery[By] = "queue",
    key: FromQuery[Annotated[str, Meta(max_length=20)] | None] = None,
    zone: FromQuery[Zone] = "UTC",
    queue_id: FromQuery[int | None] = None,
    owner_id: FromQuery[int | None] = None,
    account_id: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> ReportCases:
    """`key` is that of the row; without it the number is one of the whole period."""
    require(may_administer(staff, "reports"))
    chosen, wanted, without = period(first, last, zone), [queue_id, owner_id, account_id], list[By]()
    if key is not None and by in ("day", "week"):
        chosen = _piece(chosen, by, key)
    elif key == NONE:
        without = [by]
    elif key is not None:
        if not key.isascii() or not key.isdigit():
            raise Invalid("There is no such row.", field="key")
        wanted[("queue", "owner", "account").index(by)] = int(key)
    rows = await queries.cases_behind(
        cell,
        chosen,
        narrowed=Narrowed(queue_id=wanted[0], owner_id=wanted[1], account_id=wanted[2]),
        without=without,
        reader_id=staff.user_id,
        before=decode_cursor(cursor, int)[0] if cursor else None,
        limit=PAGE_SIZE + 1,
        standing=None if key is not None and by == "owner" else chosen.whole.until,
    )
    following = encode_cursor(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else None
    return ReportCases(items=rows[:PAGE_SIZE], next_cursor=following)


def _piece(chosen: Period, by: By, key: str) -> Period:
    """The day or week of the period that begins on `key`."""
    names = [span.name for span in (chosen.by_day() if by == "day" else chosen.by_week())]
    if key not in names:
        raise Invalid("There is no such row.", field="key")
    at = names.index(key)
    last = date.fromisoformat(names[at + 1]) if at + 1 < len(names) else None
    end = chosen.last if last is None else date.fromordinal(last.toordinal() - 1)
    return Period(date.fromisoformat(key), end, chosen.zone)


@get("/api/wallboard", summary="Queues as they stand, who is on, and the day so far", tags=["Reports"])
async def show_wallboard(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, zone: FromQuery[Zone] = "UTC"
) -> Response[Wallboard]:
    require(staff.staff)
    return unless_unchanged(request, await wallboard(desk.now(), zone))


ROUTES = (show_report, download_report, list_cases_behind, show_wallboard)
