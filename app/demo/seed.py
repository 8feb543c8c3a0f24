"""Fills an empty desk with people and a few days of work, through the same actions that everything else uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.bridges.timers import StepTaker
from app.cases import actions
from app.cases.models import Case
from app.database import unit_of_work
from app.demo import service_levels
from app.demo.people import COMPANIES, CUSTOMERS, DESK_NAME, MAILBOX, PASSWORD, STAFF
from app.demo.stories import STORIES, Line, Story
from app.demo.writing import texts_and_macros
from app.desk import Desk
from app.events import Bus
from app.mailboxes.models import Mailbox
from app.people.actions.teams import create_team
from app.people.actions.users import create_portal_user, create_staff_user
from app.people.models import Account, Contact, ContactAddress, Team, User
from app.people.passwords import hash_password
from app.people.rights import Actor
from app.portal.models import Branding
from app.queues.models import Queue

BRAND_COLOUR = "#0f766e"


async def people_and_queues(desk: Desk, bus: Bus) -> None:
    """Who works here, who writes to them, and where the work lies."""
    begun = desk.now() - timedelta(days=30)
    await _people(bus, begun)
    await _queues(bus, begun)
    await service_levels.promises(desk, bus)
    await texts_and_macros(bus, begun)


async def tell_stories(desk: Desk, bus: Bus) -> None:
    """A few days of work. `bus` should have no subscriber that writes mails: all this was answered then.

    What the promises of a case led to meanwhile happened then as well, not all at once when the desk starts.
    """
    now, steps = desk.now(), StepTaker(bus)
    for story in sorted(STORIES, key=lambda one: -one.minutes):
        case = await _tell(story, bus, now)
        for line in story.lines:
            await steps.catch_up(case.id, now - timedelta(minutes=line.minutes))
            await _do(line, case, bus, now)
        await steps.catch_up(case.id, now)


async def _people(bus: Bus, now: datetime) -> None:
    password = await hash_password(PASSWORD)
    async with unit_of_work(bus, now=now) as work:
        teams = {name: await create_team(work, name=name) for name in ("Support", "Billing")}
        for one in STAFF:
            await create_staff_user(
                work,
                email=one.email,
                name=one.name,
                role=one.role,
                language=one.language,
                teams=[teams[name].id for name in one.teams],
                password_hash=password,
            )
        accounts = {
            name: await Account.create(name=name, domains=[domain], language=language, created_at=now)
            for name, (domain, language) in COMPANIES.items()
        }
        for customer in CUSTOMERS:
            contact = await Contact.create(
                account_id=accounts[customer.company].id if customer.company else None,
                name=customer.name,
                phone=customer.phone,
                language=customer.language,
                created_at=now,
            )
            await ContactAddress.create(contact_id=contact.id, address=customer.email, primary=True, verified_at=now)
            if customer.role is not None:
                await create_portal_user(
                    work,
                    contact=contact,
                    email=customer.email,
                    language=customer.language,
                    role=customer.role,
                    password_hash=password,
                )
        await Branding.create(name=DESK_NAME, colour=BRAND_COLOUR, languages=["en", "ru", "fi"], updated_at=now)


async def _queues(bus: Bus, now: datetime) -> None:
    async with unit_of_work(bus, now=now):
        teams = {team.name: team.id for team in await Team.all()}
        urgent = await Queue.get(purpose="escalation")
        await Queue.filter(id=urgent.id).update(team_id=teams["Support"])
        await Queue.filter(name="Support").update(team_id=teams["Support"])
        await Queue.create(
            name="Billing", sort=20, team_id=teams["Billing"], escalation_queue_id=urgent.id, created_at=now
        )


async def mailbox_at(desk: Desk, *, smtp_port: int, imap_port: int) -> None:
    """The support mailbox, at the ports that the post office has at this start."""
    support = await Queue.get(name="Support")
    columns: dict[str, Any] = {
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "imap_security": "none",
        "imap_user": MAILBOX,
        "imap_password": desk.keys.seal(PASSWORD),
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_security": "none",
        "sending_paused_until": None,
        "sending_problem": "",
    }
    if not await Mailbox.filter(address=MAILBOX).update(**columns):
        await Mailbox.create(
            name="Support",
            address=MAILBOX,
            sender_name=DESK_NAME,
            signature=f"{DESK_NAME}\nhttps://desk.example",
            queue_id=support.id,
            created_at=desk.now(),
            **columns,
        )


async def _tell(story: Story, bus: Bus, now: datetime) -> Case:
    contact = (await ContactAddress.get(address=story.customer).select_related("contact")).contact
    mailbox = await Mailbox.get(address=MAILBOX)
    queue = await Queue.get(name=story.queue)
    async with unit_of_work(bus, now=now - timedelta(minutes=story.minutes)) as work:
        case = await actions.open_case(
            work,
            by=Actor("contact", None, contact.id, contact.name),
            contact_id=contact.id,
            queue_id=queue.id,
            subject=story.subject,
            text=story.text,
            channel=story.channel,
            priority=story.priority,
            language=contact.language or "en",
            mailbox_id=mailbox.id if story.channel == "mail" else None,
        )
    return case.row


async def _do(line: Line, case: Case, bus: Bus, now: datetime) -> None:
    by = await _actor(line.who)
    async with unit_of_work(bus, now=now - timedelta(minutes=line.minutes)) as work:
        match line.what:
            case "message":
                await actions.reply(work, by=by, case_id=case.id, text=line.text)
            case "note":
                await actions.add_note(work, by=by, case_id=case.id, text=line.text)
            case "status":
                await actions.change(work, by=by, case_id=case.id, status=line.text)
            case "tags":
                await actions.change(work, by=by, case_id=case.id, tags=line.text.split())
            case "owner":
                owner = await User.get(email=line.text)
                await actions.change(work, by=by, case_id=case.id, owner_id=owner.id)


async def _actor(address: str) -> Actor:
    user = await User.get_or_none(email=address)
    if user is not None and user.contact_id is None:
        return Actor("staff", user.id, None, user.name)
    contact = (await ContactAddress.get(address=address).select_related("contact")).contact
    return Actor("contact", user.id if user else None, contact.id, contact.name)
