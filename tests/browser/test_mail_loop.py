"""A mail becomes a row on an open screen, the agent answers in the browser, and the customer's mail comes back live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.post_office import PostOffice, post_office
from app.queues.models import Queue
from mail.message import Message
from tests.browser.people import screen
from tests.support.clock import RunningClock
from tests.support.desk import TestDesk, running_desk
from tests.support.posting import mails_for, post, written
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Browser

SUPPORT, PASSWORD = "support@desk.example", "a quiet harbour"
AINO = "aino@northwind.example"


async def give_mailbox(desk: TestDesk, office: PostOffice) -> Queue:
    """As an administrator sets it up; the connection test talks to the office first."""
    helmi, queue = await desk.browser("helmi"), await Queue.get(name="Support")
    server = {"imap_host": "127.0.0.1", "imap_port": office.imap_port, "imap_security": "none", "imap_user": SUPPORT}
    sending = {"smtp_host": "127.0.0.1", "smtp_port": office.smtp_port, "smtp_security": "none"}
    mailbox = {"name": "Support", "address": SUPPORT, "queue_id": queue.id, "imap_password": PASSWORD}
    answer = await helmi.post("/api/admin/mailboxes", json={**mailbox, **server, **sending}, timeout=30)
    assert answer.status_code == 201, answer.text
    return queue


async def mail_with(office: PostOffice, words: str) -> Message:
    found = await until(
        lambda: [one for one in mails_for(office, AINO) if words in one.text], seconds=30, what=f"a mail with {words!r}"
    )
    first: Message = found[0]
    return first


async def test_a_mail_comes_in_and_its_answer_goes_out(database: str, browser: Browser, tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with (
        post_office(tmp_path / "post.sqlite3", passwords={SUPPORT: PASSWORD}) as office,
        running_desk(database, tmp_path, clock=RunningClock(), roles="web,live,mail,timers") as desk,
        screen(browser, desk.url, await desk.browser("maria")) as maria,
    ):
        queue = await give_mailbox(desk, office)
        await maria.open(f"/console/queue/{queue.id}")
        await expect(maria.page.get_by_text("All done here")).to_be_visible()

        first = written(
            sender=f"Aino Virtanen <{AINO}>",
            to=SUPPORT,
            subject="Uuni 2 ei lämpene",
            text="Hei!\n\nUuni jää kylmäksi.\n\nAino",
            message_id="<first@northwind.example>",
        )
        await post(office.smtp_port, first, sender=AINO, to=SUPPORT)
        row = maria.page.locator("[data-case]")
        await expect(row).to_contain_text("Uuni 2 ei lämpene", timeout=30_000)
        await row.click()
        await expect(maria.message("Uuni jää kylmäksi.")).to_be_visible()
        await expect(maria.page.get_by_text(f"Goes by e-mail to {AINO}")).to_be_visible()

        await maria.choose("r")
        await maria.page.keyboard.type("Mikä virhekoodi näkyy?")
        await maria.page.keyboard.press("Control+Enter")
        await expect(maria.message("Mikä virhekoodi näkyy?")).to_be_visible()
        answer = await mail_with(office, "Mikä virhekoodi näkyy?")
        assert answer.subject.startswith("Re: Uuni 2 ei lämpene")
        assert answer.in_reply_to == ("<first@northwind.example>",)
        assert "<first@northwind.example>" in answer.references
        assert answer.from_ is not None
        assert answer.from_.email == SUPPORT
        assert "Maria Keller" in answer.from_.name
        # Her screen says that the server has taken it.
        await expect(maria.message("Mikä virhekoodi näkyy?")).to_contain_text("Sent by e-mail")

        second = written(
            sender=f"Aino Virtanen <{AINO}>",
            to=answer.reply_to[0].email if answer.reply_to else SUPPORT,
            subject=answer.subject,
            text="Näytössä lukee E-17.\n\n> Mikä virhekoodi näkyy?\n",
            message_id="<second@northwind.example>",
            in_reply_to=str(answer.message_id),
            references=f"<first@northwind.example> {answer.message_id}",
        )
        await post(office.smtp_port, second, sender=AINO, to=SUPPORT)
        await expect(maria.message("Näytössä lukee E-17.")).to_be_visible(timeout=30_000)
        assert await maria.never_reloaded()
        assert maria.complaints == []
