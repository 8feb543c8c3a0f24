"""Users and teams, for those who may administer them."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UnsetType

from app.database import Work
from app.errors import Conflict
from app.people import queries
from app.people.actions import teams, users
from app.people.authentication import ThePerson
from app.people.link_mail import mail_link
from app.people.models import Team, TeamMember, User
from app.people.rights import PORTAL_ROLES, STAFF_ROLES, Area, Person, may_administer, require
from app.people.schemas.administration import AdminUser, ChangeTeam, ChangeUser, NewTeam, NewUser, TeamOut
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/admin/users", summary="All users", tags=["Administration"])
async def list_users(staff: ThePerson, kind: FromQuery[Literal["staff", "portal"]] = "staff") -> list[AdminUser]:
    _administers(staff, "users")
    rows = await User.filter(role__in=STAFF_ROLES if kind == "staff" else PORTAL_ROLES).order_by("name", "id")
    held = await queries.teams_of_users([row.id for row in rows])
    return [AdminUser.of(row, held[row.id]) for row in rows]


@post("/api/admin/users", status_code=201, summary="Add and invite one of the staff", tags=["Administration"])
async def add_user(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewUser]
) -> Response[AdminUser]:
    _administers(staff, "users")

    async def add(work: Work) -> AdminUser:
        user = await users.create_staff_user(
            work,
            email=data.email,
            name=data.name,
            role=data.role,
            language=data.language or desk.settings.default_language,
            teams=data.teams,
        )
        await mail_link(work, desk, purpose="invite", user=user)
        return await _user_out(user)

    return await write(request, desk, add, status=201)


@patch("/api/admin/users/{user_id:int}", summary="Change a user", tags=["Administration"])
async def change_user(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    user_id: FromPath[int],
    data: JSONBody[ChangeUser],
) -> Response[AdminUser]:
    _administers(staff, "users")

    async def change(work: Work) -> AdminUser:
        user = await users.change_user(
            work,
            user_id=user_id,
            name=_given(data.name),
            role=_given(data.role),
            teams=_given(data.teams),
            active=_given(data.active),
            granted=_given(data.granted),
            language=_given(data.language),
        )
        return await _user_out(user)

    return await write(request, desk, change)


@post("/api/admin/users/{user_id:int}/invitation", status_code=202, summary="Invite again", tags=["Administration"])
async def invite_again(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, user_id: FromPath[int]
) -> Response[None]:
    _administers(staff, "users")

    async def invite(work: Work) -> None:
        user = await users.find_user(user_id)
        if not user.active or user.password_hash is not None:
            raise Conflict("This user is deactivated or has a password already; a password reset is what helps then.")
        await mail_link(work, desk, purpose="invite", user=user)

    return await write(request, desk, invite, status=202)


@get("/api/admin/teams", summary="All teams", tags=["Administration"])
async def list_teams(staff: ThePerson) -> list[TeamOut]:
    _administers(staff, "teams")
    return [await _team_out(team) for team in await Team.all().order_by("name")]


@post("/api/admin/teams", status_code=201, summary="Add a team", tags=["Administration"])
async def add_team(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewTeam]
) -> Response[TeamOut]:
    _administers(staff, "teams")

    async def add(work: Work) -> TeamOut:
        return await _team_out(await teams.create_team(work, name=data.name, members=data.members))

    return await write(request, desk, add, status=201)


@patch("/api/admin/teams/{team_id:int}", summary="Change a team", tags=["Administration"])
async def change_team(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    team_id: FromPath[int],
    data: JSONBody[ChangeTeam],
) -> Response[TeamOut]:
    _administers(staff, "teams")

    async def change(work: Work) -> TeamOut:
        return await _team_out(
            await teams.change_team(work, team_id=team_id, name=_given(data.name), members=_given(data.members))
        )

    return await write(request, desk, change)


@delete("/api/admin/teams/{team_id:int}", status_code=204, summary="Remove a team", tags=["Administration"])
async def remove_team(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, team_id: FromPath[int]
) -> Response[None]:
    _administers(staff, "teams")

    async def remove(work: Work) -> None:
        await teams.delete_team(work, team_id=team_id)

    return await write(request, desk, remove, status=204)


def _administers(person: Person, area: Area) -> None:
    require(may_administer(person, area))


def _given(value: Any) -> Any:
    """None where the caller did not send the field."""
    return None if isinstance(value, UnsetType) else value


async def _user_out(user: User) -> AdminUser:
    held = await queries.teams_of_users([user.id])
    return AdminUser.of(user, held[user.id])


async def _team_out(team: Team) -> TeamOut:
    members = await TeamMember.filter(team_id=team.id).order_by("user_id")
    return TeamOut.of(team, [member.user_id for member in members])


ROUTES = (list_users, add_user, change_user, invite_again, list_teams, add_team, change_team, remove_team)
