"""The demo's mail page, for whoever tries the desk: what it has sent, and writing to it as a customer."""

from __future__ import annotations

import uuid
from datetime import datetime
from email.utils import parseaddr
from typing import Annotated, Any

import aiosmtplib
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.demo.people import MAILBOX
from app.demo.running import DemoOffice
from app.desk import Desk
from app.errors import Invalid, NotFound
from app.pages import page
from app.post_office import PostOffice
from app.web.handed_in import TheDesk
from mail.compose import Draft, compose, message_id
from mail.errors import MailError
from mail.message import Address
from mail.parsing import parse


class DemoAddress(Struct):
    address: str
    count: int
    latest: datetime | None


class DemoMail(Struct, kw_only=True):
    uid: int
    message_id: str | None
    subject: str
    from_address: str
    from_name: str
    at: datetime
    text: str
    reply_to: str
    in_reply_to: str
    references: list[str]
    automatic: bool
    raw: str


class NewDemoMail(Struct, kw_only=True, forbid_unknown_fields=True):
    from_address: Annotated[str, Meta(min_length=3, max_length=320)]
    from_name: Annotated[str, Meta(max_length=120)] = ""
    to: Annotated[str, Meta(max_length=320)] = MAILBOX
    subject: Annotated[str, Meta(max_length=400)] = ""
    text: Annotated[str, Meta(min_length=1, max_length=100_000)]
    in_reply_to: str = ""
    references: list[str] = []


def demo_routes(desk: Desk, office: DemoOffice) -> list[Any]:
    """The handlers; a desk that is no demo answers them with 404."""

    def opened() -> PostOffice:
        if office.office is None:
            raise NotFound("Only the demo has a post office of its own.")
        return office.office

    @get("/api/demo/mail", summary="Addresses that have mail", tags=["Demo"])
    async def list_addresses() -> list[DemoAddress]:
        return [
            DemoAddress(one.address, one.count, one.latest)
            for one in opened().store.addresses()
            if one.address != MAILBOX
        ]

    @get("/api/demo/mail/{address:str}", summary="The mails of one address, newest first", tags=["Demo"])
    async def list_mails(address: FromPath[str]) -> list[DemoMail]:
        store = opened().store
        found = []
        for stored in store.inbox(address, limit=50):
            raw = store.inbox_raw(address, stored.uid) or b""
            message = parse(raw)
            found.append(
                DemoMail(
                    uid=stored.uid,
                    message_id=message.message_id,
                    subject=message.subject,
                    from_address=message.from_.email if message.from_ else "",
                    from_name=message.from_.name if message.from_ else "",
                    at=stored.received_at,
                    text=message.text,
                    reply_to=message.reply_to[0].email if message.reply_to else "",
                    in_reply_to=message.in_reply_to[0] if message.in_reply_to else "",
                    references=list(message.references),
                    automatic=message.is_auto,
                    raw=raw[:100_000].decode("utf-8", "replace"),
                )
            )
        return found

    @post("/api/demo/mail", summary="Write a mail as a customer", tags=["Demo"], status_code=201)
    async def write_mail(data: JSONBody[NewDemoMail]) -> DemoAddress:
        place = opened()
        sender = parseaddr(data.from_address)[1].lower()
        try:
            raw = compose(
                Draft(
                    message_id=message_id(uuid.uuid4().hex, sender.rpartition("@")[2] or "mailing.example"),
                    date=desk.now(),
                    sender=Address(sender, data.from_name),
                    to=(Address(data.to),),
                    subject=data.subject,
                    text=data.text,
                    in_reply_to=data.in_reply_to,
                    references=tuple(data.references),
                )
            )
            await aiosmtplib.send(
                raw,
                sender=sender,
                recipients=[data.to],
                hostname=place.host,
                port=place.smtp_port,
                start_tls=False,
                timeout=10,
            )
        except (MailError, aiosmtplib.SMTPException, OSError) as error:
            raise Invalid(f"The mail could not be sent: {error}", field="from_address") from error
        return DemoAddress(sender, len(place.store.inbox(sender)), None)

    @get("/demo/mail", include_in_schema=False)
    async def mail_page(request: Request[Any, Any, Any], desk: TheDesk) -> Response[str]:
        opened()
        return await page("demo", request, desk)

    return [list_addresses, list_mails, write_mail, mail_page]
