"""Users: staff who are invited, contacts who get access, and what may change about both."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.expressions import Q

from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people import rules
from app.people.actions.links import retire_links
from app.people.actions.sessions import close_sessions
from app.people.actions.tokens import revoke_all_tokens
from app.people.events import RightsChanged
from app.people.models import Contact, ContactAddress, Team, TeamMember, User
from app.people.rights import GRANTABLE, PORTAL_ROLES, ROLES, STAFF_ROLES, Role


async def create_staff_user(
    work: Work,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    teams: Iterable[int] = (),
    password_hash: str | None = None,
) -> User:
    """A member of staff; without a password they come in by an invitation. Raises Invalid for a taken address."""
    if role not in STAFF_ROLES:
        raise Invalid(f"Staff are {', '.join(STAFF_ROLES)}.", field="role")
    user = await _create(
        work, email=email, name=name, role=role, language=language, contact_id=None, password_hash=password_hash
    )
    await set_teams(work, user=user, teams=teams)
    return user


async def create_portal_user(
    work: Work,
    *,
    contact: Contact,
    email: str,
    language: str,
    role: Role = "customer",
    password_hash: str | None = None,
) -> User:
    """Access to the portal for a contact; one contact has at most one user."""
    if role not in PORTAL_ROLES:
        raise Invalid(f"Customers are {', '.join(PORTAL_ROLES)}.", field="role")
    if await User.exists(contact_id=contact.id):
        raise Invalid(f"{contact.name} has access already.", field="email")
    return await _create(
        work,
        email=email,
        name=contact.name,
        role=role,
        language=language,
        contact_id=contact.id,
        password_hash=password_hash,
    )


async def change_user(
    work: Work,
    *,
    user_id: int,
    name: str | None = None,
    role: str | None = None,
    teams: Iterable[int] | None = None,
    active: bool | None = None,
    language: str | None = None,
    granted: Iterable[str] | None = None,
) -> User:
    """Change what is given, at once for running sessions. The last administrator who can sign in must stay one."""
    user = await _held(user_id, with_administrators=role is not None or active is not None)
    before = (user.role, user.active, user.granted)
    if granted is not None:
        user.granted = _granted(granted)
    if name is not None:
        user.name = rules.clean_line(name, field="name")
    if language is not None:
        user.language = rules.check_language(language)
    if role is not None and role != user.role:
        user.role = _role_for(user, role)
    if active is not None:
        user.active = active
    if before[:2] == ("administrator", True) and (user.role, user.active) != before[:2]:
        await _refuse_without_administrator(but=user.id)
    await user.save(update_fields=["name", "language", "role", "active", "granted"])
    if teams is not None:
        await set_teams(work, user=user, teams=teams)
    if (user.role, user.active, user.granted) != before:
        work.record(RightsChanged(user.id))
    if not user.active:
        await close_sessions(work, user_id=user.id)
        await revoke_all_tokens(work, user_id=user.id)
        await retire_links(work, user_id=user.id)
    return user


async def set_teams(work: Work, *, user: User, teams: Iterable[int]) -> None:
    """Make the user a member of exactly these teams."""
    wanted = set(teams)
    if wanted and user.role not in STAFF_ROLES:
        raise Invalid("Only staff belong to teams.", field="teams")
    held = {member.team_id for member in await TeamMember.filter(user_id=user.id)}
    if wanted == held:
        return
    known = {team.id for team in await Team.filter(id__in=wanted or {0})}
    if missing := wanted - known:
        raise Invalid(f"There is no team {min(missing)}.", field="teams")
    await TeamMember.filter(user_id=user.id).exclude(team_id__in=wanted or {0}).delete()
    for team_id in sorted(wanted - held):
        await TeamMember.create(team_id=team_id, user_id=user.id)
    work.record(RightsChanged(user.id))


async def set_password(work: Work, *, user: User, password_hash: str, keep_session: int | None = None) -> None:
    """A new password ends every other session, all API tokens and all links that are still open."""
    await User.filter(id=user.id).update(password_hash=password_hash)
    await close_sessions(work, user_id=user.id, except_session=keep_session)
    await revoke_all_tokens(work, user_id=user.id)
    await retire_links(work, user_id=user.id)


async def set_preferences(work: Work, *, user_id: int, preferences: dict[str, object]) -> None:
    """What the person's own screens keep between visits; nothing on the server reads it."""
    await User.filter(id=user_id).update(preferences=preferences)


async def confirm_address(work: Work, *, address: str) -> None:
    """The owner of the address proved to be its owner, by using a link that was mailed to it."""
    await ContactAddress.filter(address=address, verified_at__isnull=True).update(verified_at=work.now)


async def find_user(user_id: int) -> User:
    user = await User.get_or_none(id=user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def _held(user_id: int, *, with_administrators: bool) -> User:
    """The user as nobody else can change them before this transaction ends: what is read is what is changed.

    Otherwise a change of the language would put back a role that was taken away meanwhile. Administrators are held too
    where one fewer may remain, all in the order of their ids, so that two who remove each other wait for one another.
    """
    wanted = Q(Q(id=user_id), Q(role="administrator"), join_type="OR") if with_administrators else Q(id=user_id)
    for user in await User.filter(wanted).order_by("id").select_for_update(no_key=True):
        if user.id == user_id:
            return user
    raise NotFound("There is no such user.")


async def _create(
    work: Work,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    contact_id: int | None,
    password_hash: str | None,
) -> User:
    address = rules.normal_address(email)
    if await User.exists(email=address):
        raise Invalid("Somebody signs in with this address already.", field="email")
    return await User.create(
        email=address,
        name=rules.clean_line(name, field="name"),
        role=role,
        language=rules.check_language(language),
        contact_id=contact_id,
        password_hash=password_hash,
        created_at=work.now,
    )


def _granted(areas: Iterable[str]) -> str:
    wanted = set(areas)
    if unknown := wanted - set(GRANTABLE):
        raise Invalid(f"Only {', '.join(GRANTABLE)} can be given beyond a role, not {min(unknown)}.", field="granted")
    return ",".join(area for area in GRANTABLE if area in wanted)


def _role_for(user: User, role: str) -> str:
    if role not in ROLES:
        raise Invalid(f"The roles are {', '.join(ROLES)}.", field="role")
    if (role in STAFF_ROLES) != (user.role in STAFF_ROLES):
        raise Invalid("Customers and staff are different users; invite the person as the other kind.", field="role")
    return role


async def _refuse_without_administrator(*, but: int) -> None:
    administrators = User.filter(role="administrator", active=True, password_hash__isnull=False)
    if not await administrators.exclude(id=but).exists():
        raise Conflict("This is the last administrator who can sign in. Make somebody else administrator first.")
