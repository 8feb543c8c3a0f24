"""The clocks of a case, explained for all of staff."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from app.cases.queries import heads
from app.people.authentication import ThePerson
from app.people.rights import require
from app.service_levels import queries
from app.service_levels.schemas.clocks import ClockExplained
from app.web.handed_in import TheDesk


@get("/api/cases/{case_id:int}/clocks", summary="Why each clock is due when it is", tags=["Cases"])
async def explain_clocks(desk: TheDesk, staff: ThePerson, case_id: FromPath[int]) -> list[ClockExplained]:
    require(staff.staff)
    await heads(case_id)
    now = desk.now()
    found = await queries.explanations(case_id, now)
    return [ClockExplained.of(explanation, version, now) for explanation, version in found]


ROUTES = [explain_clocks]
