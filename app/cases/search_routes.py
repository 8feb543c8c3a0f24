"""Finding cases over HTTP: by number, by words of all that was written, by contact, company and owner."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from app.cases import queries, search
from app.cases.models import Case
from app.cases.schemas import CasePage, CaseRow
from app.cases.visibility import Sight
from app.errors import Invalid
from app.people.authentication import ThePerson
from app.people.rights import Person
from app.web.paging import MAX_PAGE_SIZE, PAGE_SIZE, decode_cursor, encode_cursor

State = Literal["active", "waiting", "snoozed", "done", "all"]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


@get("/api/cases", summary="Search cases by number, subject, names and what was written", tags=["Cases"])
async def search_cases(
    staff: ThePerson,
    q: FromQuery[Annotated[str, Meta(max_length=400)]] = "",
    contact_id: FromQuery[int | None] = None,
    account_id: FromQuery[int | None] = None,
    owner: FromQuery[str | None] = None,
    shown: Annotated[State, QueryParameter(name="state")] = "all",
    cursor: FromQuery[str | None] = None,
    limit: Limit = PAGE_SIZE,
) -> CasePage:
    chosen = queries.Filter()
    if shown != "all":
        chosen.among("c.shelf", queries.SHELVES[shown])
        chosen.among("c.category", queries.STATES[shown])
    if contact_id is not None:
        chosen.add(f"c.contact_id = {chosen.value(contact_id)}")
    if account_id is not None:
        chosen.add(f"c.account_id = {chosen.value(account_id)}")
    if owner == "none":
        chosen.add("c.owner_id IS NULL")
    elif owner is not None:
        chosen.add(f"c.owner_id = {chosen.value(_owner_id(owner, staff))}")
    before = decode_cursor(cursor, int)[0] if cursor else None
    if not q.strip():
        rows, following = await queries.search_page(chosen, reader_id=staff.user_id, before=before, limit=limit)
        return CasePage(rows, encode_cursor(*following) if following else None)
    first = await _numbered(q, staff) if before is None else []
    ids, more = await search.found_cases(q, chosen, seen_by=Sight.STAFF, before=before, limit=limit)
    number = queries.number_in(q)
    rows = await queries.rows_of(ids, reader_id=staff.user_id)
    found = {row.id: row for row in rows if number is None or row.number_int != number}
    items = [*first, *(found[case_id] for case_id in ids if case_id in found)]
    return CasePage(items, encode_cursor(more) if more else None)


async def _numbered(words: str, staff: Person) -> list[CaseRow]:
    """The case whose number was typed: it comes first, whatever else mentions that number."""
    number = queries.number_in(words)
    case = await Case.get_or_none(number=number) if number else None
    return await queries.rows_of([case.id], reader_id=staff.user_id) if case else []


def _owner_id(owner: str, staff: Person) -> int:
    if owner == "me":
        return staff.user_id or 0
    if not owner.isascii() or not owner.isdigit():
        raise Invalid("The owner is me, none or the id of a user.", field="owner")
    return int(owner)


ROUTES = [search_cases]
