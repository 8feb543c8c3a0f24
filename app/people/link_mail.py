"""Asking for a link by mail: for a forgotten password, to sign in, to register, and for those who are invited.

Whoever asks gets the same answer whether the address is known or not; what differs is only which mail is sent.
"""

from __future__ import annotations

from app.database import Work
from app.desk import Desk
from app.people import throttle
from app.people.actions.links import LIFETIMES, Purpose, make_link
from app.people.events import MailKind, MailWanted
from app.people.models import ContactAddress, User
from app.people.rights import STAFF_ROLES
from app.people.rules import check_language, clean_line, name_from_address, normal_address
from app.web.client import address_group

PAGES: dict[Purpose, tuple[MailKind, str]] = {
    "password_reset": ("password_reset", "/reset/"),
    "sign_in": ("sign_in_link", "/link/"),
    "claim": ("claim", "/claim/"),
    "invite": ("invite", "/claim/"),
}


async def ask_for_password_reset(desk: Desk, *, email: str, address: str) -> None:
    """A known user gets a link for a new password; a contact without access gets one to claim it."""
    email = normal_address(email)
    async with desk.unit_of_work() as work:
        await _count(work, email, address)
        user = await User.get_or_none(email=email)
        if user is not None and user.active:
            await mail_link(work, desk, purpose="password_reset", user=user)
        elif user is None:
            await _offer_claim(work, desk, email=email, name="", language="", strangers=False)


async def ask_for_sign_in_link(desk: Desk, *, email: str, address: str) -> None:
    """A customer gets a link that signs in; staff do not, their mailboxes are often shared."""
    email = normal_address(email)
    async with desk.unit_of_work() as work:
        await _count(work, email, address)
        user = await User.get_or_none(email=email)
        if user is not None and user.active and user.role not in STAFF_ROLES:
            await mail_link(work, desk, purpose="sign_in", user=user)
        elif user is None:
            await _offer_claim(work, desk, email=email, name="", language="", strangers=False)


async def ask_to_register(
    desk: Desk, *, email: str, name: str, language: str, address: str, strangers: bool = True
) -> None:
    """Mail a claim link; who has access already gets a link that helps them in instead.

    Unless `strangers` may register, only contacts that the desk knows get one.
    """
    email, name = normal_address(email), clean_line(name, field="name")
    check_language(language)
    async with desk.unit_of_work() as work:
        await _count(work, email, address)
        user = await User.get_or_none(email=email)
        if user is None:
            await _offer_claim(work, desk, email=email, name=name, language=language, strangers=strangers)
        elif user.active:
            await mail_link(work, desk, purpose="password_reset" if user.role in STAFF_ROLES else "sign_in", user=user)


async def mail_link(work: Work, desk: Desk, *, purpose: Purpose, user: User) -> None:
    """Make a link for a user and have it mailed to their own address."""
    token = desk.token()
    await make_link(work, purpose=purpose, email=user.email, token=token, user_id=user.id)
    _want(work, desk, purpose=purpose, to=user.email, language=user.language, name=user.name, token=token)


async def _offer_claim(work: Work, desk: Desk, *, email: str, name: str, language: str, strangers: bool) -> None:
    row = await ContactAddress.get_or_none(address=email).select_related("contact")
    if row is None and not strangers:
        return
    if row is not None:
        name, language = row.contact.name, language or row.contact.language or ""
        owner = await User.get_or_none(contact_id=row.contact_id)
        if owner is not None:  # known under another address: the mail goes there, for it alone is proven
            if owner.active:
                await mail_link(work, desk, purpose="sign_in", user=owner)
            return
    token, language = desk.token(), language or desk.settings.default_language
    name = name or name_from_address(email)
    await make_link(work, purpose="claim", email=email, token=token, data={"name": name, "language": language})
    _want(work, desk, purpose="claim", to=email, language=language, name=name, token=token)


def _want(work: Work, desk: Desk, *, purpose: Purpose, to: str, language: str, name: str, token: str) -> None:
    kind, page = PAGES[purpose]
    hours = int(LIFETIMES[purpose].total_seconds() // 3600)
    link = f"{desk.settings.public_url.rstrip('/')}{page}{token}"
    work.record(
        MailWanted(kind=kind, to=to, language=language, values={"link": link, "name": name, "hours": str(hours)})
    )


async def _count(work: Work, email: str, address: str) -> None:
    await throttle.count_attempt(
        work, subject=f"link-address:{address_group(address)}", limit=throttle.LINKS_PER_ADDRESS
    )
    await throttle.count_attempt(work, subject=f"link:{email}", limit=throttle.LINKS_PER_ACCOUNT)
