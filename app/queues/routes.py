"""Queues, for those who may administer them; the counters that agents see belong to the cases."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.queues import actions
from app.queues.models import Queue
from app.queues.schemas import ChangeQueue, NewQueue, QueueOut
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/admin/queues", summary="All queues", tags=["Administration"])
async def list_queues(staff: ThePerson) -> list[QueueOut]:
    require(may_administer(staff, "queues"))
    return [QueueOut.of(queue) for queue in await Queue.all().order_by("archived", "sort", "name")]


@post("/api/admin/queues", status_code=201, summary="Add a queue", tags=["Administration"])
async def add_queue(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewQueue]
) -> Response[QueueOut]:
    require(may_administer(staff, "queues"))

    async def add(work: Work) -> QueueOut:
        queue = await actions.create_queue(
            work,
            name=data.name,
            team_id=data.team_id,
            escalation_queue_id=data.escalation_queue_id,
            purpose=data.purpose,
            sort=data.sort,
            working=data.given(),
        )
        return QueueOut.of(queue)

    return await write(request, desk, add, status=201)


@patch("/api/admin/queues/{queue_id:int}", summary="Change a queue", tags=["Administration"])
async def change_queue(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    queue_id: FromPath[int],
    data: JSONBody[ChangeQueue],
) -> Response[QueueOut]:
    require(may_administer(staff, "queues"))

    async def change(work: Work) -> QueueOut:
        queue = await actions.change_queue(
            work,
            queue_id=queue_id,
            name=data.name,
            team_id=data.team_id,
            escalation_queue_id=data.escalation_queue_id,
            purpose=data.purpose,
            sort=data.sort,
            archived=data.archived,
            working=data.given(),
        )
        return QueueOut.of(queue)

    return await write(request, desk, change)


ROUTES = (list_queues, add_queue, change_queue)
