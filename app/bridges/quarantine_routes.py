"""Working the quarantine: how much is in it and why, trying all of one reason again, letting a mail in by hand."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.bridges.intake import Intake
from app.bridges.mail_routes import inbound_for, may_look
from app.errors import Conflict
from app.mailboxes import quarantine
from app.mailboxes.ledger import raw_bytes
from app.mailboxes.models import InboundEmail
from app.mailboxes.quarantine import RELEASABLE
from app.mailboxes.replaying import replay_rows
from app.mailboxes.schemas import InboundView
from app.mailboxes.senders import set_rule
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write_in_steps
from mail.errors import ParseRefused
from mail.workers import ParserPool

AT_ONCE = 200  # mails of one request; whoever has more asks again
PREVIEW = 20_000  # characters of text


class ReasonCount(Struct):
    reason: str
    count: int


class QuarantineView(Struct):
    total: int
    reasons: list[ReasonCount]


class ReplayReason(Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=60)]


class Release(Struct, forbid_unknown_fields=True):
    """`always`: from now on every mail of this sender."""

    always: bool = False


class Replayed(Struct):
    """`tried` mails of the reason, of which `understood` left the quarantine; `left` were not tried yet."""

    tried: int
    understood: int
    left: int


class InboundPreview(Struct, kw_only=True):
    """A mail as the desk would show it; `readable` is false where it cannot be understood even now."""

    readable: bool
    reason: str = ""
    sender: str = ""
    to: list[str] = []
    subject: str = ""
    text: str = ""
    files: list[str] = []


@get("/api/admin/quarantine", summary="How many mails are set aside, by reason", tags=["Mail"])
async def quarantine_counts(staff: ThePerson) -> QuarantineView:
    require(may_administer(staff, "quarantine"))
    counted = await quarantine.reasons()
    return QuarantineView(sum(counted.values()), [ReasonCount(reason, count) for reason, count in counted.items()])


@post(
    "/api/admin/quarantine/replays",
    status_code=200,
    summary="Try all mails of one reason again",
    description=f"At most {AT_ONCE} at once, the oldest first; `left` says whether to ask again.",
    tags=["Mail"],
)
async def replay_reason(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[ReplayReason]
) -> Response[Replayed]:
    require(may_administer(staff, "quarantine"))

    async def replay() -> Replayed:
        set_aside = InboundEmail.filter(outcome="quarantined", reason=data.reason)
        ids = [int(str(one)) for one in await set_aside.order_by("id").limit(AT_ONCE).values_list("id", flat=True)]
        waiting = await set_aside.count()
        async with ParserPool(workers=1) as pool:
            await replay_rows(desk, Intake(desk, pool.parse).understand, ids)
        still = await InboundEmail.filter(id__in=ids, outcome="quarantined").count()
        return Replayed(tried=len(ids), understood=len(ids) - still, left=max(0, waiting - len(ids)))

    return await write_in_steps(request, desk, replay)


@post(
    "/api/admin/inbound/{row_id:int}/release",
    status_code=200,
    summary="Let a mail in that was set aside by a rule",
    tags=["Mail"],
)
async def release(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, row_id: FromPath[int], data: JSONBody[Release]
) -> Response[InboundView]:
    require(may_look(staff))

    async def let_in() -> InboundView:
        row = await inbound_for(staff, row_id)
        if row.outcome != "quarantined" or row.reason not in RELEASABLE:
            raise Conflict("Only what a rule set aside can be let in; what could not be read can be tried again.")
        if data.always:
            async with desk.unit_of_work() as work:
                await set_rule(work, pattern=row.from_address, kind="allow", by_name=staff.name)
        async with ParserPool(workers=1) as pool:
            intake = Intake(desk, pool.parse)
            await replay_rows(desk, lambda one: intake.understand(one, released=True), [row_id])
        return InboundView.of(await InboundEmail.get(id=row_id))

    return await write_in_steps(request, desk, let_in)


@get("/api/admin/inbound/{row_id:int}/preview", summary="A received mail as it reads", tags=["Mail"])
async def preview(staff: ThePerson, row_id: FromPath[int]) -> InboundPreview:
    row = await inbound_for(staff, row_id)
    try:
        async with ParserPool(workers=1) as pool:
            message = await pool.parse(await raw_bytes(row.raw_mail_id))
    except ParseRefused as refused:
        return InboundPreview(readable=False, reason=refused.reason)
    return InboundPreview(
        readable=True,
        sender=str(message.from_ or ""),
        to=[str(one) for one in message.to[:20]],
        subject=message.subject,
        text=message.text[:PREVIEW],
        files=[one.filename for one in message.attachments[:50]],
    )


ROUTES = [quarantine_counts, replay_reason, release, preview]
