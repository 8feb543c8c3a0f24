"""The ways in: by password, by a mailed link, by claiming what a mail began. Each ends in a fresh session.

Passwords are verified outside of any transaction; every step that decides is a transaction of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.database import Work
from app.desk import Desk
from app.errors import Gone, Invalid, WrongCredentials
from app.people import throttle
from app.people.actions import contacts, links, sessions, users
from app.people.actions.links import Purpose
from app.people.models import Contact, Session, User
from app.people.passwords import check_password, hash_password, needs_new_hash, verify_password
from app.people.rules import MAX_ADDRESS, normal_address
from app.web.client import address_group


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser or program at the door, and the session it still had."""

    address: str
    agent: str
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody is in: the session and the only copy of its token."""

    user: User
    session: Session
    token: str


async def enter_by_password(desk: Desk, visitor: Visitor, *, email: str, password: str) -> Entry:
    """Raises WrongCredentials, the same for unknown, deactivated and mistyped; TooMany beyond the limits."""
    account = _account(email)
    attempts = await _count(desk, visitor, account)
    user = await User.get_or_none(email=account, active=True)
    if not await verify_password(user.password_hash if user else None, password) or user is None:
        raise WrongCredentials("The address or the password is wrong.")
    fresh_hash = None
    if user.password_hash and needs_new_hash(user.password_hash):
        fresh_hash = await hash_password(password)
    async with desk.unit_of_work() as work:
        await throttle.forgive(work, account_subject=f"account:{account}", attempt_ids=attempts)
        if fresh_hash:
            await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=fresh_hash)
        return await _enter(work, desk, visitor, user_id=user.id)


async def enter_by_sign_in_link(desk: Desk, visitor: Visitor, *, token: str) -> Entry:
    async with desk.unit_of_work() as work:
        link = await links.use_link(work, token=token, purposes=("sign_in",))
        await users.confirm_address(work, address=link.email)
        return await _enter(work, desk, visitor, user_id=link.user_id)


async def enter_by_password_reset(desk: Desk, visitor: Visitor, *, token: str, password: str) -> Entry:
    """Set a new password with a mailed link; every other session of the user ends."""
    return await _enter_with_new_password(desk, visitor, token=token, password=password, purposes=("password_reset",))


async def enter_by_claim(desk: Desk, visitor: Visitor, *, token: str, password: str) -> Entry:
    """The last step of a registration, a claim or an invitation: a password, and one is in."""
    return await _enter_with_new_password(desk, visitor, token=token, password=password, purposes=("claim", "invite"))


async def change_own_password(desk: Desk, *, user: User, session_id: int | None, current: str, new: str) -> str:
    """A new password and a new token for this session; all other sessions end. Answers the token.

    Raises Invalid for `current_password` when it is wrong (a user who came in by links alone has none to give).
    """
    subject = f"account:{user.email}"
    async with desk.unit_of_work() as work:
        attempt = await throttle.count_attempt(work, subject=subject, limit=throttle.PER_ACCOUNT)
    if user.password_hash is not None and not await verify_password(user.password_hash, current):
        raise Invalid("This is not your current password.", field="current_password")
    check_password(new, email=user.email, name=user.name, field="new_password")
    password_hash, token = await hash_password(new), desk.token()
    async with desk.unit_of_work() as work:
        await throttle.forgive(work, account_subject=subject, attempt_ids=[attempt])
        await users.set_password(work, user=user, password_hash=password_hash, keep_session=session_id)
        if session_id is not None:
            await sessions.change_token(work, session_id=session_id, token=token)
    return token


async def _enter_with_new_password(
    desk: Desk, visitor: Visitor, *, token: str, password: str, purposes: tuple[Purpose, ...]
) -> Entry:
    link = await links.look_at_link(token, purposes=purposes, now=desk.now())
    known = await User.get_or_none(id=link.user_id) if link.user_id else None
    name = known.name if known else str(link.data.get("name", ""))
    check_password(password, email=link.email, name=name)
    password_hash = await hash_password(password)
    async with desk.unit_of_work() as work:
        link = await links.use_link(work, token=token, purposes=purposes)
        user = await User.get_or_none(id=link.user_id, active=True) if link.user_id else None
        if link.user_id is None and link.purpose == "claim":
            user = await _user_of_claim(work, email=link.email, name=name, language=str(link.data.get("language", "")))
        if user is None:
            raise Gone("This link no longer leads to a user. Ask an administrator of the desk.")
        await users.set_password(work, user=user, password_hash=password_hash)
        await users.confirm_address(work, address=link.email)
        await throttle.forgive(work, account_subject=f"account:{user.email}", attempt_ids=[])
        return await _enter(work, desk, visitor, user_id=user.id)


async def _user_of_claim(work: Work, *, email: str, name: str, language: str) -> User | None:
    """The portal user of the contact with this address, made now unless somebody was faster."""
    if await User.exists(email=email):
        return None
    contact: Contact = await contacts.contact_for_address(work, email, name, language=language or None)
    if await User.exists(contact_id=contact.id):
        return None
    return await users.create_portal_user(work, contact=contact, email=email, language=language or "en")


async def _enter(work: Work, desk: Desk, visitor: Visitor, *, user_id: int | None) -> Entry:
    user = await User.get_or_none(id=user_id, active=True) if user_id else None
    if user is None:
        raise WrongCredentials("This user can no longer sign in. Ask an administrator of the desk.")
    if visitor.session_id is not None:  # the same browser signs in anew: what it had before ends here
        await sessions.close_one(work, session_id=visitor.session_id)
    token = desk.token()
    session = await sessions.open_session(
        work,
        user=user,
        token=token,
        lifetime=timedelta(days=desk.settings.session_days),
        address=visitor.address,
        agent=visitor.agent,
    )
    return Entry(user=user, session=session, token=token)


async def _count(desk: Desk, visitor: Visitor, account: str) -> list[int]:
    """Count the attempt before the password is looked at, so that parallel guesses cannot outrun the limit."""
    async with desk.unit_of_work() as work:
        by_address = await throttle.count_attempt(
            work, subject=f"address:{address_group(visitor.address)}", limit=throttle.PER_ADDRESS
        )
        by_account = await throttle.count_attempt(work, subject=f"account:{account}", limit=throttle.PER_ACCOUNT)
    return [by_address, by_account]


def _account(email: str) -> str:
    """What the attempts are counted for: the address as it is stored, so that spellings of one share one counter."""
    try:
        return normal_address(email)
    except Invalid:
        return email.strip().lower()[:MAX_ADDRESS]
