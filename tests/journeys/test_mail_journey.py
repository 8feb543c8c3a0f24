"""The journey of an e-mail with real servers: SMTP → IMAP IDLE → case → live screen → answer → mailbox → and back."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib

from app.cases.models import Case
from app.queues.models import Queue
from mail.addresses import read_reply_address
from mail.message import Message
from mail.parsing import parse
from tests.support.clock import Clock
from tests.support.desk import TestDesk, running_desk
from tests.support.dovecot import PASSWORD, running_dovecot
from tests.support.mailwork import letter
from tests.support.smtp_server import running_opensmtpd
from tests.support.visiting import cookie_of, say
from tests.support.waiting import until
from tests.support.watching import watching

HELP = "help@desk.example"
PAVEL = "Pavel Orlov <pavel@northwind.example>"


class RealClock(Clock):
    """The desk's servers and its leases live in real time here."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


async def post(port: int, raw: bytes, *, to: str) -> None:
    sender = "pavel@northwind.example"
    await aiosmtplib.send(raw, sender=sender, recipients=[to], hostname="127.0.0.1", port=port, start_tls=False)


def inbox(mail_folder: Path, user: str) -> list[Message]:
    """What lies in somebody's mailbox on the mail server, oldest first."""
    found = [*mail_folder.glob(f"{user}/new/*"), *mail_folder.glob(f"{user}/cur/*")]
    return [parse(file.read_bytes()) for file in sorted(found, key=lambda file: file.stat().st_mtime_ns)]


async def add_mailbox(desk: TestDesk, *, imap_port: int, smtp_port: int, queue: int) -> int:
    """Set up by the administrator, who has the servers tried first."""
    helmi = await desk.browser("helmi")
    settings = {
        "name": "Help",
        "address": HELP,
        "sender_name": "Harbour Support",
        "queue_id": queue,
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "imap_security": "none",
        "imap_user": "help",
        "imap_password": PASSWORD,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_security": "none",
    }
    answer = await helmi.post("/api/admin/mailboxes", json=settings)
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def test_a_mail_becomes_a_case_an_answer_a_mail_and_the_reply_an_entry(database: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        dovecot = stack.enter_context(running_dovecot())
        owner = "dovecot" if os.geteuid() == 0 else str(os.getuid())
        smtpd = stack.enter_context(running_opensmtpd(dovecot.folder / "mail", owner=owner))
        dovecot.fill("help", [])
        enter = stack.enter_async_context
        desk = await enter(running_desk(database, tmp_path, clock=RealClock(), roles="web,live,mail"))
        queue = await Queue.get(name="Support")
        maria = await desk.browser("maria")
        socket = await enter(watching(desk.url, cookie_of(maria)))
        await socket.join(f"queue/{queue.id}")
        mailbox = await add_mailbox(desk, imap_port=dovecot.port, smtp_port=smtpd.port, queue=queue.id)
        helmi = await desk.browser("helmi")

        async def idles() -> bool:
            return bool((await helmi.get(f"/api/admin/mailboxes/{mailbox}/status")).json()["intake_state"] == "idle")

        await until(idles, seconds=20, what="IDLE at the IMAP server")

        # Pavel's mail becomes a row on Maria's open screen.
        first = letter("It does not heat.", sender=PAVEL, subject="The oven", message_id="<first@northwind.example>")
        await post(smtpd.port, first, to=HELP)
        rows = socket.rows[f"queue/{queue.id}"]
        await until(lambda: rows, seconds=20, what="the row of the case on the screen")
        (row,) = rows.values()
        assert (row["subject"], row["contact"]["name"], row["channel"]) == ("The oven", "Pavel Orlov", "mail")
        case_id = row["id"]
        await socket.join(f"case/{case_id}", since=0)

        # Maria's answer lies in Pavel's mailbox.
        upload = await maria.post("/api/files", files={"file": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")})
        body = {"text": "Is it plugged in?", "files": [upload.json()["id"]], "client_id": "answer-1", "seen": 0}
        answer = await maria.post(f"/api/cases/{case_id}/replies", json=body)
        assert answer.status_code in (200, 201), answer.text

        def answers() -> list[Message]:
            return [one for one in inbox(smtpd.mail_folder, "pavel") if "plugged" in one.text]

        (mail,) = await until(answers, seconds=20, what="the answer in Pavel's mailbox")
        assert mail.from_ is not None, "an answer has a sender"
        assert (mail.from_.email, mail.from_.name) == (HELP, "Maria Keller (Harbour Support)")
        assert mail.in_reply_to == ("<first@northwind.example>",)
        assert mail.references[0] == "<first@northwind.example>"
        assert mail.subject == "Re: The oven"
        assert [(one.filename, one.content) for one in mail.attachments] == [("plan.pdf", b"%PDF-1.7 plan")]
        reply_to = mail.reply_to[0].email
        assert read_reply_address(reply_to, (desk.desk.keys.reply_address,)) == (HELP, case_id)

        # Pavel answers it: an entry on the open screen, by the signed address alone.
        second = letter("It was not. Thank you!\n\n> Is it plugged in?", sender=PAVEL, subject="Oven", to=reply_to)
        await post(smtpd.port, second, to=reply_to)
        entries = socket.entries[f"case/{case_id}"]

        def joined() -> list[dict[str, object]]:
            return [one for one in entries if one["kind"] == "message" and one["author"]["kind"] == "contact"]

        (entry,) = await until(joined, seconds=20, what="Pavel's answer on the screen")
        assert (entry["text"], entry["author"]["name"]) == ("It was not. Thank you!", "Pavel Orlov")
        assert entry["data"]["joined"] == {"by": "reply_address"}
        positions = socket.positions[f"case/{case_id}"]
        assert positions == list(range(1, len(positions) + 1))

        # The ledger holds what the server holds, and every copy is flagged.
        async def agrees() -> bool:
            status = (await helmi.get(f"/api/admin/mailboxes/{mailbox}/status")).json()
            return bool(status["ledger_count"] == status["server_count"] == 2 and status["unhandled"] == 0)

        await until(agrees, seconds=20, what="agreement of ledger and server")
        copies = [file.name for file in (dovecot.folder / "mail" / "help").glob("cur/*")]
        assert len(copies) == 2
        assert all("S" in name.rpartition(",")[2] for name in copies), copies
        assert await Case.all().count() == 1
        await say(maria, case_id, "You are welcome.")
        thanks = await until(lambda: [one for one in inbox(smtpd.mail_folder, "pavel") if "welcome" in one.text])
        assert thanks[0].references[0] == "<first@northwind.example>"
        assert thanks[0].in_reply_to[0] not in ("<first@northwind.example>", mail.message_id), (
            "the last mail is answered"
        )
