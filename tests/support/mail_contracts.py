"""What every Receiver and every Outbox must keep, whatever it is built on.

A test module subclasses a contract and gives it a fixture that makes the implementation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mail.ports import (
    Attempt,
    FetchedMail,
    Folder,
    IntakeState,
    IntakeStatus,
    Outbox,
    Outgoing,
    Pause,
    Receiver,
    Refusal,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AINO, PAVEL = "aino@northwind.example", "pavel@northwind.example"


def fetched(uid: int, *, truncated: bool = False) -> FetchedMail:
    """A mail of Aino's, different for every UID."""
    raw = (
        f"From: Aino Virtanen <{AINO}>\r\nTo: help@desk.example\r\nSubject: Order {uid}\r\n"
        f"Message-ID: <order-{uid}@northwind.example>\r\n\r\nWhere is order {uid}?\r\n"
    ).encode()
    size = len(raw) + (10**9 if truncated else 0)
    return FetchedMail(uid=uid, raw=raw, size=size, internal_date=NOON, truncated=truncated)


class ReceiverContract:
    """`receiver` gives a ledger that knows `mailbox`, and opens a case for every mail of `fetched`."""

    @pytest.fixture
    def mailbox(self) -> int:
        return 1

    @pytest.fixture
    def folder(self, mailbox: int) -> Folder:
        return Folder(mailbox=mailbox, name="INBOX", uidvalidity=7)

    async def test_what_is_stored_is_known(self, receiver: Receiver, folder: Folder) -> None:
        assert await receiver.known(folder, [1, 2, 3]) == set()
        rows = await receiver.store(folder, [fetched(1), fetched(3)])
        assert len(set(rows)) == 2
        assert await receiver.known(folder, [1, 2, 3]) == {1, 3}
        assert await receiver.known(folder, []) == set()

    async def test_another_numbering_or_folder_is_another_mail(self, receiver: Receiver, folder: Folder) -> None:
        await receiver.store(folder, [fetched(1)])
        assert await receiver.known(replace(folder, uidvalidity=8), [1]) == set()
        assert await receiver.known(replace(folder, name="Support/Käse"), [1]) == set()

    async def test_storing_again_gives_the_same_rows(self, receiver: Receiver, folder: Folder) -> None:
        first = await receiver.store(folder, [fetched(1), fetched(2)])
        again = await receiver.store(folder, [fetched(2), fetched(3), fetched(1)])
        assert [again[2], again[0]] == first
        assert len({*first, *again}) == 3

    async def test_a_thousand_uids_may_be_asked_about(self, receiver: Receiver, folder: Folder) -> None:
        await receiver.store(folder, [fetched(500)])
        assert await receiver.known(folder, range(1, 1001)) == {500}

    async def test_stored_mails_wait_until_they_are_handled(
        self, receiver: Receiver, folder: Folder, mailbox: int
    ) -> None:
        rows = await receiver.store(folder, [fetched(1), fetched(2)])
        assert await receiver.unhandled(mailbox, limit=10) == rows
        assert await receiver.unhandled(mailbox, limit=1) == rows[:1]
        assert await receiver.pending_acknowledgements(folder, limit=10) == []
        assert await receiver.handle(rows[0]) is True
        assert await receiver.unhandled(mailbox, limit=10) == rows[1:]

    async def test_handling_again_changes_nothing(self, receiver: Receiver, folder: Folder, mailbox: int) -> None:
        (row,) = await receiver.store(folder, [fetched(1)])
        assert await receiver.handle(row) is True
        assert await receiver.handle(row) is True
        assert await receiver.pending_acknowledgements(folder, limit=10) == [(row, 1)]

    @pytest.mark.parametrize("truncated", [(), (1,), (3,)])
    async def test_some_handled_together_are_the_same_as_one_by_one(
        self, receiver: Receiver, folder: Folder, mailbox: int, truncated: tuple[int, ...]
    ) -> None:
        mails = [fetched(uid, truncated=uid in truncated) for uid in range(1, 5)]
        rows = await receiver.store(folder, mails)
        waiting = list(rows)
        while waiting:
            done = await receiver.handle_some(waiting)
            assert 1 <= done <= len(waiting)
            waiting = waiting[done:]
            assert await receiver.unhandled(mailbox, limit=10) == waiting
        handled = [(row, mail.uid) for row, mail in zip(rows, mails, strict=True) if not mail.truncated]
        assert await receiver.pending_acknowledgements(folder, limit=10) == handled

    async def test_some_with_nonsense_among_them_all_get_an_outcome(
        self, receiver: Receiver, folder: Folder, mailbox: int
    ) -> None:
        nonsense = {2: b"", 3: b"\x00" * 100, 5: b"(" * 5000}
        mails = [replace(fetched(uid), raw=nonsense.get(uid, fetched(uid).raw)) for uid in range(1, 7)]
        waiting = await receiver.store(folder, mails)
        while waiting:
            waiting = waiting[await receiver.handle_some(waiting) :]
        assert await receiver.unhandled(mailbox, limit=10) == []

    async def test_some_that_have_their_outcome_are_passed_over(
        self, receiver: Receiver, folder: Folder, mailbox: int
    ) -> None:
        rows = await receiver.store(folder, [fetched(uid) for uid in range(1, 5)])
        for row in rows[::2]:
            await receiver.handle(row)
        waiting = list(rows)
        while waiting:
            waiting = waiting[await receiver.handle_some(waiting) :]
        assert await receiver.unhandled(mailbox, limit=10) == []
        settled = [(row, uid) for uid, row in enumerate(rows, 1)]
        assert await receiver.pending_acknowledgements(folder, limit=10) == settled

    async def test_the_servers_copy_is_settled_once_per_handled_mail(self, receiver: Receiver, folder: Folder) -> None:
        rows = await receiver.store(folder, [fetched(1), fetched(2), fetched(3)])
        for row in rows[:2]:
            await receiver.handle(row)
        assert await receiver.pending_acknowledgements(folder, limit=1) == [(rows[0], 1)]
        assert await receiver.pending_acknowledgements(folder, limit=10) == [(rows[0], 1), (rows[1], 2)]
        await receiver.acknowledged(rows[:1], gone=False, now=NOON)
        assert await receiver.pending_acknowledgements(folder, limit=10) == [(rows[1], 2)]
        other = replace(folder, uidvalidity=8)
        assert await receiver.pending_acknowledgements(other, limit=10) == []

    async def test_the_copy_of_a_truncated_mail_is_left_alone(self, receiver: Receiver, folder: Folder) -> None:
        (row,) = await receiver.store(folder, [fetched(1, truncated=True)])
        assert await receiver.handle(row) is True
        assert await receiver.pending_acknowledgements(folder, limit=10) == []

    async def test_nonsense_gets_an_outcome_too(self, receiver: Receiver, folder: Folder, mailbox: int) -> None:
        nonsense = [b"", b"\x00" * 100, b"From: \xff\xfe\r\n\r\n", b"(" * 5000]
        mails = [replace(fetched(uid), raw=raw) for uid, raw in enumerate(nonsense, 1)]
        for row in await receiver.store(folder, mails):
            assert await receiver.handle(row) is True
        assert await receiver.unhandled(mailbox, limit=10) == []

    async def test_one_worker_holds_a_mailbox_until_its_lease_ends(self, receiver: Receiver, mailbox: int) -> None:
        assert await receiver.hold(mailbox, worker="one", now=NOON, lease_seconds=60)
        assert not await receiver.hold(mailbox, worker="two", now=NOON, lease_seconds=60)
        assert await receiver.hold(mailbox, worker="one", now=NOON + MINUTE / 2, lease_seconds=60)
        assert not await receiver.hold(mailbox, worker="two", now=NOON + MINUTE, lease_seconds=60)
        assert await receiver.hold(mailbox, worker="two", now=NOON + 2 * MINUTE, lease_seconds=60)
        assert not await receiver.hold(mailbox, worker="one", now=NOON + 2 * MINUTE, lease_seconds=60)

    async def test_a_lease_can_be_given_back_by_its_owner_only(self, receiver: Receiver, mailbox: int) -> None:
        await receiver.hold(mailbox, worker="one", now=NOON, lease_seconds=60)
        await receiver.let_go(mailbox, worker="two")
        assert not await receiver.hold(mailbox, worker="two", now=NOON, lease_seconds=60)
        await receiver.let_go(mailbox, worker="one")
        assert await receiver.hold(mailbox, worker="two", now=NOON, lease_seconds=60)

    async def test_every_state_can_be_shown(self, receiver: Receiver, mailbox: int) -> None:
        for state in IntakeState:
            status = IntakeStatus(state=state, at=NOON, code="refused", text="Nobody there", server_count=3)
            await receiver.status(mailbox, status)


Adding = Callable[..., Awaitable[int]]


async def _recorded(outbox: Outbox, mail: Outgoing, attempt: Attempt) -> bool:
    return mail.row in await outbox.record_all([(mail, attempt)])


class OutboxContract:
    """`outbox` gives an empty outbox; `add(mailbox=…, recipients=…, due=…)` puts a mail into it; `mailboxes` are two
    mailboxes that may send."""

    @pytest.fixture
    def mailboxes(self) -> tuple[int, int]:
        return 1, 2

    async def _claim(
        self, outbox: Outbox, *, now: datetime = NOON, limit: int = 10, worker: str = "one"
    ) -> list[Outgoing]:
        return await outbox.claim(now=now, limit=limit, lease_seconds=60, worker=worker)

    async def test_what_is_due_is_claimed_oldest_first(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        later = await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON - MINUTE)
        earlier = await add(mailbox=mailboxes[1], recipients=(AINO, PAVEL), due=NOON - 2 * MINUTE)
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON + MINUTE)
        claimed = await self._claim(outbox)
        assert [mail.row for mail in claimed] == [earlier, later]
        assert claimed[0].recipients == (AINO, PAVEL)
        assert claimed[0].mailbox == mailboxes[1]
        assert claimed[0].attempts == 0
        assert claimed[0].first_due == NOON - 2 * MINUTE
        assert claimed[0].lease_until == NOON + MINUTE
        assert b"Message-ID:" in claimed[0].raw

    async def test_nobody_else_gets_a_claimed_mail(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        for _ in range(3):
            await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        first = await self._claim(outbox, limit=2)
        second = await self._claim(outbox, worker="two")
        assert len(first) == 2
        assert len(second) == 1
        assert not {mail.row for mail in first} & {mail.row for mail in second}

    async def test_a_lease_that_ran_out_gives_the_mail_to_the_next(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        row = await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        (slow,) = await self._claim(outbox)
        (quick,) = await self._claim(outbox, now=NOON + 2 * MINUTE, worker="two")
        assert (quick.row, slow.row) == (row, row)
        assert quick.token > slow.token
        assert quick.raw == slow.raw
        assert await _recorded(outbox, slow, Attempt(at=NOON, accepted=(AINO,))) is False
        assert await _recorded(outbox, quick, Attempt(at=NOON, accepted=(AINO,), server_text="250 Ok")) is True
        assert await self._claim(outbox, now=NOON + timedelta(days=9)) == []

    async def test_an_accepted_mail_is_done(self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]) -> None:
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        (mail,) = await self._claim(outbox)
        assert await _recorded(outbox, mail, Attempt(at=NOON, accepted=(AINO,))) is True
        assert await self._claim(outbox, now=NOON + timedelta(days=9)) == []
        assert await outbox.next_due(now=NOON) is None

    async def test_many_outcomes_are_written_at_once_but_none_of_a_mail_that_others_have_by_now(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        for _ in range(3):
            await add(mailbox=mailboxes[0], recipients=(AINO, PAVEL), due=NOON)
        taken, late, slow = await self._claim(outbox)
        (lost,) = await self._claim(outbox, now=NOON + 2 * MINUTE, limit=1, worker="two")
        later = NOON + 5 * MINUTE
        full = Refusal(recipient=PAVEL, status=452, text="full")
        attempts = [
            (taken, Attempt(at=NOON, accepted=(AINO, PAVEL))),
            (late, Attempt(at=NOON, accepted=(AINO,), deferred=(full,), retry_at=later)),
            (slow, Attempt(at=NOON, accepted=(AINO, PAVEL), server_text="250 2.0.0 Accepted")),
        ]
        assert lost.row == taken.row
        assert await outbox.record_all(attempts) == {late.row, slow.row}
        assert await outbox.record_all([]) == set()
        assert [(mail.row, mail.recipients) for mail in await self._claim(outbox, now=later)] == [
            (taken.row, (AINO, PAVEL)),
            (late.row, (PAVEL,)),
        ]

    async def test_a_deferred_mail_comes_back_when_it_is_time(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        (mail,) = await self._claim(outbox)
        later = NOON + 5 * MINUTE
        refusal = Refusal(recipient=AINO, status=451, text="greylisted")
        assert await _recorded(outbox, mail, Attempt(at=NOON, deferred=(refusal,), retry_at=later)) is True
        assert await outbox.next_due(now=NOON) == later
        assert await self._claim(outbox, now=later - MINUTE) == []
        (again,) = await self._claim(outbox, now=later)
        assert again.attempts == 1
        assert again.raw == mail.raw
        assert again.first_due == mail.first_due

    async def test_only_open_recipients_are_tried_again(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        maria = "maria@desk.example"
        await add(mailbox=mailboxes[0], recipients=(AINO, PAVEL, maria), due=NOON)
        (mail,) = await self._claim(outbox)
        attempt = Attempt(
            at=NOON,
            accepted=(AINO,),
            deferred=(Refusal(recipient=PAVEL, status=452, text="full"),),
            refused=(Refusal(recipient=maria, status=550, text="unknown"),),
            retry_at=NOON + MINUTE,
        )
        assert await _recorded(outbox, mail, attempt) is True
        (again,) = await self._claim(outbox, now=NOON + MINUTE)
        assert again.recipients == (PAVEL,)

    @pytest.mark.parametrize("status", [450, 550])
    async def test_a_mail_without_further_attempts_is_done(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int], status: int
    ) -> None:
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        (mail,) = await self._claim(outbox)
        refusal = (Refusal(recipient=AINO, status=status, text="no"),)
        failed = Attempt(at=NOON, refused=refusal) if status == 550 else Attempt(at=NOON, deferred=refusal)
        assert await _recorded(outbox, mail, failed) is True
        assert await self._claim(outbox, now=NOON + timedelta(days=9)) == []
        assert await outbox.next_due(now=NOON) is None

    async def test_released_mails_are_free_at_once_and_not_counted(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON)
        claimed = await self._claim(outbox)
        await outbox.release(claimed)
        (again,) = await self._claim(outbox, worker="two")
        assert again.attempts == 0
        assert again.token > claimed[0].token
        await outbox.release(claimed)
        assert await self._claim(outbox, worker="three") == []

    async def test_a_paused_mailbox_sends_nothing_and_stops_no_other(
        self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]
    ) -> None:
        first, second = mailboxes
        await add(mailbox=first, recipients=(AINO,), due=NOON)
        running = await add(mailbox=second, recipients=(AINO,), due=NOON)
        until = NOON + 5 * MINUTE
        await outbox.pause_mailbox(first, Pause(at=NOON, until=until, code="sign_in_refused", text="Wrong password"))
        (mail,) = await self._claim(outbox)
        assert mail.row == running
        await _recorded(outbox, mail, Attempt(at=NOON, accepted=(AINO,)))
        assert await outbox.next_due(now=NOON) == until
        assert len(await self._claim(outbox, now=until)) == 1

    async def test_a_resumed_mailbox_sends_again(self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]) -> None:
        first, _ = mailboxes
        await add(mailbox=first, recipients=(AINO,), due=NOON)
        await outbox.pause_mailbox(first, Pause(at=NOON, until=NOON + MINUTE, code="tls_certificate", text="Expired"))
        assert await self._claim(outbox) == []
        await outbox.resume_mailbox(first)
        assert len(await self._claim(outbox)) == 1

    async def test_the_next_moment_is_known(self, outbox: Outbox, add: Adding, mailboxes: tuple[int, int]) -> None:
        assert await outbox.next_due(now=NOON) is None
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON + 2 * MINUTE)
        await add(mailbox=mailboxes[0], recipients=(AINO,), due=NOON + MINUTE)
        assert await outbox.next_due(now=NOON) == NOON + MINUTE
        assert len(await self._claim(outbox, now=NOON + MINUTE)) == 1
        assert await outbox.next_due(now=NOON + MINUTE) == NOON + 2 * MINUTE

    async def test_the_mailbox_says_how_to_send(self, outbox: Outbox, mailboxes: tuple[int, int]) -> None:
        assert (await outbox.smtp_settings(mailboxes[0])).host
