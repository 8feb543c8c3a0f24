"""Many cases opened together → their notices "we have your message": the same mails as one by one, written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.bridges.events import OutboxGrew
from app.bridges.notice_text import filled_in, own_wording
from app.bridges.outbox import OutboxWriter
from app.bridges.outgoing import CaseMail, mail_row
from app.cases.events import CaseChanged, CasesOpened
from app.cases.models import Case, Participant, Status
from app.database import Work
from app.desk import Desk
from app.mailboxes import rules
from app.mailboxes.case_values import Around, subject_from, values_from
from app.mailboxes.limits import Sizes
from app.mailboxes.limits_together import may_send_together
from app.mailboxes.models import InboundEmail, Mailbox, MailReference, OutboundEmail
from app.mailboxes.queries import mailbox_of
from app.mailboxes.switches import switched_off
from app.mailboxes.wording import Wording
from app.people.models import Account, Contact, ContactAddress, User
from app.portal.models import Branding
from app.queues.models import Queue
from app.service_levels.queries import zones_of_cases

NOTICE: rules.Notice = "registered"


@dataclass(frozen=True, slots=True)
class _Goes:
    """A notice that goes out: the change it tells of, the row of its case, and where and in which language."""

    change: CaseChanged
    case: Case
    contact: Contact
    account: Account | None
    mailbox: Mailbox
    to: str
    language: str


class Acknowledger:
    """Inside subscriber of cases opened together; what is out of the ordinary is left to the writer of single mails."""

    def __init__(self, desk: Desk, writer: OutboxWriter) -> None:
        self._desk = desk
        self._writer = writer
        self._sizes = Sizes.of(desk.settings)

    def subscribe(self) -> None:
        self._desk.bus.inside(CasesOpened, self.cases_opened)

    async def cases_opened(self, work: Work, event: CasesOpened) -> None:
        told = [change for change in event.changes if rules.notices_for(change.entries)]
        if not told:
            return None
        if any(rules.notices_for(change.entries) != [NOTICE] for change in told) or await _copied(told):
            return await self._one_by_one(work, told)
        goes = await self._going(told)
        wordings = {language: await own_wording(NOTICE, language) for language in {one.language for one in goes}}
        spoken = [one for one in goes if wordings[one.language] is not None]
        wanted = [(one.to, one.case.id) for one in spoken]
        if spoken and not await may_send_together(wanted, now=work.now, sizes=self._sizes):
            return await self._one_by_one(work, told)
        await self._store(work, spoken, wordings)
        work.record(OutboxGrew())
        return None

    async def _one_by_one(self, work: Work, changes: Iterable[CaseChanged]) -> None:
        for change in changes:
            await self._writer.case_changed(work, change)

    async def _going(self, told: Sequence[CaseChanged]) -> list[_Goes]:
        """Who is answered: nobody whose mail comes back, who is a robot or spam, or has switched notices off."""
        mailboxes = {one: await mailbox_of(one) for one in {change.after.mailbox_id for change in told}}
        contacts = {row.id: row for row in await Contact.filter(id__in={change.after.contact_id for change in told})}
        account_ids = {row.account_id for row in contacts.values() if row.account_id is not None}
        accounts = {row.id: row for row in await Account.filter(id__in=account_ids)} if account_ids else {}
        cases = {row.id: row for row in await Case.filter(id__in=[change.case_id for change in told])}
        addresses = await _addresses(contacts)
        writers = await _writers(list(cases))
        spam = {queue.id for queue in await Queue.filter(purpose="spam")}
        off = await switched_off(NOTICE, contacts)
        goes: list[_Goes] = []
        for change in told:
            case, contact = cases[change.case_id], contacts[change.after.contact_id]
            mailbox, alive = mailboxes[change.after.mailbox_id], addresses.get(contact.id, [])
            silent = change.after.queue_id in spam or off(change.after.queue_id, contact.id) or _from_robot(change)
            if mailbox is None or not alive or silent:
                continue
            account = accounts.get(contact.account_id) if contact.account_id is not None else None
            language = contact.language or (account.language if account else None) or change.after.language
            to = next((one for one in writers.get(case.id, ()) if one in alive), alive[0])
            goes.append(_Goes(change, case, contact, account, mailbox, to, language))
        return goes

    async def _store(self, work: Work, goes: Sequence[_Goes], wordings: dict[str, Wording | None]) -> None:
        branding = await Branding.all().order_by("id").first()
        statuses = {row.id: row for row in await Status.all()}
        queues = {row.id: row for row in await Queue.all()}
        owners = {row.id: row for row in await User.filter(id__in={one.case.owner_id for one in goes} - {None})}
        zones = await zones_of_cases([one.case.id for one in goes if one.case.next_due_at is not None])
        received = await _received([one.case.id for one in goes])
        mails: list[OutboundEmail] = []
        for one in goes:
            case, said = one.case, one.change.entries[0].data
            around = Around(
                branding=branding,
                status=statuses[case.status_id],
                queue=queues.get(case.queue_id),
                owner=owners.get(case.owner_id) if case.owner_id is not None else None,
                account=one.account,
                subject=subject_from(self._desk, case, said, answer=False),
                zone=zones.get(case.id),
            )
            values = values_from(
                self._desk, around, case=case, contact=one.contact, language=one.language, mailbox=one.mailbox
            )
            wording = wordings[one.language]
            assert wording is not None  # those that are switched off were left out
            text = filled_in(self._desk, wording, values, contact_id=one.contact.id, language=one.language)
            mail = CaseMail(
                kind="notice",
                position=one.change.entries[-1].position,
                subject=text.subject,
                topic=rules.topic_of(subject_from(self._desk, case, said, answer=True)),
                sender_name=one.mailbox.sender_name or (branding.name if branding else "Casefeed"),
                text=text.text,
                html=text.html,
                notice=NOTICE,
                unsubscribe=text.unsubscribe,
            )
            mails.append(
                mail_row(
                    self._desk,
                    work,
                    case_id=case.id,
                    mailbox=one.mailbox,
                    to=[one.to],
                    to_name=one.contact.name,
                    language=one.language,
                    mail=mail,
                    references=received.get(case.id, []),
                )
            )
        await OutboundEmail.bulk_create(mails)
        await MailReference.bulk_create(
            MailReference(
                message_key=mail.message_id,
                case_id=mail.case_id,
                position=mail.position,
                direction="out",
                created_at=work.now,
            )
            for mail in mails
        )


def _from_robot(change: CaseChanged) -> bool:
    """RFC 3834, section 2: nothing automatic to what is automatic itself."""
    mail = change.entries[0].data.get("mail")
    return change.entries[0].author.kind == "contact" and isinstance(mail, dict) and bool(mail.get("no_answer"))


async def _copied(told: Sequence[CaseChanged]) -> bool:
    """Whether anybody gets a copy of any of these."""
    return await Participant.filter(case_id__in=[change.case_id for change in told]).exists()


async def _addresses(contacts: Iterable[int]) -> dict[int, list[str]]:
    """Addresses that take mail, by contact, the primary one first."""
    alive = ContactAddress.filter(contact_id__in=list(contacts), dead_since=None).order_by("-primary", "id")
    found: dict[int, list[str]] = {}
    for row in await alive:
        found.setdefault(row.contact_id, []).append(row.address)
    return found


async def _writers(case_ids: list[int]) -> dict[int, list[str]]:
    """The addresses that mails of these cases came from, the latest first."""
    found: dict[int, list[str]] = {}
    for row in await InboundEmail.filter(case_id__in=case_ids).order_by("-id").only("case_id", "from_address"):
        found.setdefault(row.case_id or 0, []).append(row.from_address)
    return found


async def _received(case_ids: list[int]) -> dict[int, list[MailReference]]:
    found: dict[int, list[MailReference]] = {}
    rows = MailReference.filter(case_id__in=case_ids, message_key__startswith="<").order_by("id")
    for row in await rows:
        found.setdefault(row.case_id, []).append(row)
    return found
