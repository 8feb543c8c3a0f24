"""The intake against Courier and against servers that can less: each mail once, its copy as set, whatever they lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from mail.accounts import AfterHandling, ImapSettings
from mail.imap import ImapSession
from mail.intake import Rhythm
from mail.ports import IntakeState
from tests.mail.test_intake import QUICK, flags_on_server, letter, running
from tests.support.courier import BARE, Courier, running_courier
from tests.support.dovecot import running_dovecot
from tests.support.mail_doubles import MemoryReceiver

RHYTHM = replace(QUICK, after_losses=timedelta(0))
OLDER = "MOVE UIDPLUS IDLE CONDSTORE QRESYNC ENABLE"


@dataclass
class Server:
    """One kind of server: how it is reached, how mail comes to it, what it is able to do."""

    settings: ImapSettings
    fill: Callable[[list[bytes]], None]
    expunges: bool
    idles: bool


@pytest.fixture(params=["courier", "courier without anything", "dovecot without anything"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with ExitStack() as stack:
        if request.param == "courier":
            courier = stack.enter_context(running_courier())
            yield Server(courier.mailbox(), courier.fill, expunges=True, idles=True)
        elif request.param == "courier without anything":
            courier = stack.enter_context(running_courier(BARE))
            yield Server(courier.mailbox(), courier.fill, expunges=False, idles=False)
        else:
            dovecot = stack.enter_context(running_dovecot(without=OLDER))
            settings = dovecot.mailbox("help")
            yield Server(settings, lambda mails: dovecot.fill("help", mails), expunges=False, idles=False)


async def test_old_and_new_mail_is_taken_in_and_flagged(server: Server) -> None:
    server.fill([letter(1), letter(2)])
    receiver = MemoryReceiver()
    async with running(server.settings, receiver) as watcher:
        await watcher.until_state(IntakeState.IDLE if server.idles else IntakeState.POLLING)
        await watcher.until_handled(2)
        server.fill([letter(3)])
        await watcher.until_handled(3)
    assert receiver.outcomes() == ["opened"] * 3
    flags = await flags_on_server(server.settings)
    assert len(flags) == 3
    assert all("\\Seen" in one for one in flags.values())


@pytest.mark.parametrize("after", [AfterHandling.LEAVE, AfterHandling.MOVE, AfterHandling.DELETE])
async def test_the_copy_is_treated_as_set(server: Server, after: AfterHandling) -> None:
    settings = replace(server.settings, after_handling=after, move_to="INBOX.Erledigt & fertig")
    server.fill([letter(1), letter(2)])
    receiver = MemoryReceiver()
    async with running(settings, receiver) as watcher:
        await watcher.until_handled(2)
        await watcher.until(lambda: all(row.acknowledged for row in receiver.rows.values()))
    flags = await flags_on_server(settings)
    taken_away = after in (AfterHandling.MOVE, AfterHandling.DELETE)
    assert len(flags) == (0 if taken_away and server.expunges else 2)
    assert all(("\\Deleted" in one) == taken_away for one in flags.values())
    assert {row.gone for row in receiver.rows.values()} == {taken_away and server.expunges}
    if after is AfterHandling.MOVE:
        assert len(await flags_on_server(replace(settings, folder=settings.move_to))) == 2
    # Whatever is left of them is known, and not taken in again at the next start.
    async with running(settings, receiver) as watcher:
        await watcher.until_state(IntakeState.IDLE if server.idles else IntakeState.POLLING)
    assert len(receiver.rows) == 2


async def test_what_people_take_away_is_noticed_and_missed_by_nobody(server: Server) -> None:
    server.fill([letter(1), letter(2), letter(3)])
    receiver = MemoryReceiver()
    async with running(server.settings, receiver, rhythm=RHYTHM) as watcher:
        await watcher.until_handled(3)
        await watcher.until(lambda: all(row.acknowledged for row in receiver.rows.values()))
        person = await ImapSession.open(server.settings)
        await person.select("INBOX")
        first = receiver.rows[1].mail.uid
        await person.add_flags([first], "\\Deleted")
        await person._run("EXPUNGE")
        await person.log_out()
        server.fill([letter(4)])
        await watcher.until_handled(4)
        await watcher.until(lambda: receiver.rows[1].gone)
    assert [row.gone for row in receiver.rows.values()] == [True, False, False, False]


async def test_a_folder_that_people_move_away_is_reported_and_found_again(server: Server) -> None:
    person = await ImapSession.open(server.settings)
    await person.create("INBOX.Support")
    await person.append("INBOX.Support", letter(1))
    settings = replace(server.settings, folder="INBOX.Support")
    receiver = MemoryReceiver()
    async with running(settings, receiver, rhythm=Rhythm(polling=timedelta(milliseconds=20))) as watcher:
        await watcher.until_handled(1)
    assert (await person._run("RENAME", '"INBOX.Support"', '"INBOX.Elsewhere"')).status == "OK"
    async with running(settings, receiver) as watcher:
        await watcher.until_state(IntakeState.FAILED, code="folder_missing")
    assert (await person._run("RENAME", '"INBOX.Elsewhere"', '"INBOX.Support"')).status == "OK"
    await person.append("INBOX.Support", letter(2))
    await person.log_out()
    async with running(settings, receiver) as watcher:
        await watcher.until(lambda: any(b"Order 2" in row.mail.raw for row in receiver.rows.values()))


async def test_courier_that_has_lost_its_numbers_gives_every_mail_again() -> None:
    with running_courier() as courier:
        await _renumbered(courier)


async def _renumbered(courier: Courier) -> None:
    courier.fill([letter(1), letter(2)])
    receiver = MemoryReceiver()
    async with running(courier.mailbox(), receiver) as watcher:
        await watcher.until_handled(2)
        await watcher.until(lambda: all(row.acknowledged for row in receiver.rows.values()))
    before = {row.folder.uidvalidity for row in receiver.rows.values()}
    courier.renumber()
    async with running(courier.mailbox(), receiver) as watcher:
        await watcher.until_handled(4)
    assert len({row.folder.uidvalidity for row in receiver.rows.values()} - before) == 1
    assert [row.mail.raw for row in receiver.rows.values()].count(receiver.rows[1].mail.raw) == 2
