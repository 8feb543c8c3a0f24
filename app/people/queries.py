"""Reading people: who is behind a token, and the lists that staff and company administrators see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from tortoise.expressions import Q

from app.database import fetch_rows, is_sqlite, moment, plain
from app.people.models import Account, ApiToken, Contact, ContactAddress, Session, TeamMember, User
from app.people.rights import STAFF_ROLES, Person, Role
from app.people.rules import search_variants
from app.people.scopes import EVERY_SCOPE
from app.people.tokens import token_hash

MAX_QUERY = 200
PERSON = """
u.id AS user_id, u.role, u.name, u.language, u.granted, u.contact_id, k.account_id,
    (SELECT {teams} FROM team_member m WHERE m.user_id = u.id) AS teams
"""
BY_SESSION = f"""
SELECT s.id, s.seen_at, {PERSON}
FROM session s JOIN app_user u ON u.id = s.user_id LEFT JOIN contact k ON k.id = u.contact_id
WHERE s.{{key}} = $1 AND s.expires_at > $2 AND u.active
"""
BY_API_TOKEN = f"""
SELECT t.id, t.used_at, t.scopes, {PERSON}
FROM api_token t JOIN app_user u ON u.id = t.user_id LEFT JOIN contact k ON k.id = u.contact_id
WHERE t.{{key}} = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND u.active
"""
"""Who is behind a session or a token, in one question: every request asks it first."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is valid now, and whose it is."""

    person: Person
    session_id: int
    user_id: int
    seen_at: datetime


async def session_of_token(token: str, *, now: datetime) -> LiveSession | None:
    """The session under this token, unless it expired or its user was deactivated."""
    return await _live_session("token_hash", token_hash(token), now)


async def person_of_session(session_id: int, *, now: datetime) -> Person | None:
    """The person behind a session with the rights of now, or None when it has ended; for sockets that stay open."""
    live = await _live_session("id", session_id, now)
    return live.person if live else None


@dataclass(frozen=True, slots=True)
class LiveToken:
    """An API token that is valid now, and whose it is; `used_at` as it is noted."""

    person: Person
    token_id: int
    used_at: datetime | None


async def live_api_token(token: str, *, now: datetime) -> LiveToken | None:
    """The API token that reads so, unless it expired, was revoked, or its user was deactivated."""
    return await _live_token("token_hash", token_hash(token), now)


async def person_of_api_token(token_id: int, *, now: datetime) -> Person | None:
    """The person behind an API token with the rights of now, or None when it has ended; for sockets that stay open."""
    live = await _live_token("id", token_id, now)
    return live.person if live else None


async def colleagues_named(ids: Sequence[int]) -> list[User]:
    """Those of the ids that are active users of the staff."""
    if not ids:
        return []
    return await User.filter(id__in=list(ids), active=True, contact_id=None).order_by("id")


async def api_tokens_of(user_id: int) -> list[ApiToken]:
    return await ApiToken.filter(user_id=user_id).order_by("-id")


async def _live_token(key: str, value: int | str, now: datetime) -> LiveToken | None:
    row = await _who(BY_API_TOKEN, key, value, now)
    if row is None:
        return None
    person = _person(row, token_id=row["id"], scopes=frozenset(plain(row["scopes"])))
    return LiveToken(person=person, token_id=row["id"], used_at=moment(row["used_at"]))


async def _live_session(key: str, value: int | str, now: datetime) -> LiveSession | None:
    row = await _who(BY_SESSION, key, value, now)
    if row is None:
        return None
    seen_at = moment(row["seen_at"]) or now
    person = _person(row, session_id=row["id"])
    return LiveSession(person=person, session_id=row["id"], user_id=row["user_id"], seen_at=seen_at)


async def _who(query: str, key: str, value: int | str, now: datetime) -> dict[str, Any] | None:
    """The row of whoever is found under a unique column; `key` is the name of that column."""
    teams = "group_concat(m.team_id)" if is_sqlite() else "string_agg(m.team_id::text, ',')"
    rows = await fetch_rows(query.format(key=key, teams=teams), value, now)
    return rows[0] if rows else None


def _person(
    row: dict[str, Any],
    *,
    session_id: int | None = None,
    token_id: int | None = None,
    scopes: frozenset[str] = EVERY_SCOPE,
) -> Person:
    role = cast(Role, row["role"])
    teams = (row["teams"] or "").split(",") if role in STAFF_ROLES else ()
    return Person(
        user_id=row["user_id"],
        session_id=session_id,
        contact_id=row["contact_id"],
        account_id=row["account_id"],
        role=role,
        name=row["name"],
        language=row["language"],
        teams=frozenset(int(team) for team in teams if team),
        token_id=token_id,
        scopes=scopes,
        granted=frozenset(filter(None, row["granted"].split(","))),
    )


async def sessions_of(user_id: int, *, now: datetime) -> list[Session]:
    return await Session.filter(user_id=user_id, expires_at__gt=now).order_by("-seen_at", "-id")


async def teams_of_users(user_ids: list[int]) -> dict[int, list[int]]:
    teams: dict[int, list[int]] = {user_id: [] for user_id in user_ids}
    for member in await TeamMember.filter(user_id__in=user_ids or [0]).order_by("team_id"):
        teams[member.user_id].append(member.team_id)
    return teams


async def colleagues() -> list[User]:
    """Staff who can own a case."""
    return await User.filter(role__in=STAFF_ROLES, active=True).order_by("name", "id")


async def users_of_account(account_id: int) -> list[User]:
    return await User.filter(contact__account_id=account_id).order_by("name", "id")


async def find_contacts(
    query: str, *, account_id: int | None, after: tuple[str, int] | None, limit: int
) -> list[Contact]:
    """Contacts by a part of name, address or phone, in the order of their names."""
    found = Contact.all()
    if account_id is not None:
        found = found.filter(account_id=account_id)
    if words := query.strip()[:MAX_QUERY]:
        found = found.filter(
            Q(
                *[Q(name__icontains=spelling) for spelling in search_variants(words)],
                Q(phone__icontains=words),
                Q(id__in=await _contacts_with_address_like(words.lower())),
                join_type=Q.OR,
            )
        )
    if after is not None:
        name, contact_id = after
        found = found.filter(Q(name__gt=name) | Q(name=name, id__gt=contact_id))
    return await found.order_by("name", "id").limit(limit).prefetch_related("addresses", "account", "users")


async def find_accounts(query: str, *, after: tuple[str, int] | None, limit: int) -> list[Account]:
    found = Account.all()
    if words := query.strip()[:MAX_QUERY]:
        found = found.filter(Q(*[Q(name__icontains=word) for word in search_variants(words)], join_type=Q.OR))
    if after is not None:
        name, account_id = after
        found = found.filter(Q(name__gt=name) | Q(name=name, id__gt=account_id))
    return await found.order_by("name", "id").limit(limit)


async def contact_with_addresses(contact_id: int) -> Contact | None:
    return await Contact.get_or_none(id=contact_id).prefetch_related("addresses", "account", "users")


async def _contacts_with_address_like(part: str) -> list[int]:
    rows = await ContactAddress.filter(address__icontains=part).limit(500).only("contact_id")
    return [row.contact_id for row in rows] or [0]


async def language_of(contact: Contact, *, otherwise: str) -> str:
    """The contact's own language, else the account's, else what the case came in with."""
    if contact.language:
        return contact.language
    account = await Account.get_or_none(id=contact.account_id) if contact.account_id is not None else None
    return (account.language if account else None) or otherwise
