"""Re-evaluating open cases and the log of webhooks, for those who may administer service levels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from app.bridges.reevaluation import Candidate, candidates, reevaluate
from app.bridges.webhooks import WebhookWanted, signing_secret
from app.cases.models import Case
from app.cases.rules import display_number
from app.database import Work
from app.errors import Conflict, NotFound
from app.people.authentication import ThePerson
from app.people.rights import Actor, may_administer, require
from app.people.schemas.common import Input
from app.service_levels.models import WebhookDelivery
from app.web.handed_in import TheDesk
from app.web.idempotency import write

TAGS = ["Administration"]
PAGE = 100


class Candidates(Struct, frozen=True, kw_only=True):
    """Cases whose promises would change; `next_after` leads to more."""

    items: list[Candidate]
    next_after: int | None


class Reviewed(Input):
    """A case that somebody has looked at, in the state that they saw."""

    case_id: int
    head: int


class Reevaluation(Input):
    cases: Annotated[list[Reviewed], Meta(min_length=1, max_length=PAGE)]


class Reevaluated(Struct, frozen=True, kw_only=True):
    """Ids of cases that are under today's policies now, and of those that had changed since they were looked at."""

    done: list[int]
    left: list[int]


class Delivery(Struct, frozen=True, kw_only=True):
    id: int
    case_id: int
    number: str
    url: str
    state: str
    attempts: int
    due_at: datetime | None
    last_status: int | None
    last_response: str
    created_at: datetime
    finished_at: datetime | None


class WebhookLog(Struct, frozen=True, kw_only=True):
    """`secret` is what receivers check the header Casefeed-Signature with."""

    secret: str
    items: list[Delivery]


@get("/api/admin/reevaluation", summary="Open cases that today's policies would promise something else", tags=TAGS)
async def list_candidates(desk: TheDesk, staff: ThePerson, after: FromQuery[int] = 0) -> Candidates:
    """Nothing is changed by looking."""
    require(may_administer(staff, "service_levels"))
    items, following = await candidates(desk.now(), after, PAGE)
    return Candidates(items=items, next_after=following)


@post("/api/admin/reevaluation", status_code=200, summary="Put reviewed cases under today's policies", tags=TAGS)
async def reevaluate_cases(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[Reevaluation]
) -> Response[Reevaluated]:
    """A case that has changed since it was looked at is left as it is."""
    require(may_administer(staff, "service_levels"))

    async def change(work: Work) -> Reevaluated:
        done: list[int] = []
        left: list[int] = []
        # In one order, so that two of these never wait for each other in a circle.
        for one in sorted(data.cases, key=lambda reviewed: reviewed.case_id):
            changed = await reevaluate(work, by=Actor.of(staff), case_id=one.case_id, head=one.head)
            (done if changed else left).append(one.case_id)
        return Reevaluated(done=done, left=left)

    return await write(request, desk, change)


@get("/api/admin/webhooks", summary="Calls of webhooks, and the secret that they are signed with", tags=TAGS)
async def list_deliveries(desk: TheDesk, staff: ThePerson) -> WebhookLog:
    """The latest hundred."""
    require(may_administer(staff, "service_levels"))
    rows = await WebhookDelivery.all().order_by("-id").limit(PAGE)
    numbers = {one.id: one.number for one in await Case.filter(id__in=[row.case_id for row in rows])}
    return WebhookLog(
        secret=signing_secret(desk),
        items=[
            Delivery(
                id=row.id,
                case_id=row.case_id,
                number=display_number(numbers.get(row.case_id) or 0),
                url=row.url,
                state=row.state,
                attempts=row.attempts,
                due_at=row.due_at,
                last_status=row.last_status,
                last_response=row.last_response,
                created_at=row.created_at,
                finished_at=row.finished_at,
            )
            for row in rows
        ],
    )


@post("/api/admin/webhooks/{delivery_id:int}/retry", status_code=204, summary="Call once more", tags=TAGS)
async def retry_delivery(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, delivery_id: FromPath[int]
) -> Response[None]:
    require(may_administer(staff, "service_levels"))

    async def retry(work: Work) -> None:
        row = await WebhookDelivery.get_or_none(id=delivery_id)
        if row is None:
            raise NotFound("There is no such call.")
        changed = await WebhookDelivery.filter(id=row.id, state="failed").update(
            state="waiting", attempts=0, due_at=work.now, finished_at=None
        )
        if not changed:
            raise Conflict("Only a call that has failed can be made again.")
        work.record(WebhookWanted())

    return await write(request, desk, retry, status=204)


ROUTES = [list_candidates, reevaluate_cases, list_deliveries, retry_delivery]
