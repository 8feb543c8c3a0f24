"""Spam: marking a case and its sender both ways, and the lists of senders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.cases import actions
from app.cases.details import case_detail
from app.cases.models import Entry
from app.cases.schemas import CaseDetail
from app.database import Work
from app.errors import Invalid, NotFound
from app.mailboxes import senders
from app.mailboxes.models import SenderRule
from app.people.authentication import ThePerson
from app.people.models import ContactAddress
from app.people.rights import Actor, may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write


class SpamMark(Struct, forbid_unknown_fields=True):
    """`sender` also puts who opened the case on the block list, or with `spam` false on the allow list."""

    spam: bool
    sender: Literal["address", "domain"] | None = None


class SenderRuleView(Struct, kw_only=True):
    id: int
    pattern: str
    kind: str
    case_id: int | None
    by_name: str
    created_at: datetime

    @classmethod
    def of(cls, row: SenderRule) -> SenderRuleView:
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class NewSenderRule(Struct, kw_only=True, forbid_unknown_fields=True):
    pattern: Annotated[str, Meta(min_length=3, max_length=320)]
    kind: Literal["block", "allow"]


@post("/api/cases/{case_id:int}/spam", summary="Mark as spam, or take it back", tags=["Cases"])
async def mark_spam(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[SpamMark]
) -> Response[CaseDetail]:
    async def action(work: Work) -> CaseDetail:
        said: dict[str, Any] = {}
        if data.sender is not None:
            pattern = senders.pattern_of(await _sender_of(case_id), data.sender)
            kind: senders.Kind = "block" if data.spam else "allow"
            await senders.set_rule(work, pattern=pattern, kind=kind, by_name=staff.name, case_id=case_id)
            said = {"listed": {"kind": kind, "pattern": pattern}}
        await actions.mark_spam(work, by=Actor.of(staff), case_id=case_id, spam=data.spam, data=said)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, action)


@get("/api/admin/senders", summary="Blocked and allowed senders", tags=["Mail"])
async def list_senders(staff: ThePerson) -> list[SenderRuleView]:
    require(may_administer(staff, "mailboxes"))
    return [SenderRuleView.of(row) for row in await SenderRule.all().order_by("pattern")]


@post("/api/admin/senders", status_code=201, summary="Block or allow an address or a domain", tags=["Mail"])
async def add_sender(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewSenderRule]
) -> Response[SenderRuleView]:
    require(may_administer(staff, "mailboxes"))

    async def add(work: Work) -> SenderRuleView:
        rule = await senders.set_rule(work, pattern=data.pattern, kind=data.kind, by_name=staff.name)
        return SenderRuleView.of(rule)

    return await write(request, desk, add, status=201)


@delete("/api/admin/senders/{rule_id:int}", status_code=204, summary="Take a sender off the lists", tags=["Mail"])
async def drop_sender(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, rule_id: FromPath[int]
) -> Response[None]:
    require(may_administer(staff, "mailboxes"))

    async def drop(_: Work) -> None:
        if not await SenderRule.filter(id=rule_id).delete():
            raise NotFound("There is no such rule.")

    return await write(request, desk, drop, status=204)


async def _sender_of(case_id: int) -> str:
    """Who opened the case: by the mail that did, else the contact's first address. Raises Invalid."""
    opened = await Entry.filter(case_id=case_id, kind="opened").order_by("position").first()
    if opened is None:
        raise NotFound("There is no such case.")
    mail = opened.data.get("mail")
    if isinstance(mail, dict) and mail.get("from"):
        return senders.normal_pattern(str(mail["from"]))
    own = await ContactAddress.filter(contact_id=opened.author_contact_id).order_by("-primary", "id").first()
    if own is None:
        raise Invalid("The case has no sender with an e-mail address.", field="sender")
    return own.address


ROUTES = [mark_spam, list_senders, add_sender, drop_sender]
