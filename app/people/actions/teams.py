"""Teams and who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from app.database import Work
from app.errors import Invalid, NotFound
from app.people import rules
from app.people.events import RightsChanged
from app.people.models import Team, TeamMember, User
from app.people.rights import STAFF_ROLES

MAX_TEAM_NAME = 120


async def create_team(work: Work, *, name: str, members: Iterable[int] = ()) -> Team:
    name = rules.clean_line(name, field="name", limit=MAX_TEAM_NAME)
    await _refuse_taken(name)
    team = await Team.create(name=name, created_at=work.now)
    await set_members(work, team=team, members=members)
    return team


async def change_team(
    work: Work, *, team_id: int, name: str | None = None, members: Iterable[int] | None = None
) -> Team:
    team = await find_team(team_id)
    if name is not None and (name := rules.clean_line(name, field="name", limit=MAX_TEAM_NAME)) != team.name:
        await _refuse_taken(name)
        team.name = name
        await team.save(update_fields=["name"])
    if members is not None:
        await set_members(work, team=team, members=members)
    return team


async def delete_team(work: Work, *, team_id: int) -> None:
    """Its queues stay, without a team."""
    team = await find_team(team_id)
    await set_members(work, team=team, members=())
    await team.delete()


async def set_members(work: Work, *, team: Team, members: Iterable[int]) -> None:
    """Exactly these users; everybody who joins or leaves gets their rights asked again."""
    wanted = set(members)
    held = {member.user_id for member in await TeamMember.filter(team_id=team.id)}
    known = {user.id for user in await User.filter(id__in=wanted or {0}, role__in=STAFF_ROLES)}
    if missing := wanted - known:
        raise Invalid(f"User {min(missing)} is not one of the staff.", field="members")
    await TeamMember.filter(team_id=team.id, user_id__in=(held - wanted) or {0}).delete()
    for user_id in sorted(wanted - held):
        await TeamMember.create(team_id=team.id, user_id=user_id)
    for user_id in sorted(wanted ^ held):
        work.record(RightsChanged(user_id))


async def find_team(team_id: int) -> Team:
    team = await Team.get_or_none(id=team_id)
    if team is None:
        raise NotFound("There is no such team.")
    return team


async def _refuse_taken(name: str) -> None:
    if await Team.exists(name=name):
        raise Invalid("Another team has this name.", field="name")
