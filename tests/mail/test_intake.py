"""The intake: nothing is lost, nothing is handled twice, and it goes on by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from mail.accounts import AfterHandling, ImapSettings
from mail.fetching import Batches
from mail.imap import ImapSession
from mail.intake import Intake, Rhythm
from mail.ports import FetchedMail, Folder, IntakeState, IntakeStatus
from tests.support.dovecot import Dovecot
from tests.support.mail_doubles import MemoryReceiver
from tests.support.scripted_imap import SELECTED, Dialogue, scripted_imap

QUICK = Rhythm(
    polling=timedelta(milliseconds=20),
    standby=timedelta(milliseconds=20),
    patience=timedelta(seconds=5),
    batches=Batches(mails=50),
)


def letter(number: int, body: bytes = b"Where is it?") -> bytes:
    return b"From: aino@northwind.example\r\nSubject: Order %d\r\n\r\n%s\r\n" % (number, body)


class Watcher:
    """Waits for what an intake reports."""

    def __init__(self, receiver: MemoryReceiver) -> None:
        self.receiver = receiver
        self._changed = asyncio.Event()
        receiver.on_status = lambda status: self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_state(self, *states: IntakeState, code: str | None = None) -> IntakeStatus:
        def reached() -> bool:
            return any(_matches(status, states, code) for status in self.receiver.statuses)

        await self.until(reached)
        return next(status for status in self.receiver.statuses if _matches(status, states, code))

    async def until_handled(self, count: int) -> None:
        await self.until(lambda: len(self.receiver.rows) >= count and all(self.receiver.outcomes()))


def _matches(status: IntakeStatus, states: tuple[IntakeState, ...], code: str | None) -> bool:
    return status.state in states and (code is None or status.code == code)


@asynccontextmanager
async def running(
    settings: ImapSettings, receiver: MemoryReceiver, *, rhythm: Rhythm = QUICK, worker: str = "one"
) -> AsyncIterator[Watcher]:
    """An intake that is stopped in good order at the end."""
    intake = Intake(mailbox=1, settings=settings, receiver=receiver, worker=worker, rhythm=rhythm, chance=lambda: 0.0)
    watcher = Watcher(receiver)
    task = asyncio.create_task(intake.run())
    try:
        yield watcher
    finally:
        intake.stop()
        await asyncio.wait_for(task, 10)


async def flags_on_server(settings: ImapSettings) -> dict[int, frozenset[str]]:
    session = await ImapSession.open(settings)
    await session.select(settings.folder)
    items = await session.fetch(await session.search("ALL"), "(UID FLAGS)")
    await session.log_out()
    return {item.uid or 0: item.flags or frozenset() for item in items}


class TestWithDovecot:
    async def test_waiting_and_new_mails_are_stored_handled_and_flagged(self, dovecot: Dovecot, user: str) -> None:
        settings = dovecot.mailbox(user)
        dovecot.fill(user, [letter(1), letter(2)])
        receiver = MemoryReceiver()
        async with running(settings, receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
            await watcher.until_handled(2)
            dovecot.fill(user, [letter(3)])
            await watcher.until_handled(3)
        assert receiver.outcomes() == ["opened"] * 3
        assert b"Order 3" in receiver.rows[3].mail.raw
        assert all("\\Seen" in flags for flags in (await flags_on_server(settings)).values())
        assert receiver.statuses[-1].state is IntakeState.STOPPED
        assert receiver.leases == {}

    async def test_what_comes_while_others_are_handled_is_not_forgotten(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1)])

        async def understand(raw: bytes) -> str:
            if b"Order 1" in raw:
                dovecot.fill(user, [letter(2)])  # the server tells of it when the first one is flagged, and not again
            return "opened"

        receiver = MemoryReceiver(understand=understand)
        async with running(dovecot.mailbox(user), receiver) as watcher:
            await watcher.until_handled(2)

    async def test_bytes_are_stored_before_a_flag_is_set(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1)])
        receiver = MemoryReceiver()
        async with running(dovecot.mailbox(user), receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
        assert [name for name, _ in receiver.journal] == ["store", "handle", "acknowledged"]

    @pytest.mark.parametrize(
        ("after_handling", "left", "seen"),
        [
            (AfterHandling.LEAVE, 2, 0),
            (AfterHandling.FLAG, 2, 2),
            (AfterHandling.MOVE, 0, 0),
            (AfterHandling.DELETE, 0, 0),
        ],
    )
    async def test_the_servers_copy_is_treated_as_set(
        self, dovecot: Dovecot, user: str, after_handling: AfterHandling, left: int, seen: int
    ) -> None:
        settings = replace(dovecot.mailbox(user), after_handling=after_handling, move_to="Erledigt & fertig")
        dovecot.fill(user, [letter(1), letter(2)])
        receiver = MemoryReceiver()
        async with running(settings, receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
        flags = await flags_on_server(settings)
        assert len(flags) == left
        assert sum("\\Seen" in one for one in flags.values()) == seen
        assert all(row.acknowledged for row in receiver.rows.values())
        if after_handling is AfterHandling.MOVE:
            moved = await flags_on_server(replace(settings, folder="Erledigt & fertig"))
            assert len(moved) == 2

    async def test_a_backlog_of_five_thousand_is_drained_in_batches(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(number) for number in range(5000)])
        receiver = MemoryReceiver()
        async with running(dovecot.mailbox(user), receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
        assert len({row.mail.uid for row in receiver.rows.values()}) == 5000
        assert receiver.outcomes() == ["opened"] * 5000
        batches = [about for name, about in receiver.journal if name == "store"]
        assert max(len(batch) for batch in batches if isinstance(batch, list)) == 50
        status = next(status for status in receiver.statuses if status.state is IntakeState.IDLE)
        assert status.server_count == 5000

    async def test_the_next_batch_is_stored_while_one_is_handled(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1), letter(2)])
        second_stored = asyncio.Event()

        class Telling(MemoryReceiver):
            async def store(self, folder: Folder, mails: Sequence[FetchedMail]) -> list[int]:
                rows = await super().store(folder, mails)
                if len(self.rows) == 2:
                    second_stored.set()
                return rows

        async def understand(raw: bytes) -> str:
            await asyncio.wait_for(second_stored.wait(), 10)
            return "opened"

        receiver = Telling(understand=understand)
        rhythm = replace(QUICK, batches=Batches(mails=1))
        async with running(dovecot.mailbox(user), receiver, rhythm=rhythm) as watcher:
            await watcher.until_handled(2)
        assert receiver.outcomes() == ["opened"] * 2
        assert [name for name, _ in receiver.journal] == [
            "store", "handle", "store", "acknowledged", "handle", "acknowledged",
        ]  # fmt: skip

    async def test_a_next_batch_that_cannot_be_stored_costs_the_one_before_nothing(
        self, dovecot: Dovecot, user: str
    ) -> None:
        settings = dovecot.mailbox(user)
        dovecot.fill(user, [letter(1), letter(2)])

        async def understand(raw: bytes) -> str:
            if b"Order 1" in raw:
                receiver.fail_next.add("store")  # the second one is only being fetched now
            return "opened"

        receiver = MemoryReceiver(understand=understand)
        async with running(settings, receiver, rhythm=replace(QUICK, batches=Batches(mails=1))) as watcher:
            await watcher.until_state(IntakeState.FAILED, code="desk_failed")
            await watcher.until_handled(2)
        assert receiver.outcomes() == ["opened"] * 2
        assert [about for name, about in receiver.journal if name == "acknowledged"] == [[1], [2]]
        assert all("\\Seen" in flags for flags in (await flags_on_server(settings)).values())

    async def test_one_poisoned_mail_stops_no_other(self, dovecot: Dovecot, user: str) -> None:
        async def understand(raw: bytes) -> str:
            if b"poison" in raw:
                raise RecursionError("too deep")
            return "opened"

        dovecot.fill(user, [letter(1), letter(2, b"poison"), letter(3)])
        receiver = MemoryReceiver(understand=understand)
        async with running(dovecot.mailbox(user), receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
        assert receiver.outcomes() == ["opened", "quarantined", "opened"]

    async def test_of_a_mail_that_is_too_large_only_the_beginning_is_taken(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1), letter(2, b"x" * 100_000), letter(3)])
        rhythm = replace(QUICK, batches=Batches(largest=50_000, beginning=1000))
        receiver = MemoryReceiver()
        async with running(dovecot.mailbox(user), receiver, rhythm=rhythm) as watcher:
            await watcher.until_state(IntakeState.IDLE)
        by_uid = {row.mail.uid: row for row in receiver.rows.values()}
        assert [by_uid[uid].outcome for uid in (1, 2, 3)] == ["opened", "quarantined", "opened"]
        assert (len(by_uid[2].mail.raw), by_uid[2].mail.truncated) == (1000, True)
        assert by_uid[2].mail.size > 100_000
        assert "\\Seen" not in (await flags_on_server(dovecot.mailbox(user)))[2]

    @pytest.mark.parametrize("step", ["store", "handle", "acknowledged"])
    async def test_a_crash_at_any_step_loses_and_doubles_nothing(self, dovecot: Dovecot, user: str, step: str) -> None:
        dovecot.fill(user, [letter(number) for number in range(10)])
        understood: list[bytes] = []

        async def understand(raw: bytes) -> str:
            understood.append(raw)
            return "opened"

        receiver = MemoryReceiver(understand=understand, fail_next={step})
        async with running(dovecot.mailbox(user), receiver, rhythm=replace(QUICK, batches=Batches(mails=4))) as watcher:
            failed = await watcher.until_state(IntakeState.FAILED)
            assert failed.code == "desk_failed", failed.text
            assert "database away" in failed.text
            await watcher.until_state(IntakeState.IDLE)
        assert receiver.outcomes() == ["opened"] * 10
        assert len(understood) == len(set(understood)) == 10
        assert all(row.acknowledged for row in receiver.rows.values())

    async def test_a_second_worker_waits_and_takes_over(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1)])
        receiver = MemoryReceiver()
        async with running(dovecot.mailbox(user), receiver) as first:
            await first.until_state(IntakeState.IDLE)
            async with running(dovecot.mailbox(user), receiver, worker="two") as second:
                await second.until_state(IntakeState.STANDBY)
                await receiver.let_go(1, worker="one")
                receiver.statuses.clear()
                await second.until_state(IntakeState.IDLE)
        assert len(receiver.rows) == 1

    async def test_a_killed_server_process_is_answered_by_a_new_connection(self, dovecot: Dovecot, user: str) -> None:
        before = set(dovecot.imap_processes())
        receiver = MemoryReceiver()
        async with running(dovecot.mailbox(user), receiver) as watcher:
            await watcher.until_state(IntakeState.IDLE)
            for process in set(dovecot.imap_processes()) - before:
                os.kill(process, signal.SIGKILL)
            failed = await watcher.until_state(IntakeState.FAILED)
            assert failed.code == "connection_lost"
            dovecot.fill(user, [letter(1)])
            await watcher.until_handled(1)


class TestWithAServerThatMisbehaves:
    async def test_without_idle_the_server_is_asked_again_and_again(self) -> None:
        plain = b"TAG OK [CAPABILITY IMAP4rev1] signed in\r\n"
        search: list[object] = [b"* SEARCH\r\nTAG OK done\r\n"] * 3 + [b"* SEARCH 5\r\nTAG OK done\r\n"]
        async with scripted_imap(
            ("LOGIN", plain),
            ("UID SEARCH", search),
            *_mail(5),  # type: ignore[arg-type]
        ) as server:
            receiver = MemoryReceiver()
            async with running(server.mailbox(), receiver) as watcher:
                await watcher.until_state(IntakeState.POLLING)
                await watcher.until_handled(1)
            assert not any(b"IDLE" in line for line in server.heard)

    async def test_where_idle_is_promised_and_refused_it_polls(self) -> None:
        async with scripted_imap(("IDLE", b"TAG NO not today\r\n")) as server:
            async with running(server.mailbox(), MemoryReceiver()) as watcher:
                await watcher.until_state(IntakeState.POLLING)
            assert server.connections == 1

    async def test_a_new_uidvalidity_makes_every_uid_new(self) -> None:
        search = b"* SEARCH 5\r\nTAG OK done\r\n"
        selects: list[object] = [SELECTED, SELECTED.replace(b"UIDVALIDITY 7", b"UIDVALIDITY 8")]
        idles: list[object] = [_hang_up, b"+ idling\r\n"]
        async with scripted_imap(
            ("SELECT", selects),
            ("UID SEARCH", search),
            ("IDLE", idles),
            ("DONE", b""),
            *_mail(5),  # type: ignore[arg-type]
        ) as server:
            receiver = MemoryReceiver()
            async with running(
                server.mailbox(), receiver, rhythm=replace(QUICK, patience=timedelta(seconds=0.2))
            ) as watcher:
                await watcher.until_handled(2)
            assert [(row.folder.uidvalidity, row.mail.uid) for row in receiver.rows.values()] == [(7, 5), (8, 5)]

    async def test_a_drop_in_the_middle_of_a_mail_is_made_good(self) -> None:
        async def break_off(dialogue: Dialogue, command: bytes) -> None:
            await dialogue.say(b"* 1 FETCH (UID 5 BODY[] {5000}\r\nhalf a mail")
            dialogue.cut()

        sizes, (pattern, whole) = _mail(5)
        async with scripted_imap(
            ("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n"),
            sizes,
            (pattern, [break_off, whole]),  # type: ignore[list-item]
        ) as server:
            receiver = MemoryReceiver()
            async with running(server.mailbox(), receiver) as watcher:
                await watcher.until_state(IntakeState.FAILED, code="connection_lost")
                await watcher.until_handled(1)
            assert receiver.rows[1].mail.raw == letter(5)

    async def test_a_mail_the_server_cannot_read_hides_no_other(self) -> None:
        async def fetch(dialogue: Dialogue, command: bytes) -> None:
            uids = command.split()[2]
            if b"SIZE)" in command and b"BODY" not in command:
                await dialogue.say(
                    b"* 1 FETCH (UID 4 RFC822.SIZE 9)\r\n* 2 FETCH (UID 5 RFC822.SIZE 9)\r\nTAG OK done\r\n"
                )
            elif uids == b"5":
                await dialogue.say(
                    b"* 2 FETCH (UID 5 BODY[] {%d}\r\n%s)\r\nTAG OK done\r\n" % (len(letter(5)), letter(5))
                )
            else:
                await dialogue.say(b"TAG NO [SERVERBUG] cannot read\r\n")

        async with scripted_imap(("UID SEARCH", b"* SEARCH 4 5\r\nTAG OK done\r\n"), ("UID FETCH", fetch)) as server:
            receiver = MemoryReceiver()
            async with running(server.mailbox(), receiver) as watcher:
                await watcher.until_state(IntakeState.IDLE, code="unreadable_mails")
            assert [row.mail.uid for row in receiver.rows.values()] == [5]

    async def test_a_folder_that_may_only_be_read_still_gives_its_mail(self) -> None:
        async with scripted_imap(
            ("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n"), ("UID STORE", b"TAG NO read-only\r\n"), *_mail(5)
        ) as server:
            receiver = MemoryReceiver()
            async with running(server.mailbox(), receiver) as watcher:
                status = await watcher.until_state(IntakeState.IDLE, code="copy_refused")
            assert "read-only" in status.text
            assert receiver.outcomes() == ["opened"]

    async def test_a_wrong_password_is_reported_and_not_tried_in_a_rush(self) -> None:
        async with (
            scripted_imap(("LOGIN", b"TAG NO [AUTHENTICATIONFAILED] no\r\n")) as server,
            running(server.mailbox(), MemoryReceiver()) as watcher,
        ):
            status = await watcher.until_state(IntakeState.FAILED)
            assert status.code == "sign_in_refused"
            assert server.connections == 1


async def _hang_up(dialogue: Dialogue, command: bytes) -> None:
    dialogue.cut()


def _mail(uid: int) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """Answers to the two FETCH commands for one message."""
    raw = letter(uid)
    sizes = b"* 1 FETCH (UID %d RFC822.SIZE %d)\r\nTAG OK done\r\n" % (uid, len(raw))
    whole = b"* 1 FETCH (UID %d FLAGS () BODY[] {%d}\r\n%s)\r\nTAG OK done\r\n" % (uid, len(raw), raw)
    return (r"UID FETCH \S+ \(UID RFC822.SIZE\)", sizes), (r"UID FETCH \S+ .*BODY", whole)
