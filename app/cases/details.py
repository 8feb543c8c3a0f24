"""One case with everything that stands around it on a screen of staff."""

from __future__ import annotations

from app.cases import rules
from app.cases.models import Case, CaseLink, Participant, ReadPosition, Status
from app.cases.queries import Filter, entries, rows_of, search_page
from app.cases.schemas import AddressView, CaseDetail, CaseRow, ClockView, ContactCard, Named, staff_entry
from app.cases.visibility import Sight
from app.database import fetch_rows, moment
from app.errors import NotFound, StaleReply
from app.people.models import Contact, ContactAddress

OTHER_CASES = 10


async def case_detail(case_id: int, *, reader_id: int | None) -> CaseDetail:
    """Raises NotFound."""
    rows = await rows_of([case_id], reader_id=reader_id)
    if not rows:
        raise NotFound("There is no such case.")
    row, case = rows[0], await Case.get(id=case_id)
    contact = await Contact.get(id=case.contact_id)
    addresses = await ContactAddress.filter(contact_id=contact.id).order_by("-primary", "id")
    participants = await Participant.filter(case_id=case_id).select_related("contact").order_by("id")
    others = Filter()
    others.add(f"c.contact_id = {others.value(contact.id)} AND c.id <> {others.value(case_id)}")
    other_cases, _ = await search_page(others, reader_id=reader_id, before=None, limit=OTHER_CASES)
    return CaseDetail(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        custom=case.custom,
        language=case.language,
        mailbox_id=case.mailbox_id,
        first_replied_at=case.first_replied_at,
        resolved_at=case.resolved_at,
        closed_at=case.closed_at,
        contact_card=ContactCard(
            id=contact.id,
            name=contact.name,
            addresses=[
                AddressView(one.address, one.primary, one.dead_since is not None, one.dead_since, one.dead_reason)
                for one in addresses
            ],
            phone=contact.phone,
            language=contact.language,
            notices=not await _counted(
                "notice_switch WHERE event = '' AND queue_id IS NULL AND contact_id = $1", contact.id
            ),
            held=await _counted("outbound_email WHERE case_id = $1 AND state = 'held'", case_id),
        ),
        participants=[Named(one.contact_id, one.contact.name) for one in participants],
        other_cases=other_cases,
        clocks=await clock_views(case_id),
        statuses_allowed=await statuses_allowed(case),
        merged_into=await _merged_into(case),
        links=await linked_cases(case_id, reader_id=reader_id),
    )


async def _merged_into(case: Case) -> Named | None:
    if case.merged_into_id is None:
        return None
    other = await Case.get(id=case.merged_into_id)
    return Named(other.id, rules.display_number(other.number))


async def linked_cases(case_id: int, *, reader_id: int | None) -> list[CaseRow]:
    """Cases that somebody noted to have to do with this one, the newest first."""
    ids = [int(str(one)) for one in await CaseLink.filter(case_id=case_id).values_list("other_id", flat=True)]
    return sorted(await rows_of(ids, reader_id=reader_id), key=lambda row: -row.id)


async def statuses_allowed(case: Case) -> list[str]:
    """Keys of the statuses that the case may be given now, its own included."""
    category: rules.Category = case.category  # type: ignore[assignment]  # the column holds nothing else
    reachable = rules.reachable(category)
    return [
        status.key
        for status in await Status.all().order_by("sort", "id")
        if status.category in reachable and (status.category != "new" or status.id == case.status_id)
    ]


async def clock_views(case_id: int) -> list[ClockView]:
    """The clocks of a case in short. They are the service levels' rows; here they are only read."""
    query = (
        "SELECT k.kind, k.phase, k.due_at, p.name FROM case_clock k JOIN policy p ON p.id = k.policy_id "
        "WHERE k.case_id = $1 AND k.phase <> 'idle' ORDER BY k.kind"
    )
    return [
        ClockView(row["kind"], row["phase"], moment(row["due_at"]), row["name"])
        for row in await fetch_rows(query, case_id)
    ]


async def _counted(rows: str, value: int) -> int:
    """Rows of the mailboxes' tables, which stand above cases; here they are only counted."""
    found = await fetch_rows(f"SELECT COUNT(*) AS found FROM {rows}", value)  # noqa: S608  # written above
    return int(found[0]["found"])


async def read_position(case_id: int, user_id: int | None) -> int | None:
    row = await ReadPosition.get_or_none(case_id=case_id, user_id=user_id)
    return None if row is None else row.position


async def name_newer(stale: StaleReply, case_id: int, *, seen: int) -> None:
    """Give a refusal the messages that its author has not seen, as staff see them."""
    newer = await entries(case_id, seen_by=Sight.STAFF, after=seen)
    stale.data["entries"] = [staff_entry(entry) for entry in newer if entry.position in stale.data["positions"]]
