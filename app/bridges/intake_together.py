"""Mails of one batch that open cases → all of them in one transaction, with the rows that one by one would give.

Nothing is decided here that `bridges.intake` decides otherwise: what is out of the ordinary ends the run, and is left
to it. See docs/decisions/mails-in-one-transaction.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.bridges.intake import HANDLED, author, files_of, new_file, own_addresses, queue_of, text_of
from app.bridges.mail_data import mail_data
from app.bridges.plain_mails import Plain, Run, plain
from app.bridges.read_ahead import ReadAhead
from app.cases.opening import NewFile, Opening, open_together, tell_opened
from app.database import Work, write_rows
from app.desk import Desk
from app.errors import Conflict
from app.mailboxes.ledger import Group
from app.mailboxes.models import InboundEmail, Mailbox, MailReference, OutboundEmail
from app.mailboxes.queries import many_at_a_time
from app.mailboxes.senders import reason_by, rules_for
from app.people.actions.contacts import all_heard_from, contacts_for_addresses
from app.people.models import Account, Contact
from mail.errors import ParseRefused

FEWEST = 2  # mails that are worth the questions of a batch
_OUTCOME = (
    "UPDATE inbound_email SET outcome = 'opened', reason = '', detail = '', case_id = $1, position = 1, "
    "handled_at = $2, message_key = $3, from_address = $4, subject = $5 WHERE id = $6"
)


class Together:
    """Finds the mails at the head of a batch that can be handled together."""

    def __init__(self, desk: Desk, ahead: ReadAhead) -> None:
        self._desk = desk
        self._ahead = ahead

    async def gather(self, rows: Sequence[int]) -> Group | None:
        """Up to the first mail that is not plain, cannot be read, or depends on one before it."""
        emails = {email.id: email for email in await InboundEmail.filter(id__in=list(rows))}
        first = emails.get(rows[0])
        if first is None:
            return None
        keys, own, run = (self._desk.keys.reply_address,), frozenset(await own_addresses()), Run()
        for row in rows:
            email = emails.get(row)
            if email is None or email.mailbox_id != first.mailbox_id or email.reason:
                break
            try:
                found = plain(email, await self._ahead.look(email), own=own, keys=keys)
            except ParseRefused:
                break
            if found is None or not run.takes(found):
                break
        if len(run.mails) < FEWEST:
            return None
        return PlainGroup(self._desk, self._ahead, await Mailbox.get(id=first.mailbox_id), run.mails)


class PlainGroup:
    """Plain mails of one mailbox, in their order."""

    def __init__(self, desk: Desk, ahead: ReadAhead, mailbox: Mailbox, mails: list[Plain]) -> None:
        self._desk = desk
        self._ahead = ahead
        self._mailbox = mailbox
        self._mails = mails

    @property
    def rows(self) -> list[int]:
        return [mail.row.id for mail in self._mails]

    async def settle(self) -> int:
        """Open a case for each of the first ones that no table knows; answers how many those are.

        What the database raises undid everything, and so does Conflict: another process has one of these rows.
        """
        # Outside of the transaction, which must not wait for the disk; content is named by its hash.
        files = await self._keep()
        async with self._desk.unit_of_work() as work:
            await many_at_a_time([mail.columns["message_key"] for mail in self._mails])
            mails = self._mails[: await self._known_from()]
            if len(mails) < FEWEST:
                return 0
            free = InboundEmail.filter(id__in=[mail.row.id for mail in mails], outcome="stored")
            if await free.update(outcome="handling") != len(mails):
                raise Conflict("Another process handles one of these mails.")
            await self._open(work, mails, files)
        self._ahead.done(self._mailbox.id, [mail.row.id for mail in mails])
        return len(mails)

    async def _keep(self) -> list[list[NewFile]]:
        """The files of each mail, their bytes safe on the disk."""
        files = [files_of(mail.message) for mail in self._mails]
        stored = iter(await self._desk.store.put_all([one.content for own in files for one in own]))
        return [[new_file(one, next(stored)) for one in own] for own in files]

    async def _known_from(self) -> int:
        """The place of the first mail that was here before, is ours, names a mail we know, or is spam."""
        keys = [mail.columns["message_key"] for mail in self._mails]
        twins = InboundEmail.filter(message_key__in=keys, outcome__in=HANDLED)
        seen = [dict(row) for row in await twins.values("message_key", "from_address", "subject")]
        ids = [mail.message.message_id[:255] for mail in self._mails if mail.message.message_id]
        rows = OutboundEmail.filter(message_id__in=ids)
        ours = {str(one) for one in await rows.values_list("message_id", flat=True)} if ids else set()
        names: set[str] = set().union(*(mail.names for mail in self._mails))
        known = MailReference.filter(message_key__in=names).values_list("message_key", flat=True)
        answered = set(await known) if names else set()
        senders = await rules_for([mail.address for mail in self._mails])
        for place, mail in enumerate(self._mails):
            if mail.columns in seen or (mail.message.message_id or "")[:255] in ours:
                return place
            if mail.names & answered or reason_by(senders[mail.address], self._mailbox, mail.message) is not None:
                return place
        return len(self._mails)

    async def _open(self, work: Work, mails: Sequence[Plain], files: Sequence[list[NewFile]]) -> None:
        addresses: dict[str, str] = {}
        for mail in mails:
            addresses.setdefault(mail.address, mail.writer.name)
        await all_heard_from(list(addresses))
        contacts = await contacts_for_addresses(work, addresses, account_id=self._mailbox.account_id)
        languages = await _languages(contacts)
        queue_id = await queue_of(self._mailbox)
        openings = []
        for mail, kept in zip(mails, files, strict=False):
            contact = contacts[mail.address]
            openings.append(
                Opening(
                    by=author(contact),
                    contact=contact,
                    queue_id=queue_id,
                    subject=mail.message.subject,
                    text=text_of(mail.message),
                    html=mail.message.html,
                    files=kept,
                    channel="mail",
                    language=languages.get(contact.id) or self._mailbox.language,
                    mailbox_id=self._mailbox.id,
                    data=await mail_data(work, mail.message, None),
                )
            )
        changes = await open_together(work, openings)
        placed = list(zip(mails, changes, strict=True))
        await MailReference.bulk_create(
            MailReference(
                message_key=mail.message.key[:512],
                case_id=change.case_id,
                position=1,
                direction="in",
                created_at=work.now,
            )
            for mail, change in placed
        )
        await write_rows(
            _OUTCOME,
            [
                [change.case_id, work.now, *(mail.columns[name] for name in ("message_key", "from_address", "subject")),
                 mail.row.id]
                for mail, change in placed
            ],
        )  # fmt: skip
        await tell_opened(work, changes)


async def _languages(contacts: dict[str, Contact]) -> dict[int, str | None]:
    """Of each contact their own language, or else their account's."""
    ids = {contact.account_id for contact in contacts.values() if contact.account_id is not None}
    accounts = {row.id: row.language for row in await Account.filter(id__in=ids)} if ids else {}
    return {one.id: one.language or accounts.get(one.account_id or 0) for one in contacts.values()}
