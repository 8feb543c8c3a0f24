"""Policies for those who may administer them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.people.authentication import ThePerson
from app.people.rights import Actor, may_administer, require
from app.service_levels import actions, queries
from app.service_levels.models import Policy
from app.service_levels.schemas.policies import ChangePolicy, NewPolicy, PolicyOut, VersionOut
from app.web.handed_in import TheDesk
from app.web.idempotency import write

TAGS = ["Administration"]


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
            by=Actor.of(staff),
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
            by=Actor.of(staff),
        )
        return PolicyOut.of(row)

    return await write(request, desk, change)


@get("/api/admin/policies/{policy_id:int}/versions", summary="Who changed a policy, when and what", tags=TAGS)
async def policy_versions(staff: ThePerson, policy_id: FromPath[int]) -> list[VersionOut]:
    """The latest first; a changed calendar is another version too."""
    require(may_administer(staff, "service_levels"))
    return [VersionOut(**one) for one in await queries.policy_versions(policy_id)]


ROUTES = [list_policies, add_policy, change_policy, policy_versions]
